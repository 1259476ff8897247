"""Where journeys' records are kept: what a partition may rely on, in memory and on disk."""

import errno
import os
import random
from abc import ABC, abstractmethod
from pathlib import Path
from typing import Final

import pytest

from streams.codec.packing import pack, unpack
from streams.errors import CorruptError, DiskError
from streams.journeys.journey import Journey, encode
from streams.journeys.records import Records
from streams.journeys.store import Store
from streams.rules.model import Absence, Selector
from streams.testing.journeys import MINUTE_MS, at, partition, rule, touchpoint
from streams.worker.disk import SLACK, DiskStore

EXTENT: Final = 1_000  # bytes: a few records
RULES: Final = (
    rule("unanswered", Absence(Selector(("message.received",)), Selector(("message.sent",)), 20 * MINUTE_MS)),
)


def record(
    due: int = 0, pending: bool = False, waiting: bool = False, regime: int = 0, offset: int = 0, size: int = 0
) -> bytes:
    """Return a record with so many bytes of ledger."""
    journey = Journey("c")
    journey.due, journey.regime, journey.positions = due, regime, {3: offset}
    return encode(journey, bytes(size), pending=pending, waiting=waiting)


class Suite(ABC):
    """What every store does."""

    @pytest.fixture
    @abstractmethod
    def store(self, tmp_path: Path) -> Store:
        """Return an empty store."""

    def size(self, record: bytes) -> int:
        """Return what a record takes."""
        return len(record)

    def test_an_empty_store(self, store: Store) -> None:
        """It knows nobody."""
        assert (store.get(b"c1"), store.due(b"c1"), b"c1" in store, len(store), store.bytes_held) == (
            None, -1, False, 0, 0,
        )  # fmt: skip
        assert (store.keys(), list(store.regimes())) == (set(), [])
        assert store.survey() == ([], [], [], {})
        store.drop(b"c1")

    def test_the_last_record_stands(self, store: Store) -> None:
        """Of the one before nothing is left."""
        first, second = record(due=5, size=10), record(due=-7, size=300)
        store.put(b"c1", first)
        store.put(b"c2", first)
        store.put(b"c1", second)
        assert (store.get(b"c1"), store.get(b"c2"), len(store)) == (second, first, 2)
        assert (store.due(b"c1"), store.due(b"c2")) == (-7, 5)
        assert store.bytes_held == self.size(first) + self.size(second)
        store.drop(b"c1")
        assert (store.get(b"c1"), b"c1" in store, store.keys()) == (None, False, {b"c2"})
        assert store.bytes_held == self.size(first)

    def test_the_changelog_is_taken_in_its_order(self, store: Store) -> None:
        """A tombstone takes away what came before it and nothing else."""
        old, new = record(size=1), record(size=2)
        store.restore([(b"c1", old), (b"c2", old), (b"c1", None), (b"c3", None), (b"c2", new), (b"c4", old)])
        assert {key: store.get(key) for key in store.keys()} == {b"c2": new, b"c4": old}  # noqa: SIM118 - no dictionary

    def test_the_headers_say_what_a_start_needs(self, store: Store) -> None:
        """Deadlines, flags, positions and rules of all journeys, without decoding one."""
        store.restore(
            [
                (b"c1", record(due=1 << 62, pending=True, offset=8)),
                (b"c2", record(due=9, waiting=True, regime=63, offset=12)),
                (b"c3", record(due=11, pending=True, waiting=True, regime=1, offset=4)),
            ]
        )
        found = store.survey()
        assert sorted(found.due) == [(9, b"c2"), (11, b"c3"), (1 << 62, b"c1")]
        assert (sorted(found.pending), sorted(found.waiting)) == ([b"c1", b"c3"], [b"c2", b"c3"])
        assert found.taken == {3: 12}
        assert sorted(store.regimes()) == [(b"c1", 0), (b"c2", 63), (b"c3", 1)]

    def test_a_record_that_nobody_can_read_is_found_at_the_start(self, store: Store) -> None:
        """And not when its customer comes back."""
        with pytest.raises(CorruptError):  # noqa: PT012 - one or the other
            store.restore([(b"c1", b"\x7f" + record()[1:])])
            store.survey()

    def test_any_sequence_of_changes(self, store: Store) -> None:
        """It says what a plain dictionary says, whatever is replaced, dropped, small or larger than an extent."""
        draw, expected = random.Random(8), dict[bytes, bytes]()
        for step in range(4_000):
            key = f"c{draw.randrange(60)}".encode()
            if draw.random() < 0.2:
                store.drop(key)
                expected.pop(key, None)
            else:
                size = draw.choice((0, 40, 300, 900, 2_500)) if step % 50 == 0 else draw.randrange(200)
                expected[key] = record(due=step, offset=step, size=size)
                store.put(key, expected[key])
            if step % 100 == 0:
                assert {name: store.get(name) for name in store.keys()} == expected  # noqa: SIM118 - no dictionary
        assert store.keys() == expected.keys()
        assert {key: store.get(key) for key in expected} == expected
        assert store.bytes_held == sum(map(self.size, expected.values()))

    def test_a_partition_over_it(self, store: Store) -> None:
        """A partition whose journeys are mostly not at hand says what one does that has them all in memory."""
        core, other = partition(RULES), partition(RULES)
        core.store = store
        core._live = type(core._live)(2)
        for number in range(200):
            kind = "message.received" if number % 3 else "message.sent"
            for each in (core, other):
                each.fold(0, [(number, None, touchpoint(kind, number / 10, customer=f"c{number % 17}"))], 0)
                each.advance(at(number / 10), 0)
        for each in (core, other):
            each.advance(at(300), 0)
        assert sorted((a.alert_id, a.revision) for a in core.raised) == sorted(
            (a.alert_id, a.revision) for a in other.raised
        )
        assert core.raised
        assert {key: core.value(key) for key in core.customers()} == {
            key: other.value(key) for key in other.customers()
        }


