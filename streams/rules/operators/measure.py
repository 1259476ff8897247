"""`sum` and `average`: what a numeric field of the matches in the last T comes to, the touchpoint at hand included.

The memory is that of `window` with BUCKETS buckets to T: at most EXACT + BUCKETS + 2 cells, four fields each. With up
to EXACT matches in T the answer is exact; with more, up to 1/BUCKETS of T before it may count as well.
"""

from typing import Any, Final

from streams.journeys.folded import State
from streams.journeys.handler import Data
from streams.journeys.state import Evidence
from streams.rules.model import Measure
from streams.rules.operators.leaf import field, matcher
from streams.rules.operators.window import (
    CELL,
    COUNT,
    EXACT,
    VALUE,
    WindowLeaf,
    forget,
    number,
    remember,
    shown,
    total,
)
from streams.touchpoints.touchpoint import Touchpoint

BUCKETS: Final = 64


class MeasureLeaf(WindowLeaf):
    """Leaf that holds while the sum or average is within its bounds; a match without the number is none."""

    def __init__(self, prefix: str, types: frozenset[str], clause: str, measure: Measure) -> None:
        """Build the leaf of one `sum` or `average` in one rule."""
        super().__init__(prefix, types, clause)
        self._matches, self._of = matcher(measure.selector), tuple(measure.of.split("."))
        self._is_average, self._within = measure.function == "average", measure.within_ms
        self._width = -(-measure.within_ms // BUCKETS)  # rounded up: BUCKETS of them cover the window
        self._least, self._most, self._min_count = measure.at_least, measure.at_most, measure.min_count
        self._least_fields = CELL * min(self._min_count, EXACT)  # up to EXACT, each match has a cell of its own
        self._threshold = float(measure.at_least if measure.at_least is not None else measure.at_most or 0)

    def see(self, state: State, touchpoint: Touchpoint, data: Data, subject: str) -> Evidence | None:
        """Take note of a touchpoint."""
        matches = self._matches is None or self._matches(data)
        if matches and (value := number(field(data, self._of))) is not None:
            slot = state.slots.setdefault(self._slot + subject, [])
            forget(slot, touchpoint.time - self._within)
            remember(slot, touchpoint.time, value, touchpoint.id, self._width)
        return self.holds(state, subject, touchpoint.time)

    def holds(self, state: State, subject: str, now: int) -> Evidence | None:
        """Say whether the window holds enough matches, and what they come to lies within the bounds."""
        slot = state.slots.get(self._slot + subject)
        if slot is None or len(slot) < self._least_fields:
            return None
        first, start = 0, now - self._within
        while first < len(slot) and slot[first] < start:
            first += CELL
        count = sum(slot[first + COUNT :: CELL])
        if count < self._min_count:
            return None
        value = total(slot[first + VALUE :: CELL])
        if self._is_average:
            value = value / count
        if (self._least is not None and value < self._least) or (self._most is not None and value > self._most):
            return None
        return Evidence(self._clause, value, self._threshold, shown(slot, list(range(first, len(slot), CELL))))

    def is_stale(self, slot: list[Any], before: int) -> bool:
        """Say whether the newest match has left the window."""
        return bool(slot[-CELL] + self._within < before)
