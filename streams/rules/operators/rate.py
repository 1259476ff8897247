"""`rate`: what the last T brought, against the average of the N periods of T before, of the same customer or subject.

The memory is that of `window` with BUCKETS buckets to T: at most EXACT + BUCKETS * (N + 1) + 2 cells, four fields each.
With up to EXACT matches in T the last T is exact, and so is the past but for its oldest bucket; with more, up
to 1/BUCKETS of T before may count to the last T as well.
"""

from typing import Any, Final

from streams.journeys.folded import State
from streams.journeys.handler import Data
from streams.journeys.state import Evidence
from streams.rules.model import Rate
from streams.rules.operators.leaf import field, matcher
from streams.rules.operators.window import (
    CELL,
    COUNT,
    ID,
    SPENT,
    VALUE,
    WindowLeaf,
    cells,
    forget,
    number,
    remember,
    shown,
    total,
)
from streams.touchpoints.touchpoint import Touchpoint

BUCKETS: Final = 16
MAX_BASELINE: Final = 14  # periods


class RateLeaf(WindowLeaf):
    """Leaf that holds while the last period is so many times the average one; without any past it never does."""

    def __init__(self, prefix: str, types: frozenset[str], clause: str, rate: Rate) -> None:
        """Build the leaf of one `rate` in one rule."""
        super().__init__(prefix, types, clause)
        self._matches, self._of = matcher(rate.selector), tuple(rate.of.split(".")) if rate.of else ()
        self._within, self._span = rate.within_ms, rate.within_ms * (rate.baseline + 1)
        self._width = -(-rate.within_ms // BUCKETS)  # rounded up: BUCKETS of them cover a period
        self._baseline, self._times, self._min_count = rate.baseline, rate.times, rate.min_count

    def see(self, state: State, touchpoint: Touchpoint, data: Data, subject: str) -> Evidence | None:
        """Take note of a touchpoint."""
        value = number(field(data, self._of)) if self._of else 1
        if value is not None and (self._matches is None or self._matches(data)):
            slot = state.slots.setdefault(self._slot + subject, [])
            forget(slot, touchpoint.time - self._span)
            remember(slot, touchpoint.time, value, touchpoint.id, self._width)
        return self.holds(state, subject, touchpoint.time)

    def holds(self, state: State, subject: str, now: int) -> Evidence | None:
        """Say whether the last period stands out; what led to an episode that has ended is past in time only."""
        slot = state.slots.get(self._slot + subject)
        if slot is None:
            return None
        start = now - self._within
        found = [at for at in cells(slot, start) if slot[at + ID] != SPENT]
        if sum(slot[at + COUNT] for at in found) < self._min_count:
            return None
        past = total(slot[at + VALUE] for at in cells(slot, now - self._span) if slot[at] < start)
        value = total(slot[at + VALUE] for at in found)
        if past <= 0 or value * self._baseline < self._times * past:
            return None
        return Evidence(self._clause, value, self._times * past / self._baseline, shown(slot, found))

    def reset(self, state: State, subject: str) -> None:
        """Count anew; what was counted stays as the past that it will be."""
        slot = state.slots.get(self._slot + subject, [])
        slot[ID::CELL] = [SPENT] * (len(slot) // CELL)

    def is_stale(self, slot: list[Any], before: int) -> bool:
        """Say whether the newest match has left the periods before."""
        return bool(slot[-CELL] + self._span < before)
