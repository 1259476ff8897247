"""When to look at a journey again, and when it is over."""

from typing import Final

from streams.journeys.certainty import next_certain
from streams.journeys.journey import Journey
from streams.journeys.limits import Limits
from streams.journeys.state import NEVER

_WEEK_MS: Final = 7 * 86_400_000
_LATER_MS: Final = 3_600_000  # an idle journey that cannot be deleted yet is looked at again after this


def next_look(journey: Journey, limits: Limits, clock: int) -> int:
    """Return when something falls due, becomes certain, or the journey may be deleted; may be a look too many."""
    state = journey.state
    due = state.due
    if state.episodes:
        due = min(due, next_certain(state, clock))
    if due < NEVER:
        return due
    idle = state.last + limits.idle_ms
    if idle < journey.due <= idle + _WEEK_MS:
        return journey.due  # a look that is late enough is scheduled already
    return max(idle + _WEEK_MS, clock + _LATER_MS)  # a week later than needed, so that it rarely moves


def is_over(journey: Journey, limits: Limits, clock: int) -> bool:
    """Return whether nothing has happened for so long, and nothing is to come, that the journey may be deleted."""
    state = journey.state
    busy = state.timers or (journey.ledger is not None and journey.ledger.is_pending)
    return not busy and state.last + limits.idle_ms <= clock
