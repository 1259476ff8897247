"""What leaves over a window share: no timers, one slot per subject, and cells that remember matches in bounded memory.

Such a slot is flat, `[time, count, value, id, time, count, value, id, …]`, oldest first. The last EXACT matches have a
cell each; of older ones those of one event-time bucket share a cell, whose time is that of the newest of them. So a
window with at most EXACT matches is exact, and of a fuller one the oldest bucket counts as a whole. With B buckets from
the oldest match that is kept to now, there are at most EXACT + B + 2 cells.
"""

from collections.abc import Iterable, Iterator
from math import fsum
from typing import Any, Final

from streams.journeys.folded import State
from streams.journeys.state import SEPARATOR, Evidence

EXACT: Final = 32
CELL: Final = 4  # fields of a cell
COUNT, VALUE, ID = 1, 2, 3  # where they are; its time comes first
LARGEST: Final = 10**12  # a number beyond it is none: sums of it still fit into every format that carries them
SPENT: Final = ""  # the id of a cell some of whose matches have led to an episode that has ended
_SEVERAL: Final = "+"


class WindowLeaf:
    """A leaf that sets no timer and keeps one slot per subject, which an episode's end clears."""

    def __init__(self, prefix: str, types: frozenset[str], clause: str) -> None:
        """Build what all such leaves have."""
        self.prefix, self.types, self._clause = prefix, types, clause
        self._slot = prefix + SEPARATOR  # with the subject behind it, the key of its memory

    def wake(self, state: State, subject: str, due: int) -> Evidence | None:
        """Do nothing: no timer is set."""
        return None

    def is_waiting(self, state: State, subject: str) -> bool:
        """Return that no timer is set."""
        return False

    def began(self, state: State, subject: str, due: int) -> int:
        """Return the same instant: no timer is set."""
        return due

    def reset(self, state: State, subject: str) -> None:
        """Start anew."""
        state.slots.pop(self._slot + subject, None)


# In what follows numbers are Any: compiled code turns whole ones into floats where it is told that they are floats.


def number(value: Any) -> Any:
    """Return a number of at most LARGEST either way as it is, whole or not; None for anything else."""
    if isinstance(value, bool) or not isinstance(value, int | float):
        return None
    return value if -LARGEST <= value <= LARGEST else None


def remember(slot: list[Any], time: int, value: Any, identity: str, width: int) -> None:
    """Add a match that is no older than any before; buckets are `width` ms wide."""
    slot += (time, 1, value, identity)
    at = len(slot) - CELL * (EXACT + 1)  # no longer one of the last EXACT
    before = at - CELL
    if before < 0 or slot[at] // width != slot[before] // width:
        return
    slot[at + COUNT] += slot[before + COUNT]
    slot[at + VALUE] += slot[before + VALUE]
    slot[at + ID] = SPENT if SPENT in (slot[at + ID], slot[before + ID]) else _SEVERAL
    del slot[before:at]


def forget(slot: list[Any], start: int) -> None:
    """Drop the cells before `start`."""
    at = 0
    while at < len(slot) and slot[at] < start:
        at += CELL
    if at:
        del slot[:at]


def cells(slot: list[Any], start: int) -> Iterator[int]:
    """Yield where the cells at or after `start` lie in the slot, oldest first."""
    return (at for at in range(0, len(slot), CELL) if slot[at] >= start)


def total(values: Iterable[Any]) -> Any:
    """Return the sum: whole numbers stay whole, others are rounded once, so their order does not matter."""
    listed = list(values)
    return fsum(listed) if float in map(type, listed) else sum(listed)


def shown(slot: list[Any], found: list[int]) -> tuple[str, ...]:
    """Return the ids of the last matches among these cells, at most EXACT."""
    return tuple(slot[at + ID] for at in found[-EXACT:] if slot[at + COUNT] == 1)
