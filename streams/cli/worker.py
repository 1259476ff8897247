"""`touchpoint worker`: the stream processor."""

from typing import Any

import click

from streams.cli.options import options_of
from streams.settings.declared import Part
from streams.settings.settings import Settings


@click.command(name="worker", epilog="Example: touchpoint worker --rules deploy/rules --partitions 8")
@options_of(Part.WORKER)
def command(**options: Any) -> None:
    """Fold touchpoints into journeys and raise alerts, until SIGTERM.

    Says `ready` on its log and on /readyz once everything it owns has been read back and is folded. Exits with 3 when
    the breaker has tripped, with 70 after a crash that could not be tidied up, with 72 when it could get on and does
    not.
    """
    from streams.cli.process import begin  # noqa: PLC0415 - only when called
    from streams.worker.run import run  # noqa: PLC0415 - only when called

    settings = Settings(**options)
    begin(settings, Part.WORKER)
    run(settings)
