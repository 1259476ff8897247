"""`touchpoint metrics`: what the processes tell of themselves."""

import click

from streams.cli.rule_lines import print_json
from streams.telemetry.catalogue import CATALOGUE
from streams.telemetry.reference import markdown, row


@click.group(epilog="Example: touchpoint metrics reference")
def command() -> None:
    """Say which metrics there are, and what to do about them."""


@command.command(epilog="Example: touchpoint metrics reference > METRICS.md")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object.")
def reference(*, as_json: bool) -> None:
    """Print every metric with its labels, their bounds, what it counts and what to do, as Markdown."""
    if as_json:
        print_json({"metrics": [row(metric) for metric in CATALOGUE]})
    else:
        click.echo(markdown(), nl=False)
