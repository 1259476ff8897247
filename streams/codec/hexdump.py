"""Bytes as operators read them: offset, sixteen bytes, and what of them is printable."""

from collections.abc import Iterator
from typing import Final

_WIDTH: Final = 16


def hexdump(value: bytes, limit: int = 512) -> Iterator[str]:
    """Yield the lines of the first `limit` bytes, and how many more there are."""
    for offset in range(0, min(len(value), limit), _WIDTH):
        row = value[offset : min(offset + _WIDTH, limit)]
        text = "".join(chr(byte) if 32 <= byte < 127 else "." for byte in row)
        yield f"{offset:08x}  {row.hex(' '):{_WIDTH * 3 - 1}}  {text}"
    if len(value) > limit:
        yield f"... {len(value) - limit} more bytes"
