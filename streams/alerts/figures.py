"""What a partition hands out for metrics, as values. Nobody has to take them: all of it is bounded."""

from collections import Counter, deque
from collections.abc import Iterable
from typing import Final, NamedTuple

from streams.journeys.changes import Changes
from streams.journeys.state import SEPARATOR

_MOST: Final = 10_000  # of what is kept until somebody takes it; the newest stay


class Turn(NamedTuple):
    """One revision, and the status that was said of its alert before; empty where nothing was."""

    alert_id: str
    revision: int
    before: str


class Figures:
    """What was promised, what is owed since when, and how long deadlines waited for somebody to look."""

    def __init__(self) -> None:
        """Start at zero."""
        self.promises: Counter[tuple[str, str]] = Counter()  # by kind and what became of them; only ever grows
        self.delays: deque[int] = deque(maxlen=_MOST)  # ms by the caller's clock, from due to fired
        self.owed = 0  # alert revisions that are not acknowledged
        self._owed: dict[bytes, tuple[int, int]] = {}  # by key since when, and how many; the oldest first

    @property
    def owed_since(self) -> int:
        """Since when the oldest revision has been owed, by the caller's clock in ms; 0 for none."""
        return next(iter(self._owed.values()))[0] if self._owed else 0

    def told(self, changes: Changes) -> Changes:
        """Count what became of promises."""
        for name, outcome in changes.promises:
            self.promises[name.partition(SEPARATOR)[0], outcome] += 1
        return changes

    def restore(self, keys: Iterable[bytes], now: int) -> None:
        """Take note of outboxes that were read back; how many revisions are in one is known once it is settled."""
        for key in keys:
            self.owe(key, 1, now)

    def owe(self, key: bytes, revisions: int, now: int) -> None:
        """Take note of revisions that were added to an outbox."""
        since, before = self._owed.get(key, (now, 0))
        self._owed[key] = since, before + revisions
        self.owed += revisions

    def settle(self, key: bytes, left: int) -> None:
        """Take note that so many revisions are left in an outbox."""
        since, before = self._owed.pop(key, (0, 0))
        if left:
            self._owed[key] = since, left
        self.owed += left - before

    def take_delays(self) -> list[int]:
        """Return the delays since the last call."""
        delays = list(self.delays)
        self.delays.clear()
        return delays


def new_turns() -> deque[Turn]:
    """Return an empty store for turns that nobody has to take."""
    return deque(maxlen=_MOST)
