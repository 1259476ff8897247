"""`sequence` and `absence`: steps in order, each within a time of the one before; `not … within` passes by silence.

The slot is `[next step, time of the last step, id, id, …]`: one partial match per rule and subject. Policy: while the
first step waits for a touchpoint, a newer first step replaces it (what would complete the old one completes the new one
too); while it waits for silence, the earliest start stands, so the alert comes as early as promised. Other touchpoints
in between do not matter. A completed match is forgotten.

A step of several `times` is passed by the last of them. Of the first step the most recent matches count, if they lie
within its time; the slot holds them before the ids, as `[time, id, …]`. Of a later step all must come within its time
of the step before; once one has come, no newer first step replaces the match.
"""

from collections.abc import Mapping
from itertools import accumulate
from typing import Any, Final

from streams.journeys.folded import State
from streams.journeys.handler import Data
from streams.journeys.plan import rule_timer
from streams.journeys.state import SEPARATOR, Evidence
from streams.rules.model import Step
from streams.rules.operators.leaf import expand, matcher
from streams.touchpoints.calendar import earlier, later
from streams.touchpoints.touchpoint import Touchpoint

MOST_TIMES: Final = 32  # matches that one step may take: each is remembered
_NEXT, _SINCE, _RECENT = 0, 1, 2
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
        self._repeats = steps[0].repeats
        self._ids = _RECENT if self._repeats == 1 else _RECENT + 1  # where they begin in the slot
        self._passed = list(accumulate((0 if step.absent else step.repeats for step in steps), initial=self._ids))[1:]
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
                slot = self._break(state, name, slot)  # too late for the next step
            elif step and self._matches(step, touchpoint, data):
                if self._absent[step]:
                    self.reset(state, subject)  # what must not happen did
                    return None
                slot += (touchpoint.id,)
                return self._pass(state, slot, subject, touchpoint.time) if len(slot) == self._passed[step] else None
        if (slot is None or self._is_at_first(slot)) and self._matches(0, touchpoint, data):
            return self._begin(state, name, slot, touchpoint, subject)
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
        if self._absent[slot[_NEXT]] or slot[_SINCE] + self._within[slot[_NEXT]] >= before:
            return False
        keeps_recent = self._repeats > 1 and self._is_at_first(slot)
        return not keeps_recent or bool(slot[_RECENT][-2] + self._within[0] < before)

    def _matches(self, step: int, touchpoint: Touchpoint, data: Data) -> bool:
        types, matches = self._steps[step]
        return touchpoint.type in types and (matches is None or matches(data))

    def _is_at_first(self, slot: list[Any]) -> bool:
        """Return whether a newer first step may replace or complete this one: nothing of a later step has come."""
        return bool(slot[_NEXT] == 0 or (slot[_NEXT] == 1 and not self._absent[1] and len(slot) == self._passed[0]))

    def _begin(
        self, state: State, name: str, slot: list[Any] | None, touchpoint: Touchpoint, subject: str
    ) -> Evidence | None:
        """Take a match of the first step."""
        time = touchpoint.time
        if self._repeats == 1:
            slot = state.slots[name] = [0, time, touchpoint.id]
            return self._pass(state, slot, subject, time)
        recent: list[Any] = slot[_RECENT] if slot is not None else []
        recent += (time, touchpoint.id)
        del recent[: -2 * self._repeats]
        if len(recent) == 2 * self._repeats and time - recent[0] <= self._within[0]:
            slot = state.slots[name] = [0, time, recent, *recent[1::2]]
            return self._pass(state, slot, subject, time)
        if slot is None or slot[_NEXT] == 0:  # else what passed the first step before still waits for the second
            state.slots[name] = [0, time, recent]
        return None

    def _break(self, state: State, name: str, slot: list[Any]) -> list[Any] | None:
        """Give the match up; what may still be part of another first step stays."""
        if self._repeats > 1 and self._is_at_first(slot):
            state.slots[name] = [0, slot[_RECENT][-2], slot[_RECENT]]
            return state.slots[name]
        del state.slots[name]
        return None

    def _pass(self, state: State, slot: list[Any], subject: str, time: int) -> Evidence | None:
        slot[_NEXT] += 1
        slot[_SINCE] = time
        step = slot[_NEXT]
        if step == len(self._steps):
            self.reset(state, subject)
            return Evidence(self._clause, step, step, tuple(slot[self._ids :]))
        if self._absent[step]:
            due = later(time, self._within[step], self._working[step])
            state.schedule(rule_timer(self._rule, self._operator, subject), due)
        return None
