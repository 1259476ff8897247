"""The file of a backup: lines of JSON, compressed with zstd, the same for both databases.

The first line is the header; then for each table a line that names it with its columns, and one line for each row,
whose bytes are Base64; the last line has the number of rows and the SHA-256 of all lines before it. What is cut off or
changed is noticed before anything of it is used.
"""

import base64
import binascii
import hashlib
import os
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Final, TypeVar

import msgspec
import zstandard

from streams.errors import CorruptError

FORMAT: Final = "touchpoint-desk-backup"
VERSION: Final = 1
LONGEST_LINE: Final = 64 << 20
_REMEDY: Final = "take another backup: this one cannot be trusted"
_Line = TypeVar("_Line")
_to_bytes: Final = msgspec.json.Encoder().encode


class Header(msgspec.Struct, frozen=True):
    """`tables_version` is that of the migrations; `made_at` in ms since the epoch."""

    format: str
    version: int
    tables_version: str
    made_at: int


class Columns(msgspec.Struct, frozen=True):
    """What the rows that follow belong to; `last` is the last number that the table has given, if it gives any."""

    table: str
    columns: tuple[str, ...]
    binary: tuple[str, ...]  # columns of bytes
    last: int = 0

    def row(self, line: bytes) -> dict[str, Any]:
        """Return a row by its columns."""
        found = dict(zip(self.columns, msgspec.json.decode(line, type=list[Any]), strict=True))
        for name in self.binary:
            if found[name] is not None:
                found[name] = base64.b64decode(found[name], validate=True)
        return found


class Ending(msgspec.Struct, frozen=True):
    """The last line."""

    rows: int
    sha256: str


class Writer:
    """Writes what it is given, in order."""

    def __init__(self, stream: Any) -> None:
        self._stream = stream
        self._digest = hashlib.sha256()
        self.rows = 0

    def head(self, header: Header | Columns) -> None:
        """Write the header, or what the next rows belong to."""
        self._line(_to_bytes(header))

    def row(self, values: Sequence[Any]) -> None:
        """Write a row."""
        self._line(_to_bytes(list(values)))
        self.rows += 1

    def end(self) -> None:
        """Write the last line."""
        self._stream.write(_to_bytes(Ending(self.rows, self._digest.hexdigest())) + b"\n")

    def _line(self, line: bytes) -> None:
        self._digest.update(line + b"\n")
        self._stream.write(line + b"\n")


@contextmanager
def writing(path: Path) -> Iterator[Writer]:
    """Give a writer of a file that is there whole at the end or not at all, and that only its owner may read."""
    part = path.with_name(f"{path.name}.part")
    handle = os.open(part, os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_CLOEXEC, 0o600)
    try:
        with os.fdopen(handle, "wb") as file:
            os.fchmod(file.fileno(), 0o600)
            with zstandard.ZstdCompressor(level=6).stream_writer(file, closefd=False) as stream:
                writer = Writer(stream)
                yield writer
                writer.end()
            file.flush()
            os.fsync(file.fileno())
        part.replace(path)
    finally:
        part.unlink(missing_ok=True)


def verify(path: Path) -> Header:
    """Read a whole file and return its header.

    Raises:
        CorruptError: it is no backup, of a newer format, cut off, or changed.
        OSError: it cannot be read.
    """
    digest, rows, ending = hashlib.sha256(), 0, None
    lines = _lines(path)
    first = next(lines, b"")
    header = _header(first, path)
    digest.update(first)
    for line in lines:
        if ending is not None:
            raise CorruptError("something follows the end of the backup", place=str(path), remedy=_REMEDY)
        if line.startswith(b'{"rows"'):
            ending = _decoded(line, Ending, path)
            continue
        digest.update(line)
        rows += line.startswith(b"[")
    if ending is None:
        raise CorruptError("the backup is cut off", place=str(path), remedy=_REMEDY)
    if (ending.rows, ending.sha256) != (rows, digest.hexdigest()):
        raise CorruptError("the backup has been changed", place=str(path), remedy=_REMEDY)
    return header


def read(path: Path) -> Iterator[tuple[Columns, dict[str, Any] | None]]:
    """Yield each table, first without a row and then with each; the file has been verified."""
    columns = None
    for line in _lines(path):
        if line.startswith(b'{"table"'):
            columns = _decoded(line, Columns, path)
            yield columns, None
        elif line.startswith(b"[") and columns is not None:
            try:
                yield columns, columns.row(line)
            except (ValueError, binascii.Error, msgspec.DecodeError) as error:
                message = f"a row of {columns.table} cannot be read"
                raise CorruptError(message, place=str(path), remedy=_REMEDY) from error


def _header(line: bytes, path: Path) -> Header:
    header = _decoded(line, Header, path)
    if header.format != FORMAT:
        raise CorruptError("this is no backup of a desk", place=str(path), remedy="name one")
    if header.version > VERSION:
        remedy = "restore it with the version that made it"
        raise CorruptError("a newer version made this backup", place=str(path), remedy=remedy)
    return header


def _decoded(line: bytes, kind: type[_Line], path: Path) -> _Line:
    try:
        return msgspec.json.decode(line, type=kind)
    except msgspec.DecodeError as error:
        raise CorruptError("this is no backup of a desk", place=str(path), remedy="name one") from error


def _lines(path: Path) -> Iterator[bytes]:
    try:
        with path.open("rb") as file, zstandard.ZstdDecompressor().stream_reader(file) as stream:
            rest = b""
            while chunk := stream.read(1 << 20):
                *lines, rest = (rest + chunk).split(b"\n")
                yield from (line + b"\n" for line in lines)
                if len(rest) > LONGEST_LINE:
                    raise CorruptError("a line has no end", place=str(path), remedy=_REMEDY)
            if rest:
                yield rest
    except zstandard.ZstdError as error:
        raise CorruptError("the backup is broken", place=str(path), remedy=_REMEDY) from error
