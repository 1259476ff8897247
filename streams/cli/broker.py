"""`touchpoint broker`: a real Apache Kafka on this machine."""

import signal
import sys
from pathlib import Path
from types import FrameType

import click

from streams.cli.progress import once_progress


@click.group(name="broker")
def command() -> None:
    """Run a real Apache Kafka on this machine: no Docker, no Java install."""


@command.command(
    epilog="Example: touchpoint broker start --port 9092 --data .touchpoint/broker. "
    "The first start downloads Kafka once (45 MB) into TOUCHPOINT_CACHE_DIR, by default ~/.cache/touchpoint, "
    "from Maven Central or the mirror that TOUCHPOINT_MAVEN_REPOSITORY names."
)
@click.option("--port", type=click.IntRange(0, 65535), default=9092, show_default=True, help="0 picks a free one.")
@click.option(
    "--data",
    type=click.Path(path_type=Path, file_okay=False),
    default=Path(".touchpoint/broker"),
    show_default=True,
    help="Where topics and logs are kept; a later start finds them again.",
)
def start(port: int, data: Path) -> None:
    """Start a broker in the foreground; Ctrl-C or SIGTERM ends it, its data stay."""
    from streams.broker.embedded import EmbeddedKafka  # noqa: PLC0415 - only when called

    for number in (signal.SIGTERM, signal.SIGHUP, signal.SIGINT):
        signal.signal(number, _end)
    kafka = EmbeddedKafka(data, port=port)
    try:
        with once_progress() as progress:
            kafka.start(progress)
        click.echo(f"ready on {kafka.bootstrap_servers}")
        kafka.wait()
    finally:
        kafka.stop()


def _end(number: int, frame: FrameType | None) -> None:
    """Unwind, so that the broker is stopped on the way out; being asked to end is a success."""
    for further in (signal.SIGTERM, signal.SIGHUP, signal.SIGINT):
        signal.signal(further, signal.SIG_IGN)
    sys.exit(0)
