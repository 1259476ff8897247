"""A file in portions of whole lines, from any border between two portions on.

A record of a CSV file goes over several lines where a cell is quoted over their ends. A quote opens a cell only at its
beginning, as in RFC 4180, and a record is bounded, so a stray quote costs few lines and not the rest of the file.
"""

import re
from collections.abc import Iterator
from typing import IO, Final

import msgspec

from streams.gateway.uploads.upload import Form

MOST_LINES: Final = 1_000  # records of a portion
MOST_BYTES: Final = 1 << 20  # of a portion, but for its last record
MAX_LINE: Final = 1 << 18  # a longer one is read in pieces, which make no sense and are refused
MAX_LINES: Final = 100  # of a record; one of more is a stray quote
MAX_HEAD: Final = 1 << 16  # of a CSV file
_OPENS: Final = re.compile(rb'(?:^|[,;\t|])[ ]*"')  # a cell that begins with a quote


class Portion(msgspec.Struct, frozen=True):
    """Records that belong together, and the head of a CSV file. `numbers` are the lines that they begin on, from 1.

    Blank lines are left out. `end` and `lines` are where the next portion begins, in bytes and in lines.
    """

    head: bytes
    records: tuple[bytes, ...]
    numbers: tuple[int, ...]
    end: int
    lines: int

    @property
    def body(self) -> bytes:
        """All of it as a file of its own."""
        return self.head + b"".join(self.records)


def portions(file: IO[bytes], form: Form, start: int = 0, lines: int = 0) -> Iterator[Portion]:
    """Yield the portions of a file from a place on, which a portion before gave."""
    head = b""
    if form is Form.CSV:
        file.seek(0)
        head = _ended(file.readline(MAX_HEAD))
        if not start:
            start, lines = file.tell(), 1
    file.seek(start)
    records, numbers, size = list[bytes](), list[int](), 0
    while True:
        record, count = _record(file, form)
        if record.strip():
            records.append(_ended(record))
            numbers.append(lines + 1)
            size += len(record)
        lines += count
        if numbers and (not record or len(numbers) >= MOST_LINES or size >= MOST_BYTES):
            yield Portion(head, tuple(records), tuple(numbers), file.tell(), lines)
            records, numbers, size = [], [], 0
        if not record:
            return


def _record(file: IO[bytes], form: Form) -> tuple[bytes, int]:
    """Return a line, with those that belong to it where a cell is quoted over its end, and how many they are."""
    first = file.readline(MAX_LINE)
    if form is not Form.CSV or first.count(b'"') % 2 == 0 or not _OPENS.search(first):
        return first, 1 if first else 0
    back, found, size = file.tell(), [first], len(first)
    while len(found) < MAX_LINES and size < MAX_LINE and (line := file.readline(MAX_LINE)):
        found.append(line)
        size += len(line)
        if line.count(b'"') % 2:
            return b"".join(found), len(found)
    file.seek(back)  # nobody closes the cell: the quote is part of a word, and what follows are records of their own
    return first, 1


def _ended(record: bytes) -> bytes:
    """Return a record with a line's end."""
    return record if record.endswith(b"\n") else record + b"\n"
