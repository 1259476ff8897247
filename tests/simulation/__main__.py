"""Thousands of seeded runs of the worker's core against a model broker, or one of them with all that happens in it.

    python -m tests.simulation [--seeds N] [--first N]
    python -m tests.simulation --seed N

Exits with 1 when a law was broken in any run; the command that replays it is printed.
"""

import gc
import logging
import os
import sys
import time
from collections.abc import Iterable
from concurrent.futures import ProcessPoolExecutor, as_completed
from typing import Final

import click

from tests.simulation.run import Outcome, run

CHUNK: Final = 10  # seeds that a process takes at a time
PROBLEMS: Final = 3  # of one run that are printed; its trace has all
TOLD_SEC: Final = 10.0


@click.command(help=__doc__)
@click.option("--seeds", default=10_000, help="How many runs.", show_default=True)
@click.option("--first", default=0, help="The first seed.", show_default=True)
@click.option("--seed", type=int, help="Play this one alone and print its trace.")
@click.option("--jobs", default=os.cpu_count() or 1, help="How many processes.", show_default="one for each core")
def main(seeds: int, first: int, seed: int | None, jobs: int) -> None:
    """Run."""
    outcomes = [_replay(seed)] if seed is not None else _sweep(range(first, first + seeds), jobs)
    sys.exit(any(outcome.problems for outcome in outcomes))


def _replay(seed: int) -> Outcome:
    outcome = run(seed, click.echo)
    click.echo(f"seed {seed}: {len(outcome.problems)} problems, {outcome.effects} effects, {outcome.seconds:.0f} s")
    return outcome


def _sweep(seeds: range, jobs: int) -> list[Outcome]:
    began = told = time.monotonic()
    chunks = [seeds[at : at + CHUNK] for at in range(0, len(seeds), CHUNK)]
    failed: list[Outcome] = []
    done = effects = 0
    with ProcessPoolExecutor(jobs, initializer=_begin) as pool:
        for future in as_completed([pool.submit(play, chunk) for chunk in chunks]):
            count, struck, broken = future.result()
            done, effects = done + count, effects + struck
            for outcome in broken:
                failed.append(outcome)
                click.echo(describe(outcome))
            if time.monotonic() - told > TOLD_SEC or done == len(seeds):
                told = time.monotonic()
                click.echo(
                    f"{done} of {len(seeds)} runs, {effects} effects, {len(failed)} broken, {told - began:.0f} s"
                )
    return failed


def _begin() -> None:
    logging.disable(logging.CRITICAL)
    gc.freeze()


def play(seeds: Iterable[int]) -> tuple[int, int, list[Outcome]]:
    """Play seeds; return how many, their effects, and the runs in which a law was broken."""
    count = effects = 0
    broken: list[Outcome] = []
    for seed in seeds:
        outcome = run(seed)
        count, effects = count + 1, effects + outcome.effects
        broken += [outcome] if outcome.problems else []
        gc.collect()  # it is off while a run lasts
    return count, effects, broken


def describe(outcome: Outcome) -> str:
    """Return what is wrong with a run, and how to see it again."""
    shown = outcome.problems[:PROBLEMS]
    more = len(outcome.problems) - len(shown)
    lines = [f"seed {outcome.seed}: {outcome.command}", *(f"  {each[:400]}" for each in shown)]
    return "\n".join([*lines, f"  and {more} more"] if more > 0 else lines)


if __name__ == "__main__":
    main()
