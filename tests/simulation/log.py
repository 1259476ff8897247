"""What the model broker keeps: logs of partitions, and what it remembers of who writes to them.

The rules are Kafka's own for idempotent producers: an epoch is refused only once a newer one has written to that very
partition, a batch that is sent twice is stored once, a gap in the sequence is an error, and a producer that has been
silent for the expiry time is forgotten, whereupon any epoch and any sequence is accepted again.
"""

from bisect import bisect_left
from collections import deque
from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass, field
from typing import Final

from aiokafka import errors

from tests.simulation.process import Process

REMEMBERED: Final = 5  # batches of a producer that a partition knows again


@dataclass(frozen=True)
class Record:
    """One stored record, with the fields that aiokafka's have."""

    offset: int
    timestamp: int
    key: bytes | None
    value: bytes | None
    headers: tuple[tuple[str, bytes], ...] = ()


Place = tuple[str, int]  # topic, partition
Unstored = tuple[int, bytes | None, bytes | None]  # timestamp, key, value
Watcher = Callable[[Place, Record, Process | None], None]


@dataclass
class Log:
    """One partition."""

    records: list[Record] = field(default_factory=list)
    end: int = 0

    def read(self, offset: int, limit: int) -> list[Record]:
        """Return at most so many records from an offset on."""
        at = bisect_left(self.records, offset, key=lambda record: record.offset)
        return self.records[at : at + limit]

    def compact(self, before: int) -> None:
        """Keep the last record of each key, of those before an offset; what has none stays."""
        last = {record.key: record.offset for record in self.records if record.offset < before}
        self.records = [one for one in self.records if one.offset >= before or last[one.key] == one.offset]


@dataclass
class _Writer:
    """What a partition remembers of one producer id."""

    epoch: int
    next: int  # sequence number
    at: float
    batches: deque[tuple[int, int]] = field(default_factory=lambda: deque(maxlen=REMEMBERED))  # sequence, offset


class Logs:
    """All partitions. Everything here happens at one moment; the network around it takes its time."""

    def __init__(self, expiry_sec: float, unforgotten: Collection[str] = ()) -> None:
        """Start empty; a producer is forgotten after `expiry_sec` of silence, but for the `unforgotten` topics."""
        self.watchers: list[Watcher] = []
        self._expiry_sec = expiry_sec
        self._unforgotten = unforgotten
        self._logs: dict[Place, Log] = {}
        self._writers: dict[tuple[Place, int], _Writer] = {}
        self._epochs: dict[str, tuple[int, int]] = {}
        self._producer_ids = 0

    def log(self, place: Place) -> Log:
        """Return the log of a partition, which is there for whoever asks."""
        return self._logs.setdefault(place, Log())

    def places(self, topic: str) -> list[Place]:
        """Return the partitions of a topic that have ever been asked for."""
        return [place for place in sorted(self._logs) if place[0] == topic]

    def claim(self, transactional_id: str) -> tuple[int, int]:
        """Return the next epoch of a transactional id; nobody is refused before it is written under."""
        if transactional_id in self._epochs:
            producer_id, epoch = self._epochs[transactional_id]
            self._epochs[transactional_id] = (producer_id, epoch + 1)
        else:
            self._epochs[transactional_id] = (self.fresh(), 0)
        return self._epochs[transactional_id]

    def fresh(self) -> int:
        """Return a producer id that nobody has."""
        self._producer_ids += 1
        return self._producer_ids

    def append(self, place: Place, records: Sequence[Unstored], by: Process | None = None) -> int:
        """Store records; return the offset of the first."""
        log = self.log(place)
        base = log.end
        for timestamp, key, value in records:
            record = Record(log.end, timestamp, key, value)
            log.records.append(record)
            log.end += 1
            for watch in self.watchers:
                watch(place, record, by)
        return base

    def produce(
        self,
        place: Place,
        producer: tuple[int, int],
        sequence: int,
        records: Sequence[Unstored],
        now: float,
        by: Process | None,
    ) -> int:
        """Store a batch of an idempotent producer (id, epoch); raise what the broker would answer."""
        producer_id, epoch = producer
        writer = self._writers.get((place, producer_id))
        if writer is not None and place[0] not in self._unforgotten and now - writer.at > self._expiry_sec:
            writer = None
        if writer is not None:
            if epoch < writer.epoch:
                raise errors.ProducerFenced  # what aiokafka makes of InvalidProducerEpoch
            if epoch == writer.epoch:
                for known, offset in writer.batches:
                    if known == sequence:
                        return offset
            if sequence != (writer.next if epoch == writer.epoch else 0):
                raise errors.OutOfOrderSequenceNumber
        if writer is None or epoch > writer.epoch:
            writer = self._writers[place, producer_id] = _Writer(epoch, sequence, now)
        base = self.append(place, records, by)
        writer.batches.append((sequence, base))
        writer.next, writer.at = sequence + len(records), now
        return base
