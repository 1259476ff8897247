"""Poison and overload at full size: `python -m tests.soak.overload [--records N] [--hot N] [--output FILE]`.

Each stage has a broker and a worker of its own, which finds an hour's load when it starts: clean, with one record in a
hundred that cannot be read, and with a robot among its customers. Then a burst comes while it runs. What it prints:
touchpoints a second in each fifth of the backlog (so a cost that grows is seen), the most memory, and what was lost.
"""

import asyncio
import random
import sys
import tempfile
import time
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import chain, islice
from pathlib import Path
from typing import Final

import click

from streams.broker.embedded import EmbeddedKafka
from streams.codec.touchpoint import encode
from streams.codec.vocabulary import shipped
from streams.settings.places import DEPLOY
from streams.testing.deployment import Deployment
from streams.testing.workers import WorkerProcess
from streams.touchpoints.touchpoint import Touchpoint
from tests.bench import machine
from tests.bench.load import load
from tests.bench.sessions import Record, Sessions

PARTITIONS: Final = 8
SPAN_SEC: Final = 3_600  # of event time in a stage's records
POISON_ONE_IN: Final = 100
DISORDER_MS: Final = 5_000
BURST_SEC: Final = 10
READY_SEC: Final = 120.0
WORKED_OFF_SEC: Final = 7_200.0


@dataclass(frozen=True)
class Outcome:
    """What one stage came to."""

    name: str
    records: int
    bad: int
    rates: list[float]
    peak_bytes: int
    letters: int
    places: int

    @property
    def is_right(self) -> bool:
        """Whether each bad record is a dead letter, once, and nothing else is."""
        return self.letters == self.places == self.bad

    def __str__(self) -> str:
        """Return a line of the report."""
        rates = " ".join(f"{rate:>8,.0f}" for rate in self.rates)
        verdict = "right" if self.is_right else f"WRONG: {self.places} places in {self.letters} dead letters"
        return f"{self.name:24}{self.records:>11,}{self.bad:>9,}  {rates}{self.peak_bytes >> 20:>8,}  {verdict}"


def clean(records: int) -> Iterator[Record]:
    """Give an hour of a shop."""
    start_ms = int((time.time() - SPAN_SEC) * 1000)
    return islice(Sessions(seed=1, start_ms=start_ms, per_sec=max(1, records // SPAN_SEC)).records(), records)


def poisoned(records: Iterable[Record]) -> Iterator[Record]:
    """Spoil one in a hundred."""
    for number, record in enumerate(records):
        yield record._replace(value=b"\x00 no schema") if number % POISON_ONE_IN == POISON_ONE_IN - 1 else record


def robot(count: int) -> Iterator[Record]:
    """Give touchpoints of one customer within the same hour, slightly out of order."""
    rng, start_ms = random.Random(2), int((time.time() - SPAN_SEC) * 1000)
    for number in range(count):
        at = start_ms + number * SPAN_SEC * 1000 // count - rng.randrange(DISORDER_MS)
        touchpoint = Touchpoint(f"r{number}", "//shop.example/web", "page.viewed", at, "robot", "", b"")
        yield Record(at, touchpoint.type, b"robot", encode(touchpoint))


async def stage(name: str, waiting: Iterable[Record], coming: Iterable[Record], bad_one_in: int = 0) -> Outcome:
    """Let a worker find what waits, send the rest while it runs, and see what became of all."""
    with tempfile.TemporaryDirectory(prefix="soak-") as folder, EmbeddedKafka(Path(folder) / "broker") as kafka:
        deployment = Deployment(kafka.bootstrap_servers, "", shipped(), PARTITIONS)
        await deployment.create()
        total = await load(kafka.bootstrap_servers, waiting, PARTITIONS)
        environ = deployment.environ | {"TOUCHPOINT_RULES": str(DEPLOY / "rules"), "TOUCHPOINT_LANE_SESSION_SEC": "30"}
        with WorkerProcess("worker", Path(folder), environ) as worker:
            worker.start()
            await asyncio.to_thread(worker.wait_ready, READY_SEC)
            total += await load(kafka.bootstrap_servers, coming, PARTITIONS)
            rates = await worked_off(deployment, total)
            peak = worker.peak_bytes
        letters = await deployment.dead_letters()
    bad = total // bad_one_in if bad_one_in else 0
    return Outcome(name, total, bad, rates, peak, len(letters), len({letter.place for letter in letters}))


async def worked_off(deployment: Deployment, total: int) -> list[float]:
    """Return how many records a second were committed in each fifth of them."""
    began = since = time.monotonic()
    rates: list[float] = []
    done = 0
    while len(rates) < 5:
        if time.monotonic() - began > WORKED_OFF_SEC:
            raise TimeoutError(f"{total - done} of {total} records were not worked off")
        await asyncio.sleep(1)
        committed, now = total - await deployment.lag(), time.monotonic()
        while len(rates) < 5 and committed >= total * (len(rates) + 1) // 5:
            rates.append((committed - done) / max(now - since, 1e-3))
            if len(rates) == 5 or committed < total * (len(rates) + 1) // 5:
                done, since = committed, now
    return rates


async def measure(records: int, hot: int) -> list[Outcome]:
    """Run all stages."""
    half = records // 2
    return [
        await stage("an hour, clean", clean(records), ()),
        await stage("an hour, 1 % poison", poisoned(clean(records)), (), POISON_ONE_IN),
        await stage("an hour, a robot in it", chain(clean(half), robot(hot)), ()),
        await stage(f"{BURST_SEC} s at 100 x", clean(half // BURST_SEC), clean(half)),
    ]


@click.command()
@click.option("--records", default=3_600_000, show_default=True, help="Of an hour: a thousand a second.")
@click.option("--hot", default=1_000_000, show_default=True, help="Of the robot.")
@click.option("--output", type=click.Path(path_type=Path), help="A file for the report.")
def main(records: int, hot: int, output: Path | None) -> None:
    """Print the report; end with 1 when anything was lost or said twice."""
    outcomes = asyncio.run(measure(records, hot))
    head = f"{'':24}{'records':>11}{'bad':>9}  {'touchpoints a second, by fifths':<44}{'MiB':>8}"
    text = "\n".join([machine.summary(), head, *map(str, outcomes)])
    click.echo(text)
    if output is not None:
        output.write_text(text + "\n")
    sys.exit(not all(outcome.is_right for outcome in outcomes))


if __name__ == "__main__":
    main()
