"""What the metrics cost on the hot path: the worker's reading and folding with its recorder and without it.

    python -m tests.bench.metrics [--records N] [--rounds N]

Both fold the same records into journeys of their own, in slices as a worker does, under the shipped rules, with the
statistics on; alerts count as acknowledged at once. The two take turns, piece by piece, and so does who begins; the
ratio of each pair of pieces is taken, so that the machine's own changes of speed are in both halves. Time is that of
the processor. What the core keeps for the metrics is in both halves. A scrape is timed apart.
"""

import gc
import json
import time
from collections.abc import Iterator
from itertools import islice
from statistics import median
from types import SimpleNamespace
from typing import Any, Final

import click
from prometheus_client.exposition import generate_latest

from streams.alerts.counting import Counting
from streams.alerts.crowds.crowds import Crowds
from streams.alerts.partition import Partition
from streams.codec.registry import SchemaStore
from streams.codec.rules import read
from streams.codec.touchpoint import TouchpointDecoder
from streams.codec.vocabulary import shipped
from streams.journeys.watermark import Mode, Watermark
from streams.rules.compile import compile_rules
from streams.settings.lane import LaneSettings
from streams.settings.places import DEPLOY
from streams.worker.breaker import Breaker
from streams.worker.intake import Entry
from streams.worker.metrics import Metrics
from streams.worker.reader import Reader
from streams.worker.run import COLLECT_AFTER
from streams.worker.signals import Signals
from tests.bench.sessions import Sessions

START_MS: Final = 1_767_603_600_000
PER_SEC: Final = 500  # touchpoints of one partition in a second of their time
SLICE: Final = 300  # records: what a worker folds in the time of a slice
PIECE: Final = 5 * SLICE
VOCABULARY: Final = shipped(())
PLAN: Final = compile_rules(read((str(DEPLOY / "rules"),), VOCABULARY), VOCABULARY)
TOPICS: Final = {name: number for number, name in enumerate(sorted({each.topic for each in VOCABULARY.kinds.values()}))}


class Lane:
    """The folding half of a lane, without a broker."""

    def __init__(self, signals: Signals) -> None:
        self.core = Partition(0, PLAN)
        self.rules = SimpleNamespace(is_behind=False, waiting=0)
        self.is_ready = True
        counting = Counting(0, PLAN, VOCABULARY)
        self.teller = SimpleNamespace(uncounted=dict, crowds=Crowds(PLAN))
        self._watermark = Watermark(TOPICS.values())
        self._signals = signals
        kit: Any = SimpleNamespace(
            mode=Mode.WALL,
            partitions=1,
            settings=LaneSettings(),
            topics=SimpleNamespace(touchpoints=TOPICS),
            decoder=TouchpointDecoder(VOCABULARY, SchemaStore()),
            schemas=SimpleNamespace(take_questions=set),
            breaker=Breaker(window=200, ratio=0.5, hold_sec=10, trip=lambda _: None),
            signals=signals,
            ahead={},
        )
        self._reader = Reader(0, self.core, kit, counting)

    def standing(self) -> dict[str, tuple[int, int]]:
        """Return what is known of each topic."""
        return dict.fromkeys(TOPICS, (START_MS, 0))

    def fold(self, entries: list[Entry]) -> None:
        """Fold a slice and say what it raised."""
        began = time.perf_counter()
        self._reader.fold(entries, self._watermark, entries[-1][0])
        if self.core.raised:
            self._signals.raised(self.core.raised, entries[0][0])
            self.core.raised.clear()
        for key in self.core.take_alerting():
            alerts = self.core.outbox(key)
            self.core.said(key, alerts)
            self._signals.said(alerts)
        self._signals.slice(0, len(entries), time.perf_counter() - began)
        self.core.advance(entries[-1][0], entries[-1][0])
        self.core.take_aged()


def entries_of(records: int) -> list[Entry]:
    """Return so many fetched records."""
    flow = Sessions(seed=1, start_ms=START_MS, per_sec=PER_SEC).records()
    return [
        (each.time, VOCABULARY.kinds[each.kind].topic, offset, each.time, each.key, each.value, ())
        for offset, each in enumerate(islice(flow, records))
    ]


def pairs(entries: list[Entry]) -> Iterator[tuple[float, float]]:
    """Fold everything with fresh lanes; yield seconds without and with the metrics, piece by piece, then the scrape."""
    metrics = Metrics()
    metrics.follow(VOCABULARY.kinds)
    lanes: tuple[Any, Any] = Lane(Signals()), Lane(metrics)
    metrics.lanes = lambda: [lanes[1]]
    gc.collect()
    for number, start in enumerate(range(0, len(entries), PIECE)):
        slices = [entries[at : at + SLICE] for at in range(start, min(start + PIECE, len(entries)), SLICE)]
        found = [0.0, 0.0]
        for which in (0, 1) if number % 2 else (1, 0):
            began = time.process_time()
            for each in slices:
                lanes[which].fold(each)
            found[which] = time.process_time() - began
        yield found[0], found[1]
    began = time.process_time()
    generate_latest(metrics.registry)
    yield 0.0, time.process_time() - began


@click.command()
@click.option("--records", default=60_000, show_default=True)
@click.option("--rounds", default=12, show_default=True)
def main(records: int, rounds: int) -> None:
    """Print microseconds a touchpoint without and with the recorder, the ratios' median and quartiles, as JSON."""
    entries = entries_of(records)
    gc.freeze()
    gc.set_threshold(*COLLECT_AFTER)
    list(pairs(entries[:PIECE]))  # warms up
    found: list[tuple[float, float]] = []
    scrapes: list[float] = []
    for _ in range(rounds):
        *pieces, (_, scrape) = pairs(entries)
        found += pieces
        scrapes.append(scrape)
    ratios = sorted(after / before for before, after in found)
    quarter = len(ratios) // 4
    click.echo(
        json.dumps(
            {
                "touchpoints": records,
                "pairs": len(ratios),
                "without_us": round(median(before for before, _ in found) / PIECE * 1e6, 2),
                "with_us": round(median(after for _, after in found) / PIECE * 1e6, 2),
                "ratio": round(median(ratios), 4),
                "quartiles": [round(ratios[quarter], 4), round(ratios[-1 - quarter], 4)],
                "scrape_ms": round(median(scrapes) * 1000, 1),
            }
        )
    )


if __name__ == "__main__":
    main()
