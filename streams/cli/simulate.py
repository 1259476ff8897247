"""`touchpoint simulate`: made journeys with known bad moments, in the JSON form, one touchpoint a line."""

from typing import Final

import click

from streams.cli.counting import counted

SHARE: Final = click.FloatRange(0, 1)
COUNT: Final = click.IntRange(0)


@click.command(
    epilog="Example: touchpoint simulate --customers 1000 --seed 7 --output made.jsonl.zst --labels made.csv"
)
@click.option("--customers", type=click.IntRange(1), required=True, help="How many journeys.")
@click.option("--seed", type=int, default=1, show_default=True, help="The same seed gives the same bytes.")
@click.option(
    "--output", default="-", show_default=True, help="A file (.gz and .zst compress), `-` for standard output."
)
@click.option("--labels", help="Also write labels (CSV): 1 for each bad moment, 0 for what went well.")
@click.option(
    "--days", type=click.IntRange(1), default=30, show_default=True, help="All journeys begin within so many days."
)
@click.option(
    "--noise",
    type=click.FloatRange(0, 100),
    default=0.5,
    show_default=True,
    help="Looking around, per touchpoint of a story.",
)
@click.option("--late", type=SHARE, default=0.0, show_default=True, help="Share that arrives up to six hours late.")
@click.option("--duplicates", type=SHARE, default=0.0, show_default=True, help="Share that arrives twice.")
@click.option("--outages", type=COUNT, default=0, show_default=True, help="Times that a source is silent for 4 hours.")
@click.option(
    "--offline-tills", type=COUNT, default=0, show_default=True, help="Stores offline for 8 hours that upload twice."
)
def command(
    customers: int,
    seed: int,
    output: str,
    labels: str | None,
    days: int,
    noise: float,
    late: float,
    duplicates: float,
    outages: int,
    offline_tills: int,
) -> None:
    """Make journeys through web, mail, chat, calls, stores, deliveries, surveys and social media.

    Every fourth customer lives through a bad moment; the others have near misses and good days. Lines are in the order
    of arrival, which is that of time unless some are late.
    """
    from streams.codec.touchpoint import to_json  # noqa: PLC0415 (codecs take a while to import)
    from streams.datasets import simulate  # noqa: PLC0415 (only this verb needs it)
    from streams.datasets.writer import opened, write_labels  # noqa: PLC0415 (only this verb needs it)

    plan = simulate.Plan(
        customers=customers,
        seed=seed,
        days=days,
        noise=noise,
        late=late,
        duplicates=duplicates,
        outages=outages,
        offline_tills=offline_tills,
    )
    count = 0
    with opened(output) as file:
        for count, (recorded, made) in enumerate(counted(simulate.arrivals(plan), "touchpoints"), 1):  # noqa: B007 (said below)
            file.write(to_json(made, None if recorded == made.time else recorded) + b"\n")
    click.echo(f"{count:,} touchpoints", err=True)
    if labels:
        click.echo(f"{write_labels(simulate.labels(plan), labels):,} labels", err=True)
