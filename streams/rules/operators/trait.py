"""`trait`: what was last said about the customer, whenever that was.

The slot is `[whether the test held, id]` of the last `customer.updated` that carried the field: two values, whatever
the field holds. It belongs to the customer, not to a subject, and no episode's end clears it. All rules with the same
test share it, also across their versions, so changing a rule loses no trait.
"""

import hashlib
from typing import Any, Final

import msgspec

from streams.journeys.folded import State
from streams.journeys.handler import EMPTY, Data
from streams.journeys.state import SEPARATOR, Evidence
from streams.rules.model import Predicate, Selector
from streams.rules.operators.leaf import has_field, matcher, words
from streams.rules.operators.window import WindowLeaf
from streams.touchpoints.touchpoint import Touchpoint

UPDATED: Final = "customer.updated"


class TraitLeaf(WindowLeaf):
    """Leaf that holds while the latest value of one field passes one test; a field never told is missing."""

    def __init__(self, test: Predicate) -> None:
        """Build the leaf of one test; its name says what it tests and not where."""
        selector = Selector((UPDATED,), (test,))
        name = f"trait@{hashlib.sha256(msgspec.json.encode(test)).hexdigest()[:16]}"
        super().__init__(name, frozenset(selector.types), words(selector))
        self._key, self._path = name + SEPARATOR, tuple(test.field.split("."))
        self._passes = matcher(selector)
        self._unknown = self._test(EMPTY)

    def see(self, state: State, touchpoint: Touchpoint, data: Data, subject: str) -> Evidence | None:
        """Take note of an update that carries the field."""
        if has_field(data, self._path):
            state.slots[self._key] = [int(self._test(data)), touchpoint.id]
        return self.holds(state, subject, touchpoint.time)

    def holds(self, state: State, subject: str, now: int) -> Evidence | None:
        """Say whether the test held at the last update."""
        slot = state.slots.get(self._key)
        if slot is None:
            return Evidence(self._clause, 1, 1) if self._unknown else None
        return Evidence(self._clause, 1, 1, (slot[1],)) if slot[0] else None

    def reset(self, state: State, subject: str) -> None:
        """Keep it: the customer stays who they are."""

    def is_stale(self, slot: list[Any], before: int) -> bool:
        """Say that it is never too old to be used."""
        return False

    def _test(self, data: Data) -> bool:
        return self._passes is None or self._passes(data)
