"""The clock of a replay: event time alone, one for all partitions of a process.

A partition of its own would stop at its own last touchpoint, and deadlines after that would never fire. So all
partitions share the clock: the largest event time among the records that were recorded before everything still unread.
"""

from collections import deque
from collections.abc import Iterable

_Place = tuple[int, int]  # partition, topic


class _Source:
    __slots__ = ("caught_up_at", "event", "recorded")

    def __init__(self) -> None:
        self.event = 0
        self.recorded = 0
        self.caught_up_at: int | None = None


class ReplayClock:
    """State of the shared clock; all times in ms since the epoch. `now` never regresses."""

    def __init__(self, since: int = 0) -> None:
        """Start with nothing to wait for; `since` is a clock already reached."""
        self._sources: dict[_Place, _Source] = {}
        self._marks: deque[tuple[int, int]] = deque()  # (recorded, event) of batches not yet behind the frontier
        self._now = since

    def join(self, partition: int, topics: Iterable[int], since: int = 0) -> "ReplayWatermark":
        """Wait for this partition's topics from now on; `since` is a clock that the partition has reached before."""
        self._now = max(self._now, since)
        for topic in topics:
            self._sources[partition, topic] = _Source()
        return ReplayWatermark(self, partition)

    def leave(self, partition: int) -> None:
        """Wait for this partition no more."""
        for place in [place for place in self._sources if place[0] == partition]:
            del self._sources[place]

    def read(self, place: _Place, recorded: int, event: int) -> None:
        """Take note of a batch: its largest record timestamp and its largest event time."""
        source, event = self._sources.get(place), min(event, recorded)  # it cannot have happened after it was recorded
        if source is not None:
            source.caught_up_at = None
            source.recorded = max(source.recorded, recorded)
            source.event = max(source.event, event)
            self._marks.append((recorded, event))

    def prove(self, place: _Place, at: int | None) -> None:
        """Take note that a fetch sent at `at` found everything read, or with None that there is more to read."""
        source = self._sources.get(place)
        if source is not None:
            source.caught_up_at = at

    def reached(self, place: _Place) -> int:
        """Return the largest event time read from one topic of one partition."""
        source = self._sources.get(place)
        return source.event if source is not None else 0

    def now(self, wall: int) -> int:
        """Return the clock; it is never above `wall`."""
        frontier = min(
            (s.recorded if s.caught_up_at is None else s.caught_up_at for s in self._sources.values()), default=0
        )
        kept: deque[tuple[int, int]] = deque()
        for recorded, event in self._marks:
            if recorded <= frontier:
                self._now = max(self._now, min(event, wall))
            else:
                kept.append((recorded, event))
        self._marks = kept
        return self._now


class ReplayWatermark:
    """One partition's part in the shared clock; used like a `Watermark`."""

    def __init__(self, clock: ReplayClock, partition: int) -> None:
        """Speak for one partition."""
        self._clock = clock
        self._partition = partition

    def read(self, topic: int, recorded: int, event: int) -> None:
        """Take note of a batch: its largest record timestamp and its largest event time."""
        self._clock.read((self._partition, topic), recorded, event)

    def caught_up(self, topic: int, at: int) -> None:
        """Take note that a fetch sent at `at` proved that everything on the topic has been read."""
        self._clock.prove((self._partition, topic), at)

    def behind(self, topic: int) -> None:
        """Take note that the topic holds records that have not been read."""
        self._clock.prove((self._partition, topic), None)

    def reached(self, topic: int) -> int:
        """Return the largest event time read from one topic."""
        return self._clock.reached((self._partition, topic))

    def now(self, wall: int) -> int:
        """Return the clock at wall time `wall`."""
        return self._clock.now(wall)
