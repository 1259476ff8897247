"""How many different ones: the smallest few hashes of a set, which are the same in any order and can be merged.

Exact up to SIZE different values, an estimate (some 10 % off) above.
"""

import zlib
from bisect import bisect_left
from collections.abc import Iterable, Sequence
from typing import Final

SIZE: Final = 128
SPACE: Final = 1 << 32  # every fingerprint is below
# Halves of 0x9E3779B1, which is odd: multiplying by it loses nothing.
_HIGH: Final = 0x9E37
_LOW: Final = 0x79B1


def fingerprint(text: str) -> int:
    """Return 32 well-mixed bits of a text: its CRC-32 times 0x9E3779B1, in halves that fit a machine word."""
    value = zlib.crc32(text.encode())
    return (((value * _HIGH & 0xFFFF) << 16) + value * _LOW) % SPACE


def add(sketch: list[int], value: int) -> int:
    """Add a fingerprint in place; return from which one on there is nothing more to add."""
    at = bisect_left(sketch, value)
    if at == len(sketch) or sketch[at] != value:
        sketch.insert(at, value)
        del sketch[SIZE:]
    return sketch[-1] if len(sketch) == SIZE else SPACE


def union(sketches: Iterable[tuple[int, ...]]) -> tuple[int, ...]:
    """Return the sketch of all of them together; a sketch is in ascending order."""
    return tuple(sorted({value for sketch in sketches for value in sketch})[:SIZE])


def size(sketch: Sequence[int]) -> int:
    """Return how many different values a sketch stands for."""
    if len(sketch) < SIZE:
        return len(sketch)
    return round((SIZE - 1) * SPACE / max(1, sketch[-1]))
