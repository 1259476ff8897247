"""`touchpoint canary`: a made-up customer who goes the whole way, so that a break anywhere is heard."""

from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import click
import msgspec

from streams.cli.kafka import as_json, run
from streams.cli.options import options_of
from streams.settings.declared import Part
from streams.settings.settings import Settings

if TYPE_CHECKING:
    from streams.canary.rounds import Outcome

_EPILOG: Final = "Example: TOUCHPOINT_CANARY_KEY_FILE=canary.key touchpoint canary --once"


@click.command(name="canary", epilog=_EPILOG)
@click.option("--once", is_flag=True, help="Sing one round, print what was heard, and end with 1 if not all was.")
@click.option("--no-notice", is_flag=True, help="With --once: do not wait for the desk's notice, and open no port.")
@options_of(Part.CANARY)
@as_json
def command(*, once: bool, no_notice: bool, as_json: bool, **options: Any) -> None:
    """Send a made-up customer's touchpoints through the gateway, and listen for their alert and the desk's notice.

    Runs until SIGTERM, and says on its log when it is not heard and when it is again. It needs a key of its own,
    in TOUCHPOINT_CANARY_KEY or the file of TOUCHPOINT_CANARY_KEY_FILE: touchpoint gateway keys create
    --source //touchpoint-tracker/canary --type 'canary.*'
    """
    settings = Settings(**options | {"data_dir": str(Path(options["data_dir"]))})
    from streams.canary import run as canary  # noqa: PLC0415 - only when called
    from streams.canary.rounds import Stage  # noqa: PLC0415
    from streams.cli.process import begin  # noqa: PLC0415

    if not once:
        begin(settings, Part.CANARY)
        canary.serve(settings)
        return
    stages = tuple(stage for stage in Stage if not (no_notice and stage is Stage.NOTIFICATION))
    outcome = run(canary.once(settings, stages))
    click.echo(msgspec.json.encode(shown(outcome)) if as_json else table(outcome))
    if outcome.why:
        click.echo(outcome.why, err=True)
    if outcome.missing is not None:
        raise SystemExit(1)


def shown(outcome: "Outcome") -> dict[str, dict[str, float | None]]:
    """Return seconds by stage, null where it was not heard."""
    return {"heard": {stage.value: outcome.delays.get(stage) for stage in outcome.asked}}


def table(outcome: "Outcome") -> str:
    """Return a line for each stage that was asked for."""
    return "\n".join(
        f"{stage.value:<14}{outcome.delays[stage] * 1000:8.0f} ms"
        if stage in outcome.delays
        else f"{stage.value:<14} not heard"
        for stage in outcome.asked
    )
