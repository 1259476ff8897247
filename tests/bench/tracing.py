"""What traces cost the worker's hot path, per record: off, on with no record in one, with one in a hundred, with all.

    python -m tests.bench.tracing [--records N] [--rounds N]

The reader and the fold of one partition with the shipped rules, on simulated touchpoints in the form in which the
gateway sends them, slice by slice as the lane does it. All variants take turns within each round, and the ratio to the
first of the same round is taken: the machine's own changes of speed are in both halves of it. `reader` is the same
without the line that looks for traces. What begins a trace here is recorded by the default ratio.
"""

import gc
import time
from collections.abc import Sequence
from itertools import islice
from statistics import median
from types import SimpleNamespace
from typing import Any, Final

import click

from streams.alerts.partition import Partition
from streams.codec.registry import shipped_store
from streams.codec.rules import read
from streams.codec.touchpoint import TouchpointDecoder, encode
from streams.codec.vocabulary import shipped
from streams.datasets.simulate import Plan as Customers
from streams.datasets.simulate import arrivals
from streams.journeys.watermark import Mode, Watermark
from streams.rules.compile import Plan, compile_rules
from streams.settings.settings import Settings
from streams.telemetry.trace_context import TraceContext
from streams.worker.breaker import Breaker
from streams.worker.intake import Entry
from streams.worker.reader import Reader
from streams.worker.signals import Signals
from streams.worker.traces import Traces
from tests.spans import Recorded

SLICE: Final = 300
SHARES: Final = {"reader": 0.0, "off": 0.0, "on, none": 0.0, "on, 1 in 100": 0.01, "on, all": 1.0}
TOPIC: Final = "touchpoints.web"


def records(count: int, share: float) -> list[Entry]:
    """Return so many records of one partition, of which every so many-th bears a trace."""
    every = round(1 / share) if share else 0
    found: list[Entry] = []
    made = arrivals(Customers(customers=count, seed=1))  # each has several
    for offset, (recorded, one) in enumerate(islice(made, count)):
        trace = TraceContext(f"{offset + 1:032x}", f"{offset + 1:016x}")
        headers = trace.headers() if every and not offset % every else []
        found.append((recorded, TOPIC, offset, recorded, one.customer.encode(), encode(one), headers))
    return found


class Lane:
    """What a lane does with a slice, without a broker."""

    def __init__(self, variant: str, plan: Plan) -> None:
        vocabulary = shipped()
        self._recorded = Recorded(Settings().trace_ratio) if variant.startswith("on") else None
        kit: Any = SimpleNamespace(
            topics=SimpleNamespace(touchpoints={TOPIC: 0}),
            decoder=TouchpointDecoder(vocabulary, shipped_store()),
            mode=Mode.WALL,
            partitions=1,
            signals=Signals(),
            breaker=Breaker(window=200, ratio=0.5, hold_sec=10, trip=lambda _: None),
            ahead={},
            tracer=self._recorded.tracer if self._recorded else None,
        )
        self._core = Partition(0, plan)
        self._reader = Reader(0, self._core, kit)
        self._traces = Traces(0, kit) if self._recorded else None
        self._watermark = Watermark([0], since=0)
        self._fold = self._plain if variant == "reader" else self._traced

    def seconds(self, entries: Sequence[Entry]) -> tuple[float, int]:
        """Fold everything; return how long that took, and how many alerts there were."""
        gc.collect()
        raised, began = 0, time.process_time()
        for start in range(0, len(entries), SLICE):
            raised += self._fold(entries[start : start + SLICE])
        seconds = time.process_time() - began
        if self._recorded is not None:
            self._recorded.tracer.close()
        return seconds, raised

    def _plain(self, entries: Sequence[Entry]) -> int:
        self._reader.fold(entries, self._watermark, entries[-1][0])
        raised = len(self._core.raised)
        self._core.raised.clear()
        return raised

    def _traced(self, entries: Sequence[Entry]) -> int:
        began = time.perf_counter()
        self._reader.fold(entries, self._watermark, entries[-1][0])
        raised = len(self._core.raised)
        if self._traces is not None:
            self._traces.folded(self._core.raised, entries, began)
            self._traces.said(self._core.raised)
        self._core.raised.clear()
        return raised


@click.command()
@click.option("--records", "count", default=60_000, show_default=True)
@click.option("--rounds", default=7, show_default=True)
def main(count: int, rounds: int) -> None:
    """Print µs a record and the ratio to the reader alone, medians over the rounds."""
    vocabulary = shipped()
    plan = compile_rules(read(Settings().rules, vocabulary), vocabulary)
    of_share = {share: records(count, share) for share in set(SHARES.values())}
    taken: dict[str, list[float]] = {variant: [] for variant in SHARES}
    raised: dict[str, int] = {}
    for number in range(rounds):
        order = list(SHARES) if number % 2 else list(reversed(SHARES))
        for variant in order:
            seconds, raised[variant] = Lane(variant, plan).seconds(of_share[SHARES[variant]])
            taken[variant].append(seconds / count * 1e6)
    assert len(set(raised.values())) == 1, raised
    print(f"{count:,} records, {rounds} rounds, {raised['off']:,} alerts")  # noqa: T201
    for variant, found in taken.items():
        ratio = median(mine / base for mine, base in zip(found, taken["reader"], strict=True))
        print(f"{variant:14} {median(found):6.2f} µs a record   {100 * (ratio - 1):+5.1f} %")  # noqa: T201


if __name__ == "__main__":
    main()
