"""`episode`: what becomes of the episodes of other rules: one begins to fire, is open, or has recovered.

Nothing is kept for it: open episodes are in the state, and the memory of a rule and subject has its last recovery.
"""

from typing import Any

from streams.journeys.folded import State
from streams.journeys.handler import Data
from streams.journeys.limits import HOUR_MS
from streams.journeys.state import SEPARATOR, Episode, Evidence
from streams.rules.model import RANK, EpisodeIs, OtherEpisode
from streams.touchpoints.touchpoint import Touchpoint

_OPEN, _RECOVERED = 2, 3  # fields of state.memory; the second is there once an episode has recovered


class EpisodeLeaf:
    """Leaf that looks at the episodes of the rules that it watches; for a subject, at its own and the customer's."""

    types = frozenset[str]()

    def __init__(self, prefix: str, clause: str, other: OtherEpisode, watched: frozenset[str]) -> None:
        """Build the leaf of one `episode` in one rule; `watched` are the rules where it names none."""
        self.prefix, self._clause = prefix, clause
        self._is, self._within = other.state, other.within_ms
        self._rules = frozenset(other.rules) or watched
        self._least = RANK[other.severity.value] if other.severity is not None else 0

    def fires(self, episode: Episode) -> Evidence | None:
        """Take note that an episode begins to fire or becomes more severe."""
        return self._evidence(episode, 1, 1) if self._is is EpisodeIs.FIRES and self._matches(episode, "") else None

    def rests_on(self, state: State, subject: str) -> int:
        """Return the last deadline that decided anything about the episodes that are watched; 0 for none."""
        last = 0
        for episode in state.episodes.values():
            if episode.rule in self._rules and episode.subject in {subject or episode.subject, ""}:
                last = max(last, episode.held_until, *(turn.held_until for turn in episode.turns))
        return last

    def see(self, state: State, touchpoint: Touchpoint, data: Data, subject: str) -> Evidence | None:
        """Do nothing: no touchpoint is its own."""
        return None

    def holds(self, state: State, subject: str, now: int) -> Evidence | None:
        """Say whether an episode is open, or recovered no longer ago."""
        if self._is is EpisodeIs.OPEN:
            found = [e for e in state.episodes.values() if not e.ended_at and self._matches(e, subject)]
            first = min(found, key=lambda e: (e.started_at, e.rule, e.subject), default=None)
            return self._evidence(first, len(found), 1) if first is not None else None
        if self._is is EpisodeIs.RECOVERED:
            ago = now - self._last_recovery(state, subject)
            return Evidence(self._clause, ago / HOUR_MS, self._within / HOUR_MS) if ago <= self._within else None
        return None

    def wake(self, state: State, subject: str, due: int) -> Evidence | None:
        """Do nothing: no timer was set."""
        return None

    def is_waiting(self, state: State, subject: str) -> bool:
        """Return that no timer is set."""
        return False

    def began(self, state: State, subject: str, due: int) -> int:
        """Return the same instant: no timer was set."""
        return due

    def reset(self, state: State, subject: str) -> None:
        """Do nothing: there is no memory."""
        return

    def is_stale(self, slot: list[Any], before: int) -> bool:
        """Say that memory found under this name is of no use."""
        return True

    def _last_recovery(self, state: State, subject: str) -> int:
        last = -self._within - 1
        for name, memory in state.memory.items():
            rule, _, about = name.partition(SEPARATOR)
            is_over = len(memory) > _RECOVERED and not memory[_OPEN]
            if is_over and rule in self._rules and about in {subject or about, ""}:
                last = max(last, memory[_RECOVERED])
        return last

    def _matches(self, episode: Episode, subject: str) -> bool:
        is_about = episode.subject in {subject or episode.subject, ""}
        return is_about and episode.rule in self._rules and RANK[episode.severity] >= self._least

    def _evidence(self, episode: Episode, value: int, threshold: int) -> Evidence:
        touchpoints = episode.evidence[-1].touchpoints if episode.evidence else ()
        return Evidence(f"{self._clause}: {episode.rule}", value, threshold, touchpoints)
