"""`touchpoint send`: touchpoints from a file to their topics."""

import sys
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import click
import msgspec

from streams.cli.kafka import as_json, bootstrap_servers, run
from streams.cli.kafka import vocabulary as with_vocabulary

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from streams.broker.send import Sent

SHOWN: Final = 20  # bad lines on the terminal; --json has more


class Speed(click.ParamType):
    """A factor, or `max`, which is 0 inside."""

    name = "X|max"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> float:
        """Return the factor."""
        if value in ("max", 0.0):
            return 0.0
        try:
            speed = float(value)
        except ValueError:
            speed = 0.0
        if not 0 < speed < float("inf"):
            self.fail(f"`{value}` is neither a number above 0 nor max", param, ctx)
        return speed


@click.command(
    name="send",
    epilog="Example: touchpoint send touchpoints.jsonl.zst --speed 60. Each line is a JSON object: id, source, type, "
    "time (RFC 3339), customer, and if there are any subject, data (an object) and recordedtime.",
)
@click.argument("file", type=click.Path(allow_dash=True))
@click.option(
    "--speed",
    type=Speed(),
    default=0.0,
    show_default="max",
    help="Event time moves so many times as fast as the clock.",
)
@click.option("--check", is_flag=True, help="Only read the file and name its bad lines.")
@with_vocabulary
@bootstrap_servers
@as_json
def command(
    file: str, speed: float, check: bool, vocabulary: tuple[Path, ...], bootstrap_servers: str, as_json: bool
) -> None:
    """Send the touchpoints in FILE (JSON lines, .gz and .zst too, - is standard input).

    A bad line is named and left out, all others are sent; exits with 1 when there was one.
    """
    from streams.broker import send  # noqa: PLC0415 - only when called
    from streams.codec import files  # noqa: PLC0415
    from streams.codec.vocabulary import shipped  # noqa: PLC0415

    known = shipped(vocabulary)
    with _bar(file) as progress:
        lines = files.read(file, progress)
        if check:
            summary = send.check(lines, known)
        else:
            summary = run(send.send(lines, bootstrap_servers, known, send.Pace(speed)))
    if as_json:
        click.echo(msgspec.json.encode(summary))
    else:
        _report(file, summary, was_sent=not check)
    sys.exit(1 if summary.bad else 0)


def _report(file: str, summary: "Sent", *, was_sent: bool) -> None:
    for bad in summary.bad_lines[:SHOWN]:
        click.echo(f"{file}:{bad.line}: {bad.reason}: {bad.detail}", err=True)
    if summary.bad > SHOWN:
        click.echo(f"{file}: {summary.bad - SHOWN} more bad lines", err=True)
    if summary.expiring:
        click.echo(
            f"warning: {summary.expiring} touchpoints are older than their topic keeps them and soon gone "
            "(touchpoint topics create --alter --retention forever)",
            err=True,
        )
    if was_sent:
        rate = summary.sent / summary.seconds if summary.seconds else 0.0
        click.echo(f"sent {summary.sent:,} touchpoints in {summary.seconds:.1f} s ({rate:,.0f}/s)")
    else:
        click.echo(f"{summary.lines - summary.bad:,} of {summary.lines:,} lines are touchpoints")


@contextmanager
def _bar(file: str) -> "Iterator[Callable[[int], None]]":
    """Draw how much of the file is read on standard error, and only on a terminal."""
    from rich.console import Console  # noqa: PLC0415 - only when called
    from rich.progress import Progress  # noqa: PLC0415

    path = Path(file)
    size = path.stat().st_size if path.is_file() else None
    console = Console(stderr=True)
    with Progress(console=console, transient=True, disable=not console.is_terminal) as bar:
        task = bar.add_task(path.name, total=size)
        yield lambda read: bar.update(task, completed=read)
