"""The records of journeys as the changelog has them, by customer, and how many bytes they hold."""

from collections.abc import Iterable
from typing import NamedTuple

from streams.journeys.journey import peek, peek_waiting


class Survey(NamedTuple):
    """What the headers of all records say: (due, key) of each, keys by flag, and the largest offset of each topic."""

    due: list[tuple[int, bytes]]
    pending: list[bytes]
    waiting: list[bytes]
    taken: dict[int, int]


class Records:
    """Records by key. Nothing is decoded."""

    def __init__(self) -> None:
        """Start empty."""
        self.by_key: dict[bytes, bytes] = {}
        self.bytes_held = 0

    def restore(self, pairs: Iterable[tuple[bytes, bytes | None]]) -> None:
        """Take changelog records in order; None is a tombstone."""
        records = self.by_key
        for key, record in pairs:
            if record is None:
                self.bytes_held -= len(records.pop(key, b""))
            else:
                self.bytes_held += len(record) - len(records.get(key, b""))
                records[key] = record

    def survey(self) -> Survey:
        """Read every header."""
        found = Survey([], [], [], {})
        for key, record in self.by_key.items():
            pending, due, positions = peek(record)
            found.due.append((due, key))
            if pending:
                found.pending.append(key)
            if peek_waiting(record):
                found.waiting.append(key)
            for topic, offset in positions:
                if offset > found.taken.get(topic, -1):
                    found.taken[topic] = offset
        return found

    def put(self, key: bytes, record: bytes) -> None:
        """Keep a record instead of the one before, if there was one."""
        self.bytes_held += len(record) - len(self.by_key.get(key, b""))
        self.by_key[key] = record

    def drop(self, key: bytes) -> None:
        """Forget a record, if there is one."""
        self.bytes_held -= len(self.by_key.pop(key, b""))
