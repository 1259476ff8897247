"""Writes lines to a file that appears whole or not at all; `.gz` and `.zst` compress."""

import csv
import gzip
import io
import sys
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO, Any, Final, cast

import zstandard

from streams.codec.times import to_rfc3339
from streams.errors import UsageError
from streams.touchpoints.label import COLUMNS, Label

STDOUT: Final = "-"
_BUFFER_BYTES: Final = 1 << 20
_GZIP_LEVEL: Final = 5
_ZSTD_LEVEL: Final = 3


@contextmanager
def opened(output: str) -> Iterator[IO[bytes]]:
    """Open `output` for writing; `-` is standard output.

    The bytes go to `<output>.part`, which takes the place of `output` when the block ends and is removed when it
    raises. The same bytes in give the same file out: no time or file name goes into the compressed form.
    """
    if output == STDOUT:
        yield sys.stdout.buffer
        sys.stdout.buffer.flush()
        return
    path = Path(output)
    part = path.with_name(f"{path.name}.part") if path.is_file() or not path.exists() else path  # a pipe stays itself
    try:
        with part.open("wb") as file:
            yield from _compressed(file, path.suffix)
        if part != path:
            part.replace(path)
    except OSError as error:
        remedy = "name a file in a folder that exists and that you may write to, with room left"
        raise UsageError(f"cannot write: {error.strerror or error}", place=output, remedy=remedy) from error
    finally:
        if part != path:
            part.unlink(missing_ok=True)


def _compressed(file: IO[bytes], suffix: str) -> Iterator[IO[bytes]]:
    packed: Any
    if suffix == ".gz":
        packed = gzip.GzipFile(filename="", mode="wb", compresslevel=_GZIP_LEVEL, fileobj=file, mtime=0)
    elif suffix == ".zst":
        packed = zstandard.ZstdCompressor(level=_ZSTD_LEVEL).stream_writer(file, closefd=False)
    else:
        yield file
        return
    # Both are slow per call, and a touchpoint is a short line.
    with packed, io.BufferedWriter(cast("io.RawIOBase", packed), _BUFFER_BYTES) as lines:
        yield lines


def write_labels(labels: Iterable[Label], output: str) -> int:
    """Write a labels file (CSV with a header, times in RFC 3339) and return the number of labels."""
    with opened(output) as file:
        text = io.TextIOWrapper(file, encoding="utf-8", newline="", write_through=True)
        rows = csv.writer(text, lineterminator="\n")
        rows.writerow(COLUMNS)
        count = 0
        for count, label in enumerate(labels, 1):  # noqa: B007 (the count is what we return)
            rows.writerow((label.customer, label.subject, to_rfc3339(label.time), label.label))
        text.detach()
    return count
