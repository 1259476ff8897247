"""What a touchpoint costs over a store: on disk against in memory, and with many journeys against few.

    python -m tests.bench.store [--journeys N] [--records N] [--rounds N] [--few N]

Two lanes fold sessions of customers who come back, under the shipped rules, as a worker does: reading, folding, and
writing out what has aged. They take turns, piece by piece, and the ratio of each pair of pieces is taken. Before each
piece of the lane on disk the pages of its file are dropped from memory, so that whoever comes back is read from the
disk. With `--few` both are in memory, and the other has so many journeys.
"""

import gc
import json
import os
import time
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory
from typing import Final

import click

from streams.codec.packing import pack, unpack
from streams.journeys.records import Records
from streams.worker.disk import DiskStore
from streams.worker.intake import Entry
from streams.worker.run import COLLECT_AFTER
from tests.bench.journeys import Returning, entries_of, lane_over, pool
from tests.bench.metrics import PER_SEC, PIECE, SLICE, START_MS, Lane

SESSION: Final = range(8, 15)  # touchpoints of the journeys that are there before
Cost = tuple[float, float]  # seconds of the processor, and of the clock on the wall


def cost(lane: Lane, entries: list[Entry]) -> Cost:
    """Fold a piece, and write out what has aged."""
    processor, wall = time.process_time(), time.perf_counter()
    for at in range(0, len(entries), SLICE):
        lane.fold(entries[at : at + SLICE])
    for key in lane.core.take_aged():
        lane.core.value(key)
    return time.process_time() - processor, time.perf_counter() - wall


def drop_pages(store: DiskStore) -> None:
    """Have the kernel forget what it holds of the file."""
    os.fdatasync(store._file)
    os.posix_fadvise(store._file, 0, 0, os.POSIX_FADV_DONTNEED)


def pairs(lanes: tuple[Lane, Lane], flows: tuple[list[Entry], list[Entry]]) -> list[tuple[Cost, Cost]]:
    """Let both fold their flows in turn; return what each piece cost."""
    found = []
    for number, start in enumerate(range(0, len(flows[0]), PIECE)):
        one: dict[int, Cost] = {}
        for which in (0, 1) if number % 2 else (1, 0):
            if isinstance(store := lanes[which].core.store, DiskStore):
                drop_pages(store)
            one[which] = cost(lanes[which], flows[which][start : start + PIECE])
        found.append((one[0], one[1]))
    return found[len(found) // 5 :]  # the first fill caches


@click.command()
@click.option("--journeys", default=1_000_000, show_default=True)
@click.option("--records", default=60_000, show_default=True)
@click.option("--few", default=0, help="Compare with so many journeys in memory instead of with the disk.")
def main(journeys: int, records: int, few: int) -> None:
    """Print microseconds a touchpoint of both, and the median of their ratios, as JSON."""
    before, counts = pool(SESSION), (few or journeys, journeys)
    with TemporaryDirectory(dir=Path.cwd(), prefix="bench-") as folder:
        second = Records(pack, unpack) if few else DiskStore(Path(folder))
        lanes = lane_over(Records(pack, unpack), counts[0], before), lane_over(second, counts[1], before)
        flows = [
            entries_of(Returning(population=count, seed=1, start_ms=START_MS, per_sec=PER_SEC), records)
            for count in counts
        ]
        gc.freeze()
        gc.set_threshold(*COLLECT_AFTER)
        found = pairs(lanes, (flows[0], flows[1]))
        held = second.file_bytes if isinstance(second, DiskStore) else 0
    click.echo(
        json.dumps(
            {
                "journeys": counts,
                "pairs": len(found),
                "first_us": round(median(first[0] for first, _ in found) / PIECE * 1e6, 2),
                "second_us": round(median(second[0] for _, second in found) / PIECE * 1e6, 2),
                "first_wall_us": round(median(first[1] for first, _ in found) / PIECE * 1e6, 2),
                "second_wall_us": round(median(second[1] for _, second in found) / PIECE * 1e6, 2),
                "ratio": round(median(second[0] / first[0] for first, second in found), 3),
                "wall_ratio": round(median(second[1] / first[1] for first, second in found), 3),
                "loads": [lane.core.counters.touchpoints for lane in lanes],
                "file_bytes": held,
            }
        )
    )


if __name__ == "__main__":
    main()
