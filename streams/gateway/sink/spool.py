"""Touchpoints on this machine's disk, in order, until the broker has them.

Files that are only appended to, and removed whole: a removal needs no space on a full disk, where a deletion in SQLite
does, nothing is written twice, and the checksum of a frame tells what a crash cut off. A synced put takes a little less
time than in SQLite (`tests/bench/gateway.py`). No file is appended to after a restart.
"""

import logging
import os
from collections import deque
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path
from typing import Final

import msgspec

from streams import durable
from streams.gateway.sink.frames import HEAD, pack, unpack, whole
from streams.gateway.sink.record import Record

SUFFIX: Final = ".spool"
DAMAGED: Final = ".damaged"
_log = logging.getLogger("touchpoint.gateway")


class Mark(msgspec.Struct, frozen=True):
    """How far a reader has come in the first file, and over how many touchpoints."""

    offset: int
    count: int


class _Segment(msgspec.Struct):
    number: int
    path: Path
    size: int = 0  # bytes of its whole frames
    count: int = 0  # touchpoints that are not removed
    is_damaged: bool = False


class Spool:
    """A queue of puts. One thread at a time; `locked` must hold the folder.

    What `append` returned for is there after kill -9 and power cuts, until `remove` is called with a mark behind it;
    after a crash some of what was removed may come again.
    """

    def __init__(self, folder: Path, max_bytes: int, segment_bytes: int) -> None:
        """Find what an earlier process left."""
        self.count = 0  # touchpoints that are not removed
        self.size = 0  # bytes of the files
        self.oldest_at = 0  # ms; 0 when empty
        self._folder = folder
        self._max_bytes = max_bytes
        self._segment_bytes = segment_bytes
        self._segments: deque[_Segment] = deque()
        self._offset = 0  # within the first segment: what is before is removed
        self._writing: int | None = None  # descriptor of the last segment
        self._next = 1
        self._find()

    @property
    def unread(self) -> int:
        """Bytes that are not removed."""
        return self.size - self._offset

    def append(self, puts: Sequence[Sequence[Record]]) -> int:
        """Keep puts in their order; return how many of them fit, the first ones. They are on the disk then.

        Raises OSError where the disk does not take them; none of them is kept then.
        """
        frames: list[bytes] = []
        left = self._max_bytes - self.size
        for put in puts:
            frame = pack(put)
            left -= len(frame)
            if left < 0:
                break
            frames.append(frame)
        if frames:
            kept = puts[: len(frames)]
            self._write(b"".join(frames), sum(map(len, kept)))
            self.oldest_at = self.oldest_at or kept[0][0].at
        return len(frames)

    def read(self, limit: int) -> tuple[list[Record], Mark]:
        """Return records from the front, about `limit` bytes of them, and the mark behind them; none when empty."""
        records: list[Record] = []
        if not self._segments:
            return records, Mark(0, 0)
        first = self._segments[0]
        content = _bytes_of(first.path, self._offset, HEAD.size)
        if len(content) == HEAD.size:
            length = HEAD.unpack(content)[0]
            content = _bytes_of(first.path, self._offset, max(HEAD.size + length, limit))  # one whole frame at least
        end = 0
        for frame in whole(content):
            records += unpack(content, frame)
            end = frame.end
        if not end:  # the disk gives other bytes than it took
            _log.error("spool: %s is damaged from byte %d on and was put aside", first.path.name, self._offset)
            first.is_damaged = True
            return records, Mark(first.size, first.count)
        return records, Mark(self._offset + end, len(records))

    def remove(self, mark: Mark) -> None:
        """Forget what is before the mark; it must come from the last `read`."""
        first = self._segments[0]
        first.count -= mark.count
        self.count -= mark.count
        self._offset = mark.offset
        if self._offset >= first.size:
            if len(self._segments) == 1:
                self._end()
            self._segments.popleft()
            self._offset = 0
            self.size -= first.size
            _drop(first)
        self.oldest_at = self._peek()

    def close(self) -> None:
        """Let the files go; what is in them stays."""
        self._end()

    def _find(self) -> None:
        found = sorted((int(path.stem), path) for path in self._folder.glob(f"*{SUFFIX}"))
        for number, path in found:
            content = path.read_bytes()
            segment = _Segment(number, path)
            for frame in whole(content):
                segment.size = frame.end
                segment.count += frame.count
                self.oldest_at = self.oldest_at or frame.at
            self._next = number + 1
            if segment.size < len(content):
                self._cut(segment, len(content), is_newest=number == found[-1][0])
            if segment.size:
                self._segments.append(segment)
                self.size += segment.size
                self.count += segment.count
            else:
                _drop(segment)

    def _cut(self, segment: _Segment, size: int, *, is_newest: bool) -> None:
        """Judge bytes behind the last whole frame: a crash leaves such in the newest file, nothing in others."""
        if is_newest:
            _log.info("spool: %d bytes that a crash had cut off were dropped", size - segment.size)
            os.truncate(segment.path, segment.size)
            return
        _log.error("spool: %s is damaged from byte %d on; the file is kept", segment.path.name, segment.size)
        segment.is_damaged = True

    def _write(self, content: bytes, count: int) -> None:
        if self._writing is not None and self._segments[-1].size >= self._segment_bytes:
            self._end()
        handle = self._begin() if self._writing is None else self._writing
        segment = self._segments[-1]
        try:
            written = 0
            while written < len(content):
                written += os.write(handle, memoryview(content)[written:])
            os.fdatasync(handle)
        except OSError:
            # After a failed sync nobody knows what is on the disk: this file gets no more frames.
            with suppress(OSError):
                os.ftruncate(handle, segment.size)
            self._end()
            if not segment.size:
                _drop(self._segments.pop())
            raise
        segment.size += len(content)
        segment.count += count
        self.size += len(content)
        self.count += count

    def _begin(self) -> int:
        path = self._folder / f"{self._next:010}{SUFFIX}"
        handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_APPEND | os.O_CLOEXEC, 0o600)
        self._next += 1
        try:
            durable.sync(self._folder)  # a file whose name may be lost gets no frames
        except OSError:
            os.close(handle)
            with suppress(OSError):
                path.unlink()
            raise
        self._segments.append(_Segment(self._next - 1, path))
        self._writing = handle
        return handle

    def _end(self) -> None:
        if self._writing is not None:
            os.close(self._writing)
            self._writing = None

    def _peek(self) -> int:
        """Return the time of the front."""
        if not self._segments:
            return 0
        head = _bytes_of(self._segments[0].path, self._offset, HEAD.size)
        return int(HEAD.unpack(head)[3]) if len(head) == HEAD.size else 0


def _bytes_of(path: Path, start: int, size: int) -> bytes:
    """Return bytes of a file, none where somebody has taken it away."""
    with suppress(FileNotFoundError), path.open("rb") as file:
        file.seek(start)
        return file.read(size)
    return b""


def _drop(segment: _Segment) -> None:
    with suppress(FileNotFoundError):
        if segment.is_damaged:
            segment.path.replace(segment.path.with_suffix(DAMAGED))
        else:
            segment.path.unlink()
