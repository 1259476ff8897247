"""`distinct`: how many different values a field of the matches in the last T took, the touchpoint at hand included.

The slot is `[value, time, id, value, time, id, …]`, the values seen last, each with its last match, oldest first. As
many are kept as the thresholds ask about, at most LARGEST + 1; that decides exactly. A long value is kept as its hash.
"""

import hashlib
from collections.abc import Mapping
from typing import Any, Final

from streams.journeys.folded import State
from streams.journeys.handler import Data
from streams.journeys.state import Evidence
from streams.rules.model import Distinct
from streams.rules.operators.leaf import field, matcher
from streams.rules.operators.window import WindowLeaf
from streams.touchpoints.touchpoint import Touchpoint
from streams.touchpoints.vocabulary import Kind

LARGEST: Final = 64  # of a threshold
OWN: Final = ("channel", "type", "source", "subject")  # of the touchpoint itself; any other name is a field of data
DATA: Final = "data."  # before the name of a field of data that is called like one of these
_VALUE, _TIME, _ID, _PLACE = 0, 1, 2, 3  # fields of a value, and how many there are
_LONG: Final = 40


class DistinctLeaf(WindowLeaf):
    """Leaf that holds while so many different values were seen; text, numbers and truth values are values."""

    def __init__(
        self, prefix: str, types: frozenset[str], clause: str, distinct: Distinct, known: Mapping[str, Kind]
    ) -> None:
        """Build the leaf of one `distinct` in one rule; the channel is what the vocabulary `known` says."""
        super().__init__(prefix, types, clause)
        self._matches, self._within = matcher(distinct.selector), distinct.within_ms
        self._own = distinct.of if distinct.of in OWN else ""
        self._of = tuple(distinct.of.removeprefix(DATA).split("."))
        self._channels = {name: known[name].channel for name in types}
        self._least, self._most = distinct.at_least or 1, distinct.at_most or LARGEST
        self._threshold = distinct.at_least or distinct.at_most or 1
        self._kept = max(distinct.at_least or 1, (distinct.at_most or 0) + 1)

    def see(self, state: State, touchpoint: Touchpoint, data: Data, subject: str) -> Evidence | None:
        """Take note of a touchpoint."""
        value = text(self._value(touchpoint, data))
        if value and (self._matches is None or self._matches(data)):
            slot = state.slots.setdefault(self._slot + subject, [])
            at = next((at for at in range(0, len(slot), _PLACE) if slot[at] == value), -1)
            if at >= 0:
                del slot[at : at + _PLACE]
            slot += (value, touchpoint.time, touchpoint.id)
            if len(slot) > _PLACE * self._kept:
                del slot[:_PLACE]
        return self.holds(state, subject, touchpoint.time)

    def holds(self, state: State, subject: str, now: int) -> Evidence | None:
        """Say whether so many values were seen in the window."""
        slot = state.slots.get(self._slot + subject)
        if slot is None:
            return None
        found = [at for at in range(0, len(slot), _PLACE) if slot[at + _TIME] >= now - self._within]
        if not self._least <= len(found) <= self._most:
            return None
        return Evidence(self._clause, len(found), self._threshold, tuple(slot[at + _ID] for at in found))

    def is_stale(self, slot: list[Any], before: int) -> bool:
        """Say whether the newest match has left the window."""
        return bool(slot[-_PLACE + _TIME] + self._within < before)

    def _value(self, touchpoint: Touchpoint, data: Data) -> Any:
        if not self._own:
            return field(data, self._of)
        if self._own == "channel":
            return self._channels[touchpoint.type]
        if self._own == "type":
            return touchpoint.type
        return touchpoint.source if self._own == "source" else touchpoint.subject


def text(value: Any) -> str:
    """Return short text that is the same for equal values only; empty for what is no value.

    1 and 1.0 are equal, 1, "1" and true are not. Nothing, empty text, lists and objects are no values.
    """
    if isinstance(value, str):
        told = f"'{value}" if value else ""
    elif isinstance(value, bool):
        told = "true" if value else "false"
    elif isinstance(value, int | float):
        told = str(int(value)) if isinstance(value, int) or value.is_integer() else repr(value)
    else:
        return ""
    return told if len(told) <= _LONG else hashlib.blake2b(told.encode(), digest_size=16).hexdigest()
