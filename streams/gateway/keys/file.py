"""The file of keys in the data folder: read whole, replaced whole, changed by one process at a time."""

import fcntl
import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Final, NamedTuple

import msgspec

from streams import durable
from streams.errors import CorruptError, TouchpointError, UsageError
from streams.gateway.keys import book
from streams.gateway.keys.book import Book, Entry
from streams.gateway.keys.key import Key

VERSION: Final = 1
MAX_BYTES: Final = 16_000_000
_PRIVATE: Final = 0o600


class _Kept(Key, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A key as a line of the file."""

    secret_sha256: str


class _File(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    version: int
    keys: tuple[_Kept, ...] = ()


class Stamp(NamedTuple):
    """What tells one state of the file from the next without reading it; a missing one is all zero."""

    changed_ns: int = 0
    inode: int = 0
    size: int = 0


def place(data_dir: Path) -> Path:
    """Return where the keys of a data folder are."""
    return data_dir / "gateway" / "keys.json"


def stamp(path: Path) -> Stamp:
    """Return how the file looks from outside."""
    try:
        found = path.stat()
    except OSError:
        return Stamp()
    return Stamp(found.st_mtime_ns, found.st_ino, found.st_size)


def read(path: Path, *, must_exist: bool = False) -> Book:
    """Return the keys of a file, none where there is no file yet; raise CorruptError for one that is wrong."""
    remedy = "put back a copy that was right, or move it away and make new keys: touchpoint gateway keys create"
    try:
        with path.open("rb") as file:
            content = file.read(MAX_BYTES + 1)
    except OSError as error:
        if isinstance(error, FileNotFoundError) and not must_exist:
            return {}
        remedy = "let the user of the gateway read it"
        raise CorruptError(f"cannot be read: {error.strerror}", place=str(path), remedy=remedy) from error
    if len(content) > MAX_BYTES:
        raise CorruptError(f"is larger than {MAX_BYTES:,} bytes", place=str(path), remedy=remedy)
    try:
        return _decode(content)
    except (msgspec.MsgspecError, UnicodeDecodeError, UsageError) as error:
        raise CorruptError(f"is no file of keys: {error}", place=str(path), remedy=remedy) from error


def change(path: Path, to: Callable[[Book], Book]) -> Book:
    """Replace the keys of the file by what becomes of them, and return that; it is on the disk then.

    Raises:
        CorruptError: the file is wrong; it is left as it is.
        TouchpointError: the folder cannot be written to.
    """
    try:
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        with _alone(path):
            new = to(read(path))
            _write(path, new)
            return new
    except OSError as error:
        remedy = "give the data folder to the user who runs this"
        raise TouchpointError(f"cannot be written: {error.strerror}", place=str(path), remedy=remedy) from error


@contextmanager
def _alone(path: Path) -> Iterator[None]:
    """Keep all others from changing the file meanwhile; readers are not kept from anything."""
    handle = os.open(path.with_suffix(".lock"), os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, _PRIVATE)
    try:
        fcntl.flock(handle, fcntl.LOCK_EX)
        yield
    finally:
        os.close(handle)


def _decode(content: bytes) -> Book:
    found = msgspec.json.decode(content, type=_File)
    if found.version != VERSION:
        raise UsageError(f"version {found.version} is not {VERSION}", place="$.version")
    return book.read(Entry(key=_key(kept), digest=kept.secret_sha256) for kept in found.keys)


def _write(path: Path, new: Book) -> None:
    kept = tuple(_Kept(**_fields(entry.key), secret_sha256=entry.digest) for entry in new.values())
    content = msgspec.json.format(msgspec.json.encode(_File(version=VERSION, keys=kept)), indent=2)
    durable.replace(path, content + b"\n")


def _fields(key: Key) -> dict[str, Any]:
    return {name: getattr(key, name) for name in Key.__struct_fields__}


def _key(kept: _Kept) -> Key:
    return Key(**_fields(kept))
