"""A broker that goes away, forgets to answer, refuses and takes what it did not acknowledge: as a seed has it."""

import random
from collections.abc import Sequence

from streams.gateway.sink.record import Record
from streams.gateway.sink.wire import Away, Unsent

PARTITIONS = 3


def key_of(record: Record) -> str:
    """Return what chooses the partition."""
    return record.touchpoint.customer


def partition_of(record: Record) -> int:
    """Return where a record belongs."""
    return ord(key_of(record)[0]) % PARTITIONS


class ModelBroker:
    """Its log by partition. `trouble` is how often anything goes wrong, 0 never; what has a large `data` is refused."""

    def __init__(self, seed: int = 0, trouble: float = 0.0) -> None:
        self.random = random.Random(seed)
        self.trouble = trouble
        self.is_away = False
        self.log: dict[int, list[Record]] = {number: [] for number in range(PARTITIONS)}
        self.connected = 0

    async def connect(self) -> "ModelWire":
        """Give a producer."""
        if self.is_away or self.random.random() < self.trouble:
            raise Away("no broker answers")
        self.connected += 1
        return ModelWire(self)

    def seen(self, key: str) -> list[str]:
        """Return the ids of a key in the order of their first copies."""
        every = [record for records in self.log.values() for record in records if key_of(record) == key]
        return list(dict.fromkeys(record.touchpoint.id for record in every))

    def take(self, record: Record) -> None:
        """Append."""
        self.log[partition_of(record)].append(record)


class ModelWire:
    """What `Wire` promises, and not a bit more."""

    def __init__(self, broker: ModelBroker) -> None:
        self._broker = broker
        self._is_usable = True

    async def send(self, records: Sequence[Record], *, alone: bool = False) -> Unsent | None:
        """Send in batches by partition; what lies behind one that fails on its partition is not sent."""
        assert self._is_usable
        broker = self._broker
        failed: set[int] = set()
        left: list[Record] = []
        refused: list[Record] = []
        waiting = list(records)
        while waiting and not failed:
            wave: dict[int, list[Record]] = {}
            rest: list[Record] = []
            size = 1 if alone else broker.random.randint(1, 5)
            for record in waiting:
                batch = wave.setdefault(partition_of(record), [])
                (batch if len(batch) < size and (not rest or not _has(rest, batch)) else rest).append(record)
            for number, batch in wave.items():
                if any(len(record.touchpoint.data) > 10 for record in batch):
                    failed.add(number)
                    refused += batch
                elif broker.is_away or broker.random.random() < broker.trouble:
                    failed.add(number)
                    left += batch
                    if not broker.is_away and broker.random.random() < 0.5:  # it landed, and nobody was told
                        for record in batch:
                            broker.take(record)
                else:
                    for record in batch:
                        broker.take(record)
            waiting = rest
        if failed:
            self._is_usable = False
            return Unsent("Trouble", [*left, *waiting], refused)
        return None

    async def end(self) -> None:
        """End."""
        self._is_usable = False


def _has(rest: Sequence[Record], batch: Sequence[Record]) -> bool:
    """Whether a record of the batch's partition was left for the next wave already."""
    return bool(batch) and any(partition_of(one) == partition_of(batch[0]) for one in rest)
