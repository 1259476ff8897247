"""The course of an episode between its start and its end: what proves recovery, and what its own deadlines do to it."""

from collections.abc import Mapping
from typing import Final

from streams.journeys.limits import HOUR_MS
from streams.journeys.plan import Changes, Data, rule_timer
from streams.journeys.state import RECOVERED, Evidence, State
from streams.rules import durations, episodes
from streams.rules.model import Rule
from streams.rules.operators.leaf import expand, matcher
from streams.touchpoints.touchpoint import Touchpoint
from streams.touchpoints.vocabulary import NEGATIVE, Kind

_STEP: Final = len(episodes.RISE)


class Course:
    """What happens to the open episodes of one rule; the memory is in the state."""

    def __init__(self, rule: Rule, known: Mapping[str, Kind]) -> None:
        """Prepare the tests of the rule's proofs."""
        self._rule = rule
        self._proofs = [(expand(selector, known), matcher(selector)) for selector in rule.recovers_on]
        self._all = (1 << len(self._proofs)) - 1
        self.ending_types = frozenset[str]().union(*(types for types, _ in self._proofs))  # what may end an episode
        quiet = rule.recovers_quiet_ms
        self.troubles = frozenset(name for name, kind in known.items() if quiet and kind.polarity <= NEGATIVE)
        self.types = self.ending_types | self.troubles
        self.needs_data = any(selector.where for selector in rule.recovers_on)

    def take(self, state: State, touchpoint: Touchpoint, data: Data, subject: str, changes: Changes) -> bool:
        """Take a touchpoint of one of `ending_types`; return whether it ended the open episode."""
        rule, episode = self._rule, episodes.current(state, self._rule.id, subject)
        if episode is None:
            return False
        came = 0
        for number, (types, matches) in enumerate(self._proofs):
            if touchpoint.type in types and (matches is None or matches(data)):
                came |= 1 << number
        if not came:
            return False
        episode.proven |= came
        if rule.recovers_all and (episode.proven != self._all or self._is_unquiet(state, subject)):
            return False
        reason, held = f"{touchpoint.type} {touchpoint.id}", rule.recovers_all and rule.recovers_quiet_ms > 0
        return episodes.end(state, rule.id, subject, touchpoint.time, RECOVERED, reason, changes, held=held)

    def disturb(self, state: State, subject: str, at: int) -> None:
        """Take a touchpoint of one of `troubles`: the quiet that proves recovery begins anew."""
        if episodes.is_open(state, self._rule, subject):
            state.schedule(rule_timer(self._rule.id, episodes.QUIET, subject), at + self._rule.recovers_quiet_ms)

    def wake(self, state: State, operator: str, subject: str, due: int, changes: Changes) -> bool:
        """Take a timer of an episode, `operator` being its name; return whether it ended the episode."""
        rule, episode = self._rule, episodes.current(state, self._rule.id, subject)
        if episode is None:
            return False
        if operator == episodes.QUIET:
            if rule.recovers_all and episode.proven != self._all:
                return False
            reason = f"quiet for {durations.show(rule.recovers_quiet_ms)}"
            return episodes.end(state, rule.id, subject, due, RECOVERED, reason, changes, silent=True)
        if operator == episodes.SETTLE:
            episodes.fire(episode, due, changes)
            return False
        number = int(operator[_STEP:])
        if number < len(rule.raises) and (step := rule.raises[number]).after_ms:
            hours = step.after_ms / HOUR_MS
            evidence = Evidence(f"open without recovery for {durations.show(step.after_ms)}", hours, hours)
            episodes.rise(state, episode, step.to.value, (evidence,), changes, held_until=due)
        return False

    def _is_unquiet(self, state: State, subject: str) -> bool:
        """Return whether quiet is asked for and was not reached: its timer still runs."""
        return rule_timer(self._rule.id, episodes.QUIET, subject) in state.timers
