"""`count` and `seen … within`: at least N matching touchpoints in the last T, the one at hand included.

Up to EXACT touchpoints the slot is `[time, id, time, id, …]` of the last N, which decides exactly. Beyond, it is a ring
of BUCKETS event-time buckets per window, so the oldest bucket counts as a whole (at most 1/BUCKETS of T too much).
"""

from typing import Any, Final

from streams.journeys.folded import State
from streams.journeys.handler import Data
from streams.journeys.state import Evidence
from streams.journeys.windows import add, total
from streams.rules.model import Count
from streams.rules.operators.leaf import matcher
from streams.rules.operators.window import WindowLeaf
from streams.touchpoints.touchpoint import Touchpoint

EXACT: Final = 32
BUCKETS: Final = 64


class ExactCount(WindowLeaf):
    """Leaf that remembers the last N matches."""

    def __init__(self, prefix: str, types: frozenset[str], clause: str, count: Count) -> None:
        """Build the leaf of one `count` in one rule."""
        super().__init__(prefix, types, clause)
        self._matches = matcher(count.selector)
        self._at_least, self._within = count.at_least, count.within_ms

    def see(self, state: State, touchpoint: Touchpoint, data: Data, subject: str) -> Evidence | None:
        """Take note of a touchpoint."""
        if self._matches is None or self._matches(data):
            slot = state.slots.setdefault(self._slot + subject, [])
            slot += (touchpoint.time, touchpoint.id)
            if len(slot) > 2 * self._at_least:
                del slot[:2]
        return self.holds(state, subject, touchpoint.time)

    def holds(self, state: State, subject: str, now: int) -> Evidence | None:
        """Say whether the N-th last match lies in the window."""
        slot = state.slots.get(self._slot + subject)
        if slot is None or len(slot) < 2 * self._at_least or slot[0] < now - self._within:
            return None
        return Evidence(self._clause, self._at_least, self._at_least, tuple(slot[1::2]))

    def is_stale(self, slot: list[Any], before: int) -> bool:
        """Say whether the newest match has left the window."""
        return bool(slot[-2] + self._within < before)


class BucketCount(ExactCount):
    """Leaf that counts in a ring of buckets."""

    def __init__(self, prefix: str, types: frozenset[str], clause: str, count: Count) -> None:
        """Build the leaf of one `count` with a large number."""
        super().__init__(prefix, types, clause, count)
        self._width = -(-count.within_ms // BUCKETS)  # rounded up: BUCKETS of them cover the window

    def see(self, state: State, touchpoint: Touchpoint, data: Data, subject: str) -> Evidence | None:
        """Take note of a touchpoint."""
        if self._matches is None or self._matches(data):
            add(state.slots.setdefault(self._slot + subject, []), touchpoint.time // self._width, BUCKETS + 1)
        return self.holds(state, subject, touchpoint.time)

    def holds(self, state: State, subject: str, now: int) -> Evidence | None:
        """Say whether the buckets of the window hold enough."""
        slot = state.slots.get(self._slot + subject)
        if slot is None:
            return None
        found = total(slot, (now - self._within) // self._width, now // self._width)
        return Evidence(self._clause, found, self._at_least) if found >= self._at_least else None

    def is_stale(self, slot: list[Any], before: int) -> bool:
        """Say whether the newest bucket has left the window."""
        return bool((slot[-2] + 1) * self._width + self._within < before)
