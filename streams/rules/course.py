"""The course of an episode between its start and its end: what its own deadlines do to it."""

from typing import Final

from streams.journeys.limits import HOUR_MS
from streams.journeys.plan import Changes
from streams.journeys.state import Evidence, State
from streams.rules import durations, episodes
from streams.rules.model import Rule

_STEP: Final = len(episodes.RISE)


def wake(state: State, rule: Rule, operator: str, subject: str, due: int, changes: Changes) -> None:
    """Take a timer of an episode, `operator` being its name; without an open episode it does nothing."""
    episode = episodes.current(state, rule.id, subject)
    if episode is None:
        return
    if operator == episodes.SETTLE:
        episodes.fire(episode, due, changes)
        return
    number = int(operator[_STEP:])
    if number < len(rule.raises) and (step := rule.raises[number]).after_ms:
        hours = step.after_ms / HOUR_MS
        evidence = Evidence(f"open without recovery for {durations.show(step.after_ms)}", hours, hours)
        episodes.rise(state, episode, step.to.value, (evidence,), changes, held_until=due)
