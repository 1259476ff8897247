"""What a flush writes, and what a commit stands for."""

from enum import StrEnum
from typing import NamedTuple


class Flush(StrEnum):
    """How much a flush writes; the last two include all before them."""

    LETTERS = "letters"  # dead letters alone
    COUNTS = "counts"  # counts of crowds alone
    AGED = "aged"  # and the journeys that had changed before the last flush
    EVERYTHING = "everything"


class Cover(NamedTuple):
    """Positions, how far the clock had got there, and up to where on their topic alerts are remembered."""

    positions: dict[str, int]
    clock: int
    alerts: int
