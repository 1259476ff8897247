"""Files of touchpoints in the JSON form, one a line; `.gz` and `.zst` are unpacked, `-` is standard input."""

import gzip
import io
import sys
import zlib
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO, Any, Final, NamedTuple, cast

import zstandard

from streams.codec import json_form
from streams.errors import UsageError
from streams.touchpoints.rejection import Reason, Rejection
from streams.touchpoints.touchpoint import Touchpoint

STDIN: Final = "-"
MAX_LINE_BYTES: Final = 4 << 20  # the largest data written with escapes, and its envelope

BLOCK_LINES: Final = 1 << 11

_BUFFER_BYTES: Final = 1 << 20
_PACKED_BYTES: Final = 1 << 16
_PROGRESS_LINES: Final = 1 << 12
_DAMAGED: Final = (EOFError, gzip.BadGzipFile, zlib.error, zstandard.ZstdError)

Line = tuple[int, Touchpoint | Rejection, int | None]


class Opened(NamedTuple):
    """`lines` is what to read, `packed` the file under it, whose position says how far the reading is."""

    lines: IO[bytes]
    packed: IO[bytes]


def read(
    path: str | Path, progress: Callable[[int], None] | None = None, *, part: tuple[int, int] = (0, 1)
) -> Iterator[Line]:
    """Yield line number (from 1), touchpoint or why it is none, and the recorded time in ms where the line has one.

    Empty lines are skipped. The type is not looked up and no record is checked: what is wrong in a line by itself is a
    Rejection, and the reading goes on. `progress` is told now and then how many bytes of the file are read. With
    `part` (i, n), only each nth block of BLOCK_LINES lines from the ith is parsed; the others are passed over. Raises
    UsageError for a file that cannot be read, or that ends in the middle.
    """
    parse = json_form.parse
    mine, parts = part
    with opened(path) as (file, packed):
        number = 0
        while line := file.readline(MAX_LINE_BYTES):
            number += 1
            if len(line) >= MAX_LINE_BYTES:
                rejection = _skip(file)
                if block_of(number) % parts == mine:
                    yield number, rejection, None
            elif (parts == 1 or block_of(number) % parts == mine) and not line.isspace():
                outcome, recorded_ms = parse(line)
                yield number, outcome, recorded_ms
            if progress and not number % _PROGRESS_LINES:
                progress(packed.tell())


def block_of(number: int) -> int:
    """Return the block, from 0, that a line number, from 1, belongs to."""
    return (number - 1) // BLOCK_LINES


@contextmanager
def opened(path: str | Path) -> Iterator[Opened]:
    """Open a file for reading its lines, unpacked; raises UsageError for what is wrong with the file in the block."""
    place = str(path)
    try:
        if place == STDIN:
            yield Opened(sys.stdin.buffer, io.BytesIO())
            return
        with Path(path).open("rb") as file, _unpacked(file, Path(path).suffix) as lines:
            yield Opened(lines, file)
    except _DAMAGED as error:
        raise UsageError(f"the file is damaged: {error}", place=place, remedy="write or fetch it again") from error
    except OSError as error:
        raise UsageError(f"cannot read: {error.strerror or error}", place=place, remedy="name a file") from error


def _unpacked(file: IO[bytes], suffix: str) -> IO[bytes]:
    if suffix == ".gz":
        return io.BufferedReader(cast("io.RawIOBase", gzip.GzipFile(fileobj=file, mode="rb")), _BUFFER_BYTES)
    return io.BufferedReader(_Zstandard(file), _BUFFER_BYTES) if suffix == ".zst" else file


class _Zstandard(io.RawIOBase):
    """Unpacks one frame after the other; the library's own reader takes half a frame for a whole one."""

    def __init__(self, file: IO[bytes]) -> None:
        self._file = file
        self._frame = zstandard.ZstdDecompressor().decompressobj()
        self._is_inside = False
        self._unpacked = memoryview(b"")

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int:
        while not self._unpacked:
            if self._frame.eof:
                packed = self._frame.unused_data
                self._frame = zstandard.ZstdDecompressor().decompressobj()
                self._is_inside = False
            else:
                packed = b""
            if not (packed := packed or self._file.read(_PACKED_BYTES)):
                if self._is_inside:
                    raise EOFError("it ends in the middle of a frame")
                return 0
            self._is_inside = True
            self._unpacked = memoryview(self._frame.decompress(packed))
        size = min(len(buffer), len(self._unpacked))
        buffer[:size], self._unpacked = self._unpacked[:size], self._unpacked[size:]
        return size


def _skip(file: IO[bytes]) -> Rejection:
    """Read to the end of a line that is too long, a piece at a time."""
    while (piece := file.readline(_BUFFER_BYTES)) and not piece.endswith(b"\n"):
        pass
    return Rejection(Reason.TOO_LARGE, f"the line is longer than {MAX_LINE_BYTES} bytes")
