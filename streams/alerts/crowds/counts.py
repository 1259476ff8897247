"""What was counted of one crowd in one bucket of event time; parts counted by different owners can be merged."""

from bisect import bisect_left, insort
from collections.abc import Iterable
from typing import Final

import msgspec

from streams.alerts.crowds import sketch
from streams.rules.crowd import BUCKET_MS

KEPT: Final = 10  # first matches of a bucket: the evidence of an alert


def bucket_of(time: int) -> int:
    """Return the number of the bucket that an event time (ms) is in."""
    return time // BUCKET_MS


class Counted(msgspec.Struct, array_like=True, frozen=True):
    """`matches` of the rule, `clean` ones, a sketch of `who`, and the `first` few matches as (time, id)."""

    matches: int = 0
    clean: int = 0
    who: tuple[int, ...] = ()
    first: tuple[tuple[int, str], ...] = ()

    def plus(self, time: int, identity: str, who: str, *, matches: bool, clean: bool) -> "Counted":
        """Return the counts with one touchpoint more; `who` is empty where nobody is counted."""
        if not matches:
            return Counted(self.matches, self.clean + clean, self.who, self.first)
        seen = sketch.union((self.who, (sketch.fingerprint(who),))) if who else self.who
        first = tuple(sorted((*self.first, (time, identity)))[:KEPT])
        return Counted(self.matches + 1, self.clean + clean, seen, first)


def merged(parts: Iterable[Counted]) -> Counted:
    """Return the counts of several owners together."""
    listed = list(parts)
    if len(listed) == 1:
        return listed[0]
    return Counted(
        sum(part.matches for part in listed),
        sum(part.clean for part in listed),
        sketch.union(part.who for part in listed),
        tuple(sorted(one for part in listed for one in part.first)[:KEPT]),
    )


class Counts:
    """All buckets of one crowd, each from any number of owners; a part that comes again replaces what it was."""

    def __init__(self) -> None:
        """Start with none."""
        self.at: dict[int, Counted] = {}  # by bucket what all owners have counted; treat as frozen
        self.usual: dict[int, float] = {}  # by bucket the average before it, as long as that stays the same
        self._parts: dict[int, dict[int, Counted]] = {}
        self._order: list[int] = []

    def put(self, bucket: int, owner: int, counted: Counted) -> bool:
        """Take what one owner has counted in all; return whether anything changed.

        Counts only grow: what holds less was said before, and comes late.
        """
        parts = self._parts.get(bucket)
        if parts is None:
            parts = self._parts[bucket] = {}
            insort(self._order, bucket)
        elif (before := parts.get(owner)) and before.matches + before.clean >= counted.matches + counted.clean:
            return False
        parts[owner] = counted
        self.at[bucket] = merged(parts.values())
        for later in [each for each in self.usual if each > bucket]:
            del self.usual[later]
        return True

    def between(self, start: int, end: int) -> list[int]:
        """Return the buckets that hold something from `start` on and before `end`, in order."""
        order = self._order
        return order[bisect_left(order, start) : bisect_left(order, end)]

    def forget(self, before: int) -> None:
        """Drop the buckets before this one."""
        gone = bisect_left(self._order, before)
        for bucket in self._order[:gone]:
            del self.at[bucket], self._parts[bucket]
            self.usual.pop(bucket, None)
        del self._order[:gone]

    @property
    def last(self) -> int:
        """The last bucket that holds something; -1 for none."""
        return self._order[-1] if self._order else -1
