"""The records of journeys in memory, and how many bytes they hold: the store of a partition unless a setting says else.

A record costs its own bytes, or what they are packed into, and about 150 for the entry and the key.
"""

from collections.abc import Callable, Iterable, Iterator
from collections.abc import Set as AbstractSet

from streams.journeys.journey import peek, peek_due, peek_regime, peek_waiting
from streams.journeys.store import Survey


def _as_it_is(record: bytes) -> bytes:
    return record


class Records:
    """Records by key."""

    def __init__(
        self, pack: Callable[[bytes], bytes] = _as_it_is, unpack: Callable[[bytes], bytes] = _as_it_is
    ) -> None:
        """Start empty. `pack` makes a record smaller and leaves its header as it is; `unpack` undoes that."""
        self._pack, self._unpack = pack, unpack
        self._by_key: dict[bytes, bytes] = {}
        self.bytes_held = 0

    def restore(self, pairs: Iterable[tuple[bytes, bytes | None]]) -> None:
        """Take changelog records in order, in today's layout; None is a tombstone."""
        records, pack = self._by_key, self._pack
        for key, record in pairs:
            if record is None:
                self.bytes_held -= len(records.pop(key, b""))
            else:
                packed = pack(record)
                self.bytes_held += len(packed) - len(records.get(key, b""))
                records[key] = packed

    def survey(self) -> Survey:
        """Read every header."""
        found = Survey([], [], [], {})
        for key, record in self._by_key.items():
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

    def get(self, key: bytes) -> bytes | None:
        """Return the record, or None."""
        packed = self._by_key.get(key)
        return None if packed is None else self._unpack(packed)

    def due(self, key: bytes) -> int:
        """Return when the journey of the record is due, or -1 when there is none."""
        record = self._by_key.get(key)
        return -1 if record is None else peek_due(record)

    def put(self, key: bytes, record: bytes) -> None:
        """Keep a record instead of the one before, if there was one."""
        packed = self._pack(record)
        self.bytes_held += len(packed) - len(self._by_key.get(key, b""))
        self._by_key[key] = packed

    def drop(self, key: bytes) -> None:
        """Forget a record, if there is one."""
        self.bytes_held -= len(self._by_key.pop(key, b""))

    def keys(self) -> AbstractSet[bytes]:
        """Return the keys as they are."""
        return self._by_key.keys()

    def regimes(self) -> Iterator[tuple[bytes, int]]:
        """Yield each key and the number of the rules under which its journey was folded."""
        for key, record in self._by_key.items():
            yield key, peek_regime(record)

    def __len__(self) -> int:
        """Return how many records there are."""
        return len(self._by_key)

    def __contains__(self, key: object) -> bool:
        """Return whether there is a record."""
        return key in self._by_key
