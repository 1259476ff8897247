"""Many journeys for benchmarks: real records, given to as many customers as are wanted, and who of them comes back."""

import random
from collections.abc import Iterator
from itertools import islice
from typing import Any, Final

from streams.alerts.partition import Partition
from streams.journeys.journey import decode
from streams.worker.intake import Entry
from streams.worker.signals import Signals
from tests.bench.metrics import PER_SEC, SLICE, START_MS, VOCABULARY, Lane
from tests.bench.sessions import Sessions

STEP: Final = 2_654_435_761  # prime: sessions meet the customers in no order that a cache could like
POOL: Final = 1_500  # customers
AGO_MS: Final = 4_500_000  # what the records hold came before what is measured


class Returning(Sessions):
    """Sessions of so many customers, in an order that looks random; all come before one comes twice."""

    def __init__(self, *, population: int, seed: int, start_ms: int, per_sec: int) -> None:
        super().__init__(seed=seed, start_ms=start_ms, per_sec=per_sec)
        self._population = population

    def _who(self, session: int) -> int:
        return session * STEP % self._population


def name(customer: int) -> bytes:
    """Return the key of a customer."""
    return f"customer-{customer:07x}".encode()


def entries_of(flow: Sessions, records: int) -> list[Entry]:
    """Return so many records as they are fetched; their offsets follow those of any journey in a pool."""
    return [
        (each.time, VOCABULARY.kinds[each.kind].topic, (1 << 40) + offset, each.time, each.key, each.value, ())
        for offset, each in enumerate(islice(flow.records(), records))
    ]


def pool(touchpoints: range, now_ms: int = START_MS) -> list[bytes]:
    """Return records of journeys with so many touchpoints, folded under the shipped rules.

    They are more than an hour old, and what was due since has fired: else a worker would do nothing but fire it.
    """
    middle = (touchpoints.start + touchpoints.stop) // 2
    flow = Returning(population=POOL, seed=2, start_ms=now_ms - AGO_MS, per_sec=PER_SEC)
    lane = Lane(Signals())
    for entries in islice(_slices(flow), POOL * middle // SLICE):
        lane.fold(entries)
    while lane.core.advance(now_ms, now_ms):
        pass
    for key in lane.core.take_alerting():
        lane.core.said(key, lane.core.outbox(key))
    records = [(key, lane.core.value(key) or b"") for key in lane.core.customers()]
    return [record for key, record in records if decode(key.decode(), record)[0].state.count in touchpoints]


def _slices(flow: Sessions) -> Iterator[list[Entry]]:
    records = enumerate(flow.records())
    while True:
        yield [
            (each.time, VOCABULARY.kinds[each.kind].topic, offset, each.time, each.key, each.value, ())
            for offset, each in islice(records, SLICE)
        ]


def populate(core: Partition, customers: range, records: list[bytes]) -> None:
    """Restore a journey for each customer, and start; each has bytes of its own, as after a recovery."""
    draw = random.Random(3)
    core.restore((name(customer), bytes(bytearray(draw.choice(records)))) for customer in customers)
    core.start(START_MS)


def lane_over(store: Any, journeys: int, records: list[bytes]) -> Lane:
    """Return a lane with so many journeys in this store."""
    lane = Lane(Signals())
    lane.core.store = store
    populate(lane.core, range(journeys), records)
    return lane
