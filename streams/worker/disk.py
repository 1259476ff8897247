"""The records of journeys in a file, for more of them than memory holds; what is asked for often stays in memory.

An index in memory has the place of each record, and of its header what deadlines, rules and restarts ask for: about
200 bytes a journey. The file is a log of extents. Records are appended to the one in memory, which is written out whole
once it is full; an extent without a standing record is used again, and while the file is more than twice what stands
in it, the extent with the least is emptied: a few milliseconds for each one that fills.

The file has no name, so nothing is left of it however the process ends: journeys are durable in the changelog, and
whoever claims the partition next reads them back from there.
"""

import os
import struct
import tempfile
import weakref
from collections.abc import Iterable, Iterator
from collections.abc import Set as AbstractSet
from pathlib import Path
from typing import Final

from streams.errors import DiskError
from streams.journeys.journey import PENDING, REGIME_SHIFT, WAITING, peek, peek_due
from streams.journeys.store import Survey

EXTENT_BYTES: Final = 1 << 20
SLACK: Final = 8  # extents that the file may have beyond twice what stands in it
_ENTRY: Final = struct.Struct("<II")  # lengths of key and record, which follow
_LENGTH_BITS, _PLACE_BITS, _FLAG_BITS, _DUE_BIAS = 26, 46, 8, 1 << 63  # of an entry of the index
_LENGTH_MASK: Final = (1 << _LENGTH_BITS) - 1
_PLACE_MASK: Final = (1 << _PLACE_BITS) - 1
_HEAD_AT: Final = _LENGTH_BITS + _PLACE_BITS
_DUE_AT: Final = _HEAD_AT + _FLAG_BITS


