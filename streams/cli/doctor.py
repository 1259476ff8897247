"""`touchpoint doctor`: what is wrong with a deployment, and what to do."""

import os
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Final

import click
import msgspec

from streams.cli.kafka import as_json, run
from streams.settings.declared import EVERY, Part

if TYPE_CHECKING:
    from streams.doctor.finding import Finding

_SIGNS: Final = {"ok": "ok", "warning": "warning", "failed": "FAILED", "skipped": "-"}


@click.command(name="doctor", epilog="Example: touchpoint doctor --component gateway")
@click.option(
    "--component",
    "components",
    multiple=True,
    type=click.Choice([part.value for part in EVERY if part is not Part.COMMANDS]),
    help="What is looked at, several times if need be; everything otherwise.",
)
@click.option("--skew", type=click.FloatRange(0.0), default=2.0, show_default=True, metavar="SECONDS",
              help="How far clocks may be apart.")  # fmt: skip
@click.option("--canary", is_flag=True, help="Send a made-up customer the whole way, too; takes up to its time-out.")
@as_json
@click.pass_obj
def command(file: Path | None, components: tuple[str, ...], skew: float, canary: bool, as_json: bool) -> None:
    """Look at a deployment and say what is wrong and what to do: settings, broker, topics, access, and so on.

    Everything is looked at as this user, with the settings of this environment. Changes nothing; takes ten seconds at
    most. Exits with 0 when nothing has failed, with 1 when something has, with 2 when it could not look.
    """
    from streams.doctor.examine import examine  # noqa: PLC0415 - only when called
    from streams.doctor.finding import State, worst  # noqa: PLC0415
    from streams.doctor.patient import Patient, settings_of  # noqa: PLC0415
    from streams.settings.check import check  # noqa: PLC0415
    from streams.settings.file import apply  # noqa: PLC0415

    parts = tuple(map(Part, components)) or EVERY
    resolved, problems = check(os.environ, file, parts=parts)
    if file is not None and not problems:
        apply(file)  # for what clients read from the environment by themselves
    patient = Patient(
        settings=settings_of(resolved), problems=tuple(problems), environ=os.environ, parts=parts, skew_sec=skew
    )
    findings = run(examine(patient, with_canary=canary))
    if as_json:
        click.echo(msgspec.json.encode({"state": worst(findings), "findings": findings}))
    else:
        _print(findings)
    sys.exit(1 if worst(findings) is State.FAILED else 0)


def _print(findings: "list[Finding]") -> None:
    width = max(len(finding.check) for finding in findings)
    for finding in findings:
        click.echo(f"{finding.check:{width}}  {_SIGNS[finding.state]:7}  {finding.seen}")
        if finding.remedy:
            click.echo(f"{'':{width}}           {finding.remedy}")
    bad = [sum(finding.state == state for finding in findings) for state in ("failed", "warning")]
    click.echo(f"{len(findings)} looks: {bad[0]} failed, {bad[1]} warnings")
