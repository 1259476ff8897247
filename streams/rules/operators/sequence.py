"""`sequence` and `absence`: steps in order, each within a time of the one before; `not … within` passes by silence.

The slot is `[next step, time of the last step, id, id, …]`: one partial match per rule and subject. Policy: while the
first step waits for a touchpoint, a newer first step replaces it (what would complete the old one completes the new one
too); while it waits for silence, the earliest start stands, so the alert comes as early as promised. Other touchpoints
in between do not matter. A completed match is forgotten.
"""

from collections.abc import Mapping
from typing import Any, Final

from streams.journeys.plan import Data, rule_timer
from streams.journeys.state import SEPARATOR, Evidence, State
from streams.rules.model import Step
from streams.rules.operators.leaf import expand, matcher
from streams.touchpoints.calendar import earlier, later
from streams.touchpoints.touchpoint import Touchpoint

_NEXT, _SINCE, _IDS = 0, 1, 2
_FOREVER: Final = 1 << 62


class SequenceLeaf:
    """Leaf that follows one partial match per subject."""

    def __init__(
        self, prefix: str, rule: str, clause: str, steps: tuple[Step, ...], known: Mapping[str, object]
    ) -> None:
        """Build the leaf of one `sequence` or `absence`; `prefix` ends with the operator's own name."""
        self.prefix, self._rule, self._clause = prefix, rule, clause
        self._slot = prefix + SEPARATOR  # with the subject behind it, the key of its memory
        self._operator = prefix.rpartition("#")[2]
        self._steps = [(expand(step.selector, known), matcher(step.selector)) for step in steps]
        self._first = self._steps[0][0]
        self._within = [step.within_ms or _FOREVER for step in steps]
        self._working = [step.working for step in steps]
        self._absent = [step.absent for step in steps]
        self.types = frozenset[str]().union(*(types for types, _ in self._steps))

    def see(self, state: State, touchpoint: Touchpoint, data: Data, subject: str) -> Evidence | None:
        """Advance, break or start the partial match."""
        name = self._slot + subject
        slot = state.slots.get(name)
        if slot is None:
            if touchpoint.type not in self._first:
                return None
        else:
            step = slot[_NEXT]
            if touchpoint.time - slot[_SINCE] > self._within[step] and not self._absent[step]:
                del state.slots[name]  # too late for the next step
                slot = None
            elif self._matches(step, touchpoint, data):
                if self._absent[step]:
                    self.reset(state, subject)  # what must not happen did
                    return None
                slot += (touchpoint.id,)
                return self._pass(state, slot, subject, touchpoint.time)
        if (slot is None or (slot[_NEXT] == 1 and not self._absent[1])) and self._matches(0, touchpoint, data):
            slot = state.slots[name] = [0, touchpoint.time, touchpoint.id]
            return self._pass(state, slot, subject, touchpoint.time)
        return None

    def holds(self, state: State, subject: str, now: int) -> Evidence | None:
        """Do not hold: a sequence is complete at one instant only."""
        return None

    def wake(self, state: State, subject: str, due: int) -> Evidence | None:
        """Pass the step that waited for silence."""
        slot = state.slots.get(self._slot + subject)
        if slot is None or not self._absent[slot[_NEXT]]:
            return None
        return self._pass(state, slot, subject, due)

    def is_waiting(self, state: State, subject: str) -> bool:
        """Return whether a partial match waits."""
        return self._slot + subject in state.slots

    def began(self, state: State, subject: str, due: int) -> int:
        """Return when the silence of the last step began."""
        return earlier(due, self._within[-1], self._working[-1])

    def reset(self, state: State, subject: str) -> None:
        """Forget the partial match."""
        if state.slots.pop(self._slot + subject, None) is not None:
            state.cancel(rule_timer(self._rule, self._operator, subject))

    def is_stale(self, slot: list[Any], before: int) -> bool:
        """Say whether the next step can no longer come in time."""
        return bool(not self._absent[slot[_NEXT]] and slot[_SINCE] + self._within[slot[_NEXT]] < before)

    def _matches(self, step: int, touchpoint: Touchpoint, data: Data) -> bool:
        types, matches = self._steps[step]
        return touchpoint.type in types and (matches is None or matches(data))

    def _pass(self, state: State, slot: list[Any], subject: str, time: int) -> Evidence | None:
        slot[_NEXT] += 1
        slot[_SINCE] = time
        step = slot[_NEXT]
        if step == len(self._steps):
            self.reset(state, subject)
            return Evidence(self._clause, step, step, tuple(slot[_IDS:]))
        if self._absent[step]:
            due = later(time, self._within[step], self._working[step])
            state.schedule(rule_timer(self._rule, self._operator, subject), due)
        return None
