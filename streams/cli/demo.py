"""`touchpoint demo`: broker, worker and four weeks of touchpoints on this machine, with live alerts."""

import sys
from functools import partial
from pathlib import Path

import click

from streams.cli.alert_lines import FALLBACK, LANGUAGES, lines
from streams.cli.kafka import as_json
from streams.cli.progress import once_progress
from streams.cli.send import Speed


@click.command(epilog="Example: touchpoint demo --exit --json --speed max > summary.json")
@click.option("--exit", "exit_at_end", is_flag=True, help="Stop after the touchpoints instead of staying up.")
@click.option(
    "--speed",
    type=Speed(),
    default=86_400.0,
    show_default="86400, a day a second",
    help="Event time moves so many times as fast as the clock; deadlines fire in it.",
)
@click.option(
    "--data",
    type=click.Path(path_type=Path),
    help="Keep topics and logs in this folder, which must be empty.  [default: a temporary one]",
)
@click.option("--port", type=click.IntRange(0, 65535), default=0, show_default="a free one", help="Of the broker.")
@click.option("--households", type=click.IntRange(1), default=1_500, show_default=True, help="Of the real shop chain.")
@click.option(
    "--simulated",
    type=click.IntRange(0),
    default=300,
    show_default=True,
    help="So many of them also have simulated contacts.",
)
@click.option("--seed", type=int, default=1, show_default=True, help="Of the simulation.")
@click.option("--lang", type=click.Choice(LANGUAGES), default=FALLBACK, show_default=True, help="Of titles and advice.")
@as_json
def command(
    exit_at_end: bool,
    speed: float,
    data: Path | None,
    port: int,
    households: int,
    simulated: int,
    seed: int,
    lang: str,
    as_json: bool,
) -> None:
    """Start a real Kafka and a worker, replay touchpoints by their own time, and print the alerts as they come.

    The touchpoints are real (a grocery chain's tills, mailed campaigns and coupons of four weeks) and, for what no real
    table has, simulated (web, chat, calls, deliveries, surveys, social) for some of the same households. Alerts and
    progress go to standard output; with --json, which implies --exit, they go to standard error, and one object of
    counts to standard output.
    """
    import logging  # noqa: PLC0415 - with the rest that only a run needs

    import msgspec  # noqa: PLC0415

    from streams.demo.ending import Ended  # noqa: PLC0415
    from streams.demo.options import Options, Selection  # noqa: PLC0415
    from streams.demo.run import run  # noqa: PLC0415
    from streams.demo.screen import Screen  # noqa: PLC0415

    for library in (
        "aiokafka",
        "asyncio",
    ):  # what the client logs, it also raises; one that is torn down complains there
        logging.getLogger(library).setLevel(logging.CRITICAL + 1)
    selection = Selection(households=households, simulated=simulated, seed=seed)
    options = Options(data=data, port=port, speed=speed, exit_at_end=exit_at_end or as_json, selection=selection)
    try:
        summary = run(options, Screen(partial(lines, language=lang), once_progress, to_error=as_json))
    except Ended as ended:
        # To end is what a demo that stays up is asked for; one that was to end by itself has not done its work.
        sys.exit(128 + ended.number if options.exit_at_end else 0)
    if as_json:
        click.echo(msgspec.json.encode(summary))
