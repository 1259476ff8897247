"""`promise_broken`: a promise of a kind stands broken, at once or after a time of grace."""

from typing import Any

from streams.journeys.folded import State
from streams.journeys.handler import Data
from streams.journeys.limits import HOUR_MS
from streams.journeys.plan import rule_timer
from streams.journeys.state import BROKEN, Evidence, Promise, key
from streams.rules.model import Broken
from streams.touchpoints.calendar import later
from streams.touchpoints.touchpoint import Touchpoint


class BrokenLeaf:
    """Leaf that holds at the instant when the grace of a broken promise is over."""

    types = frozenset[str]()

    def __init__(self, prefix: str, rule: str, clause: str, broken: Broken) -> None:
        """Build the leaf of one `promise_broken` in one rule."""
        self.prefix, self._rule, self._clause = prefix, rule, clause
        self._operator = prefix.rpartition("#")[2]
        self.kind, self._grace, self._working = broken.kind, broken.grace_ms, broken.working

    def see(self, state: State, touchpoint: Touchpoint, data: Data, subject: str) -> Evidence | None:
        """Do nothing: promises are followed by the fold."""
        return None

    def holds(self, state: State, subject: str, now: int) -> Evidence | None:
        """Do not hold: a promise breaks at one instant."""
        return None

    def break_(self, state: State, subject: str, due: int) -> Evidence | None:
        """Take note that the promise broke at `due`."""
        if not self._grace:
            return self._evidence(state.promises[key(self.kind, subject)], due)
        state.schedule(rule_timer(self._rule, self._operator, subject), self._over(due))
        return None

    def wake(self, state: State, subject: str, due: int) -> Evidence | None:
        """Hold when the promise is still broken after the grace; a promise that was moved meanwhile is not."""
        promise = state.promises.get(key(self.kind, subject))
        if promise is None or promise.status != BROKEN or self._over(promise.due) > due:
            return None
        return self._evidence(promise, due)

    def is_waiting(self, state: State, subject: str) -> bool:
        """Return whether the promise is still known."""
        return key(self.kind, subject) in state.promises

    def began(self, state: State, subject: str, due: int) -> int:
        """Return when the promise was given."""
        return state.promises[key(self.kind, subject)].opened_at

    def reset(self, state: State, subject: str) -> None:
        """Forget a grace that runs."""
        state.cancel(rule_timer(self._rule, self._operator, subject))

    def is_stale(self, slot: list[Any], before: int) -> bool:
        """Say that memory found under this name is of no use."""
        return True

    def _over(self, due: int) -> int:
        return later(due, self._grace, self._working)

    def _evidence(self, promise: Promise, now: int) -> Evidence:
        overdue, grace = (now - promise.due) / HOUR_MS, self._grace / HOUR_MS
        return Evidence(self._clause, overdue, grace, (promise.touchpoint,))
