"""The course of an episode from its start to its end: what mends it, what loses it, what its own deadlines do."""

from collections.abc import Mapping
from typing import Final

from streams.journeys.changes import Changes
from streams.journeys.folded import State
from streams.journeys.handler import Data
from streams.journeys.limits import HOUR_MS
from streams.journeys.plan import rule_timer
from streams.journeys.state import LOST, RECOVERED, Episode, Evidence
from streams.rules import episodes, timing
from streams.rules.model import Rule
from streams.rules.operators.leaf import expand, matcher
from streams.touchpoints.calendar import later
from streams.touchpoints.touchpoint import Touchpoint
from streams.touchpoints.vocabulary import NEGATIVE, Kind

_STEP: Final = len(episodes.RISE)


class Course:
    """What happens to the open episodes of one rule; the memory is in the state."""

    def __init__(self, rule: Rule, known: Mapping[str, Kind]) -> None:
        """Prepare the tests of the rule's proofs."""
        self._rule = rule
        self._proofs = [(expand(selector, known), matcher(selector)) for selector in rule.recovers_on]
        self._losses = [(expand(selector, known), matcher(selector)) for selector in rule.lost_on]
        self._all = (1 << len(self._proofs)) - 1
        self.ending_types = frozenset[str]().union(*(types for types, _ in (*self._proofs, *self._losses)))
        quiet = rule.recovers_quiet_ms
        self.troubles = frozenset(name for name, kind in known.items() if quiet and kind.polarity <= NEGATIVE)
        self.types = self.ending_types | self.troubles
        self.needs_data = any(selector.where for selector in (*rule.recovers_on, *rule.lost_on))

    def take(self, state: State, touchpoint: Touchpoint, data: Data, subject: str, changes: Changes) -> bool:
        """Take a touchpoint of one of `ending_types`; return whether it ended the open episode.

        One from before the floor may be older than the episode, which it then leaves alone.
        """
        episode = episodes.current(state, self._rule.id, subject)
        if episode is None or episode.since > touchpoint.time:
            return False
        if self._is_loss(touchpoint, data):
            return self._end(state, subject, touchpoint, LOST, changes)
        return self._recovers(state, episode, touchpoint, data, changes)

    def take_for_all(self, state: State, touchpoint: Touchpoint, data: Data, changes: Changes) -> list[str]:
        """Take a touchpoint without a subject for a rule by subject; return the subjects whose episodes it ended.

        What is lost is lost for every subject; what recovers does so only where the episode has no subject either.
        """
        if not self._is_loss(touchpoint, data):
            return [""] if self.take(state, touchpoint, data, "", changes) else []
        open_ones = [e.subject for e in state.episodes.values() if e.rule == self._rule.id and not e.ended_at]
        return [each for each in sorted(open_ones) if self.take(state, touchpoint, data, each, changes)]

    def _is_loss(self, touchpoint: Touchpoint, data: Data) -> bool:
        return any(touchpoint.type in types and (matches is None or matches(data)) for types, matches in self._losses)

    def _recovers(self, state: State, episode: Episode, touchpoint: Touchpoint, data: Data, changes: Changes) -> bool:
        rule, came = self._rule, 0
        for number, (types, matches) in enumerate(self._proofs):
            if touchpoint.type in types and (matches is None or matches(data)):
                came |= 1 << number
        if not came:
            return False
        episode.proven |= came
        if rule.recovers_all and (episode.proven != self._all or self._is_unquiet(state, episode.subject)):
            return False
        held = rule.recovers_all and rule.recovers_quiet_ms > 0
        return self._end(state, episode.subject, touchpoint, RECOVERED, changes, held=held)

    def _end(
        self, state: State, subject: str, touchpoint: Touchpoint, status: str, changes: Changes, *, held: bool = False
    ) -> bool:
        reason = f"{touchpoint.type} {touchpoint.id}"
        return episodes.end(state, self._rule.id, subject, touchpoint.time, status, reason, changes, held=held)

    def disturb(self, state: State, subject: str, at: int) -> None:
        """Take a touchpoint of one of `troubles`: the quiet that proves recovery begins anew.

        One from before the episode leaves it alone: another version of the rule may have opened it.
        """
        episode = episodes.current(state, self._rule.id, subject)
        if episode is not None and at >= episode.started_at and at >= episode.since:
            due = later(at, self._rule.recovers_quiet_ms, self._rule.quiet_working)
            state.schedule(rule_timer(self._rule.id, episodes.QUIET, subject), due)

    def wake(self, state: State, operator: str, subject: str, due: int, changes: Changes) -> bool:
        """Take a timer of an episode, `operator` being its name; return whether it ended the episode."""
        rule, episode = self._rule, episodes.current(state, self._rule.id, subject)
        if episode is None:
            return False
        if operator == episodes.GIVE_UP:
            reason = f"no recovery for {timing.show(rule.lost_after_ms, rule.lost_working)}"
            return episodes.end(state, rule.id, subject, due, LOST, reason, changes, silent=True)
        if operator == episodes.QUIET:
            if rule.recovers_all and episode.proven != self._all:
                return False
            reason = f"quiet for {timing.show(rule.recovers_quiet_ms, rule.quiet_working)}"
            return episodes.end(state, rule.id, subject, due, RECOVERED, reason, changes, silent=True)
        if operator == episodes.SETTLE:
            episodes.settle(state, rule, episode, due, changes)
            return False
        if operator == episodes.OPENING:
            episodes.fire(episode, due, changes)
            return False
        number = int(operator[_STEP:])
        if number < len(rule.raises) and (step := rule.raises[number]).after_ms:
            hours = step.after_ms / HOUR_MS
            clause = f"open without recovery for {timing.show(step.after_ms, step.working)}"
            episodes.rise(state, episode, step.to.value, (Evidence(clause, hours, hours),), changes, held_until=due)
        return False

    def _is_unquiet(self, state: State, subject: str) -> bool:
        """Return whether quiet is asked for and was not reached: its timer still runs."""
        return rule_timer(self._rule.id, episodes.QUIET, subject) in state.timers
