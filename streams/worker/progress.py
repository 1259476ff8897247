"""Whether the work of a worker gets on: pure, so that each case can be tested without waiting for it.

Work gets on when its standing changes. What is over, and what waits for something that a new process would wait for as
well (the schema registry, the breaker), cannot stall; what else has stood still for its limit has.
"""

from collections.abc import Hashable, Iterable, Mapping
from enum import StrEnum
from typing import Final, NamedTuple

NOWHERE: Final = -1  # the partition of work that is not one partition's
WRITING_SHARE: Final = 5  # a broker that takes no writes is given so many times as long
REBALANCE_SESSIONS: Final = 3  # the others may take two to join, and claims most of one
FLUSHES: Final = 3  # what is folded becomes durable within two flush periods


class Aspect(StrEnum):
    """What has to get on; also how a stall is told."""

    JOINING = "the group has given it no partitions"
    OPENING = "journeys are not read back"
    READING = "it has records to read and folds none"
    WRITING = "nothing that it has folded becomes durable"
    TICKING = "nobody looks at its deadlines"


class Work(NamedTuple):
    """Something that has to get on."""

    aspect: Aspect
    partition: int
    standing: Hashable
    is_over: bool


class Stall(NamedTuple):
    """Work that has stood still for longer than it may."""

    aspect: Aspect
    partition: int
    seconds: float

    def __str__(self) -> str:
        """Return it for a log."""
        where = f"partition {self.partition}: " if self.partition != NOWHERE else ""
        return f"{where}{self.aspect}, for {self.seconds:.0f} s"


def limits(stall_sec: float, session_sec: float, flush_sec: float) -> dict[Aspect, float]:
    """Return for how long each kind of work may stand still, in seconds."""
    return {
        Aspect.JOINING: stall_sec + REBALANCE_SESSIONS * session_sec,
        Aspect.OPENING: stall_sec,
        Aspect.READING: stall_sec,
        Aspect.WRITING: max(WRITING_SHARE * stall_sec, FLUSHES * flush_sec),
        Aspect.TICKING: stall_sec,
    }


class Progress:
    """Remembers since when each work has stood still, by a clock that stops while the whole process does."""

    def __init__(self, limits: Mapping[Aspect, float], look_sec: float) -> None:
        """Know nothing; `look_sec` is how often somebody looks."""
        self.spent = 0.0  # the most of its limit for which any work has stood still; 1 and more: it has stalled
        self._limits = limits
        self._look_sec = look_sec
        self._seen: dict[tuple[Aspect, int], tuple[Hashable, float]] = {}
        self._time = 0.0
        self._looked_at: float | None = None

    def look(self, works: Iterable[Work], now: float) -> list[Stall]:
        """Take note of how all work stands; return what has stalled, longest first. `now` is monotonic.

        A process that was frozen could not get on meanwhile: between two looks passes no more than twice the usual.
        """
        elapsed = now - self._looked_at if self._looked_at is not None else 0.0
        self._looked_at = now
        self._time += min(elapsed, 2 * self._look_sec)
        before, self._seen, stalls = self._seen, {}, []
        self.spent = 0.0
        for aspect, partition, standing, is_over in works:
            stood, since = before.get((aspect, partition), (standing, self._time))
            if is_over or stood != standing:
                since = self._time
            self._seen[aspect, partition] = standing, since
            seconds = self._time - since
            self.spent = max(self.spent, seconds / self._limits[aspect])
            if seconds >= self._limits[aspect]:
                stalls.append(Stall(aspect, partition, seconds))
        return sorted(stalls, key=lambda stall: -stall.seconds)

    def forgive(self, stall: Stall) -> None:
        """Let a stall begin anew: it was none."""
        key = stall.aspect, stall.partition
        if key in self._seen:
            self._seen[key] = self._seen[key][0], self._time
