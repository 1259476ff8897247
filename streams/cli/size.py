"""`touchpoint size`: how much of everything a load takes."""

import click
import msgspec

from streams.cli.kafka import as_json
from streams.errors import UsageError


@click.command(name="size", epilog="Example: touchpoint size --touchpoints-per-second 1000 --journeys 1000000")
@click.option("--touchpoints-per-second", "rates", type=click.FloatRange(1), multiple=True, required=True,
              metavar="NUMBER", help="At the peak; several times for several columns.")  # fmt: skip
@click.option("--journeys", type=click.IntRange(1), multiple=True, required=True, metavar="NUMBER",
              help="Customers of whom a journey is kept; as often as the rate.")  # fmt: skip
@click.option("--worker-rate", type=click.FloatRange(1), metavar="NUMBER",
              help="Touchpoints/s of one worker, as you have measured it.")  # fmt: skip
@as_json
def command(rates: tuple[float, ...], journeys: tuple[int, ...], worker_rate: float | None, *, as_json: bool) -> None:
    """Print workers, partitions, memory, disks and times of recovery for a load.

    The arithmetic and where its figures come from are in deploy/README.md.
    """
    from streams.sizing.figures import Figures  # noqa: PLC0415 - only when called
    from streams.sizing.plan import Load, plan  # noqa: PLC0415
    from streams.sizing.table import table  # noqa: PLC0415

    if len(rates) != len(journeys):
        raise UsageError(
            f"{len(rates)} rates and {len(journeys)} numbers of journeys",
            place="--journeys",
            remedy="give it once for each --touchpoints-per-second",
        )
    figures = Figures() if worker_rate is None else Figures(worker_rate=worker_rate)
    loads = [Load(touchpoints_per_sec=rate, journeys=number) for rate, number in zip(rates, journeys, strict=True)]
    plans = [plan(load, figures) for load in loads]
    click.echo(msgspec.json.encode(plans) if as_json else "\n".join(table(plans)))