class DiskStore:
    """A store (see `journeys.store`) of one partition. Raises DiskError when the file cannot be written or read.

    And from then on always: what could not be put was in nobody's hands but the caller's, and the record before it must
    not pass for the newest in a last flush.
    """

    def __init__(self, folder: Path, extent_bytes: int = EXTENT_BYTES) -> None:
        """Start empty, with a file of its own in the folder."""
        self.bytes_held = 0
        self._index: dict[bytes, int] = {}  # due | flags | place of the record in the file | its length
        self._taken: dict[int, int] = {}
        self._folder, self._size = folder, extent_bytes
        self._open, self._buffer = 0, bytearray()  # the extent that fills, and what it holds
        self._standing: dict[int, int] = {0: 0}  # extent -> bytes of the entries in it that stand
        self._alone: dict[int, int] = {}  # extents with a single larger record -> how many it takes
        self._free: list[int] = []
        self._count = 1  # extents of the file
        self._broken: DiskError | None = None
        try:
            with tempfile.TemporaryFile(dir=folder) as file:
                self._file = os.dup(file.fileno())
            if hasattr(os, "posix_fadvise"):  # customers come back in no order: what lies beside a record is no use
                os.posix_fadvise(self._file, 0, 0, os.POSIX_FADV_RANDOM)
        except OSError as error:
            raise self._failed(error) from error
        weakref.finalize(self, os.close, self._file)

    @property
    def file_bytes(self) -> int:
        """Bytes of the file, with what no longer stands in it."""
        return self._count * self._size

    def restore(self, pairs: Iterable[tuple[bytes, bytes | None]]) -> None:
        """Take changelog records in order, in today's layout; None is a tombstone."""
        taken = self._taken
        for key, record in pairs:
            if record is None:
                self.drop(key)
                continue
            for topic, offset in peek(record)[2]:
                if offset > taken.get(topic, -1):
                    taken[topic] = offset
            self.put(key, record)

    def survey(self) -> Survey:
        """Return what the headers say; the file is not read for it."""
        found = Survey([], [], [], dict(self._taken))
        for key, entry in self._index.items():
            found.due.append(((entry >> _DUE_AT) - _DUE_BIAS, key))
            flags = entry >> _HEAD_AT
            if flags & PENDING:
                found.pending.append(key)
            if flags & WAITING:
                found.waiting.append(key)
        return found

    def get(self, key: bytes) -> bytes | None:
        """Return the record, or None."""
        if self._broken is not None:
            raise self._broken
        entry = self._index.get(key)
        if entry is None:
            return None
        length, place = entry & _LENGTH_MASK, entry >> _LENGTH_BITS & _PLACE_MASK
        at = place - self._open * self._size
        if 0 <= at < self._size:
            return bytes(self._buffer[at : at + length])
        return self._read(place, length)

    def due(self, key: bytes) -> int:
        """Return when the journey of the record is due, or -1 when there is none."""
        entry = self._index.get(key)
        return -1 if entry is None else (entry >> _DUE_AT) - _DUE_BIAS

    def put(self, key: bytes, record: bytes) -> None:
        """Keep a record instead of the one before, if there was one."""
        if self._broken is not None:
            raise self._broken
        before = self._open
        place = self._append(key, record)
        self.drop(key)
        self._point(key, (peek_due(record) + _DUE_BIAS) << _FLAG_BITS | record[1], place, len(record))
        if self._open != before:
            self._tidy()

    def drop(self, key: bytes) -> None:
        """Forget a record, if there is one."""
        entry = self._index.pop(key, None)
        if entry is None:
            return
        length, extent = entry & _LENGTH_MASK, (entry >> _LENGTH_BITS & _PLACE_MASK) // self._size
        self.bytes_held -= length
        if (alone := self._alone.pop(extent, 0)) > 0:
            self._free += range(extent, extent + alone)
            return
        self._standing[extent] -= _ENTRY.size + len(key) + length
        self._free_if_empty(extent)

    def keys(self) -> AbstractSet[bytes]:
        """Return the keys as they are."""
        return self._index.keys()

    def regimes(self) -> Iterator[tuple[bytes, int]]:
        """Yield each key and the number of the rules under which its journey was folded."""
        for key, entry in self._index.items():
            yield key, (entry >> _HEAD_AT & 0xFF) >> REGIME_SHIFT

    def __len__(self) -> int:
        """Return how many records there are."""
        return len(self._index)

    def __contains__(self, key: object) -> bool:
        """Return whether there is a record."""
        return key in self._index

    def _point(self, key: bytes, head: int, place: int, length: int) -> None:
        self._index[key] = head << _HEAD_AT | place << _LENGTH_BITS | length
        self.bytes_held += length
        extent = place // self._size
        if extent not in self._alone:
            self._standing[extent] += _ENTRY.size + len(key) + length

    def _append(self, key: bytes, record: bytes) -> int:
        """Return where the record is."""
        size = _ENTRY.size + len(key) + len(record)
        if size > self._size:
            return self._append_alone(record)
        if len(self._buffer) + size > self._size:
            if self._standing[self._open]:
                self._write(self._open * self._size, self._buffer)
            filled, self._open, self._buffer = self._open, self._free.pop() if self._free else self._count, bytearray()
            self._count = max(self._count, self._open + 1)
            self._standing[self._open] = 0
            self._free_if_empty(filled)
        self._buffer += _ENTRY.pack(len(key), len(record))
        self._buffer += key
        self._buffer += record
        return self._open * self._size + len(self._buffer) - len(record)

    def _append_alone(self, record: bytes) -> int:
        """Put what is larger than an extent at the end of the file, in as many as it takes."""
        first, count = self._count, -(-len(record) // self._size)
        self._write(first * self._size, record)
        self._count += count
        self._alone[first] = count
        return first * self._size

    def _free_if_empty(self, extent: int) -> None:
        if extent != self._open and not self._standing[extent]:
            del self._standing[extent]
            self._free.append(extent)

    def _tidy(self) -> None:
        """Empty extents until the file is at most about twice what stands in it."""
        standing = self._standing
        while len(standing) > 2 * sum(standing.values()) // self._size + SLACK:
            least = min((extent for extent in standing if extent != self._open), key=standing.__getitem__)
            content, at = self._read(least * self._size, self._size, may_end=True), 0
            while least in standing:  # until the last that stands has moved: behind it may be anything
                key_length, length = _ENTRY.unpack_from(content, at)
                key_at = at + _ENTRY.size
                at = key_at + key_length
                key = content[key_at:at]
                entry = self._index.get(key, 0)
                if entry >> _LENGTH_BITS & _PLACE_MASK == least * self._size + at:
                    place = self._append(key, content[at : at + length])
                    self.drop(key)
                    self._point(key, entry >> _HEAD_AT, place, length)
                at += length

    def _write(self, place: int, content: bytes | bytearray) -> None:
        rest = memoryview(content)
        try:
            while rest:
                written = os.pwrite(self._file, rest, place)
                place, rest = place + written, rest[written:]
        except OSError as error:
            raise self._failed(error) from error

    def _read(self, place: int, length: int, *, may_end: bool = False) -> bytes:
        try:
            content = os.pread(self._file, length, place)
        except OSError as error:
            raise self._failed(error) from error
        if len(content) < length and not may_end:
            raise self._failed(OSError(f"{length} bytes were written and {len(content)} are there"))
        return content

    def _failed(self, error: OSError) -> DiskError:
        self._broken = DiskError(
            f"journeys cannot be kept on the disk: {error.strerror or error}",
            place=str(self._folder),
            remedy="give the folder room, or another one (TOUCHPOINT_DATA_DIR), and start again: nothing is lost, "
            "journeys are read back from Kafka",
        )
        return self._broken
