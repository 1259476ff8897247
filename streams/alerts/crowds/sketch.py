"""How many different ones: the smallest few hashes of a set, which are the same in any order and can be merged.

Exact up to SIZE different values, an estimate (some 10 % off) above.
"""

import zlib
from collections.abc import Iterable
from typing import Final

SIZE: Final = 128
_SPACE: Final = 1 << 32
_MIX: Final = 0x9E3779B1  # odd: multiplying by it loses nothing


def fingerprint(text: str) -> int:
    """Return 32 well-mixed bits of a text."""
    mixed = zlib.crc32(text.encode()) * _MIX % _SPACE
    return (mixed ^ mixed >> 15) * _MIX % _SPACE


def union(sketches: Iterable[tuple[int, ...]]) -> tuple[int, ...]:
    """Return the sketch of all of them together; a sketch is in ascending order."""
    return tuple(sorted({value for sketch in sketches for value in sketch})[:SIZE])


def size(sketch: tuple[int, ...]) -> int:
    """Return how many different values a sketch stands for."""
    if len(sketch) < SIZE:
        return len(sketch)
    return round((SIZE - 1) * _SPACE / max(1, sketch[-1]))