class TestMemory(Suite):
    """The store unless a setting says else."""

    @pytest.fixture
    def store(self, tmp_path: Path) -> Store:
        """Return an empty store."""
        return Records()


class TestPacked(Suite):
    """The store of a worker's partitions: what is large is packed."""

    @pytest.fixture
    def store(self, tmp_path: Path) -> Store:
        """Return an empty store."""
        return Records(lambda record: pack(record, 100), unpack)

    def size(self, record: bytes) -> int:
        """Return what a record takes."""
        return len(pack(record, 100))


class TestDisk(Suite):
    """The store for more journeys than memory holds."""

    @pytest.fixture
    def store(self, tmp_path: Path) -> DiskStore:
        """Return an empty store of small extents."""
        return DiskStore(tmp_path, EXTENT)

    def test_the_file_stays_in_proportion(self, store: DiskStore) -> None:
        """However often journeys are written, it has about twice what stands in it."""
        for step in range(20_000):
            store.put(f"c{step * 7919 % 100}".encode(), record(offset=step, size=50))
        assert store.file_bytes <= 2 * (store.bytes_held + 100 * 11) + (SLACK + 4) * EXTENT
        assert len(store) == 100

    def test_what_was_large_leaves_room(self, store: DiskStore) -> None:
        """The extents of a record that is larger than one are used again once it is gone."""
        store.put(b"c1", record(size=50 * EXTENT))
        store.drop(b"c1")
        before = store.file_bytes
        for number in range(200):
            store.put(f"c{number}".encode(), record(size=100))
        assert store.file_bytes == before

    def test_nothing_is_left_behind(self, store: DiskStore, tmp_path: Path) -> None:
        """The file has no name: personal data does not outlive the process, however that ends."""
        for number in range(100):
            store.put(f"c{number}".encode(), record(size=100))
        assert list(tmp_path.iterdir()) == []

    def test_a_full_disk_ends_it(self, store: DiskStore, monkeypatch: pytest.MonkeyPatch) -> None:
        """It is said with the folder and a remedy; the last record that found room is not taken for the newest."""
        store.put(b"c1", record(offset=1))

        def full(*_: object) -> int:
            raise OSError(errno.ENOSPC, "No space left on device")

        with monkeypatch.context() as patch:
            patch.setattr(os, "pwrite", full)
            with pytest.raises(DiskError, match=r"No space left.*TOUCHPOINT_DATA_DIR") as failed:  # noqa: PT012 - until full
                for number in range(100):
                    store.put(f"c{number}".encode(), record(offset=number, size=400))
        assert failed.value.place == str(store._folder)
        with pytest.raises(DiskError, match="No space left"):
            store.get(b"c1")
        with pytest.raises(DiskError, match="No space left"):
            store.put(b"c1", record())

    def test_a_folder_that_is_not_there(self, tmp_path: Path) -> None:
        """It is said at the start."""
        with pytest.raises(DiskError, match="cannot be kept on the disk"):
            DiskStore(tmp_path / "gone")
