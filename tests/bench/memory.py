"""What a journey takes, and how long the collector holds everything up with a million of them.

    python -m tests.bench.memory [--journeys N] [--live N] [--records N]

Journeys of about thirty touchpoints, folded under the shipped rules: as the record that is written, compressed in a
batch as the changelog has it, and in memory with everything that is kept beside it (what the process grows by). Then
so many journeys in eight partitions, some of them decoded as a busy worker has them, fold touchpoints, and each pause
of the collector is timed by its own callbacks.
"""

import gc
import json
import time
from statistics import fmean
from typing import Any, Final

import click
from aiokafka.record.default_records import DefaultRecordBatchBuilder

from streams.codec.packing import pack, unpack
from streams.journeys.cache import Cache
from streams.journeys.records import Records
from streams.worker.clients import BATCH_BYTES
from streams.worker.run import COLLECT_AFTER
from streams.worker.signals import Signals
from tests.bench.journeys import Returning, entries_of, name, pool, populate
from tests.bench.metrics import PER_SEC, SLICE, START_MS, Lane
from tests.bench.sizing import resident

LONG, SHORT = range(29, 32), range(8, 15)
LANES: Final = 8
ZSTD: Final = 4
WEIGHED: Final = 100_000  # journeys whose memory is weighed: enough that the rest of the process does not count


def in_batches(records: list[bytes]) -> float:
    """Return the bytes of one of these records in the changelog's batches."""
    builder, sizes = None, list[float]()
    for customer, record in enumerate(records):
        if builder is None:
            builder, count = DefaultRecordBatchBuilder(2, ZSTD, 0, -1, -1, 0, BATCH_BYTES), 0
        if builder.append(count, 0, name(customer), record, []) is None:
            sizes.append(len(builder.build()) / count)
            builder = None
        else:
            count += 1
    return fmean(sizes)


def in_memory(records: list[bytes]) -> float:
    """Return what the process grows by with each journey."""
    lane = Lane(Signals())
    lane.core.store = Records(pack, unpack)
    gc.collect()
    before = resident_now()
    populate(lane.core, range(WEIGHED), records)
    return (resident_now() - before) / WEIGHED


def resident_now() -> int:
    """Return the bytes of memory that this process has."""
    with open("/proc/self/stat") as stat:  # noqa: PTH123 - not a file
        return resident(int(stat.read().partition(" ")[0]))


def pauses(journeys: int, live: int, records: int) -> dict[str, Any]:
    """Fold with so many journeys, so many of them decoded; return the collector's pauses in ms."""
    before, lanes = pool(SHORT), [Lane(Signals()) for _ in range(LANES)]
    each = journeys // LANES
    for lane in lanes:
        lane.core.store, lane.core._live = Records(pack, unpack), Cache(live // LANES)
        populate(lane.core, range(each), before)
        for customer in range(live // LANES):
            lane.core.outbox(name(customer))
    flow = entries_of(Returning(population=each, seed=1, start_ms=START_MS, per_sec=PER_SEC), records // LANES)
    found: dict[int, list[float]] = {0: [], 1: [], 2: []}
    began = 0.0

    def note(phase: str, info: dict[str, int]) -> None:
        nonlocal began
        if phase == "start":
            began = time.process_time()
        else:
            found[info["generation"]].append((time.process_time() - began) * 1000)

    gc.callbacks.append(note)
    folding = time.process_time()
    for at in range(0, len(flow), SLICE):
        for lane in lanes:
            lane.fold(flow[at : at + SLICE])
            for key in lane.core.take_aged():
                lane.core.value(key)
    folding = time.process_time() - folding
    counted = {generation: len(some) for generation, some in found.items()}
    longest = {generation: round(max(some, default=0.0), 2) for generation, some in found.items()}
    share = sum(map(sum, found.values())) / 1000 / folding
    gc.collect()
    gc.callbacks.remove(note)
    return {
        "journeys": journeys,
        "live": sum(len(lane.core._live) for lane in lanes),
        "collections": counted,
        "longest_ms": longest,
        "share": round(share, 4),
        "full_ms": round(found[2][-1], 1),
    }


@click.command()
@click.option("--journeys", default=1_000_000, show_default=True)
@click.option("--live", default=300_000, show_default=True)
@click.option("--records", default=160_000, show_default=True)
def main(journeys: int, live: int, records: int) -> None:
    """Print bytes a journey and pauses as JSON."""
    gc.freeze()
    gc.set_threshold(*COLLECT_AFTER)
    long = pool(LONG)
    weighed = {
        "record": round(fmean(map(len, long))),
        "packed": round(fmean(len(pack(record)) for record in long)),
        "changelog": round(in_batches(long)),
        "memory": round(in_memory(long)),
    }
    click.echo(json.dumps({"bytes": weighed, "pauses": pauses(journeys, live, records)}))


if __name__ == "__main__":
    main()
