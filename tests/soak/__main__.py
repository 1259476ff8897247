"""`make soak`, its second part: a real broker and real workers under load, and every few seconds a fault.

    python -m tests.soak [--minutes M] [--seed N] [--baseline] [--output FILE]

Prints each fault as it comes, and at the end a table, which is kept in tests/soak/results/. Exit code 1 when anything
was lost or doubled, or a fault could not be done. The seed gives the same schedule and the same touchpoints again; what
the machine makes of them differs a little each time. `--baseline` lets a stock Faust agent go through the same, which
is expected to lose and double, and exits with 0.
"""

import asyncio
import logging
import os
import sys
import tempfile
import time
from datetime import UTC, datetime
from pathlib import Path
from typing import Final

import click

from tests.soak import report
from tests.soak.baseline import BASELINE
from tests.soak.disk import can_be_filled
from tests.soak.run import soak
from tests.soak.schedule import Kind, schedule
from tests.soak.worker import WORKER

GRACE: Final = 0.05  # of the time: on a machine that is too slow for so many faults, the last ones are left out
RESULTS: Final = Path(__file__).with_name("results")


@click.command()
@click.option("--minutes", default=30.0, show_default=True, help="how long faults come")
@click.option("--seed", type=int, help="the same schedule and touchpoints again  [default: by the clock]")
@click.option("--every", default=7.0, show_default=True, help="seconds from one fault to the next, on average")
@click.option("--per-sec", default=150.0, show_default=True, help="touchpoints a second")
@click.option("--baseline", is_flag=True, help="a stock Faust agent in the worker's place")
@click.option("--output", type=click.Path(path_type=Path), help="where the table goes")
@click.option("--keep", type=click.Path(path_type=Path), help="a folder for the workers' logs and the broker's")
def main(
    minutes: float,
    seed: int | None,
    every: float,
    per_sec: float,
    output: Path | None,
    keep: Path | None,
    *,
    baseline: bool,
) -> None:
    """Hurt a deployment for a while, and count what is missing."""
    seed = int(time.time()) if seed is None else seed
    subject = BASELINE if baseline else WORKER
    command = f"python -m tests.soak --minutes {minutes:g} --every {every:g} --per-sec {per_sec:g} --seed {seed}"
    command += " --baseline" if baseline else ""
    logging.getLogger("aiokafka").setLevel(logging.CRITICAL + 1)  # that the broker is away is no news here
    before = os.getloadavg()[0]
    with tempfile.TemporaryDirectory(prefix="soak-") as folder:
        place = keep or Path(folder)
        place.mkdir(parents=True, exist_ok=True)
        without = [] if can_be_filled(place) else [Kind.DISK_FULL]
        faults = schedule(seed, minutes * 60, every, without=without)
        click.echo("\n".join([f"{command}\n{len(faults)} faults are planned:", *report.plan(faults)]))
        if without:
            click.echo("only root can mount a small disk: no disk is filled")
        outcome = asyncio.run(
            soak(place, faults, seed=seed, per_sec=per_sec, say=_say, grace_sec=GRACE * minutes * 60, subject=subject)
        )
    load = f"{before:.1f} and {os.getloadavg()[0]:.1f} on {os.cpu_count()} cores"
    table = report.lines(outcome, name=subject.name, command=command, load=load)
    click.echo("\n".join(["", *table]))
    where = output or RESULTS / f"{datetime.now(UTC):%Y-%m-%d-%H%M}-{'baseline' if baseline else 'worker'}.txt"
    where.parent.mkdir(parents=True, exist_ok=True)
    where.write_text("\n".join(table) + "\n")
    sys.exit(0 if baseline or outcome.is_clean else 1)


def _say(text: str) -> None:
    click.echo(f"{datetime.now(UTC):%H:%M:%S} {text}")


if __name__ == "__main__":
    main()
