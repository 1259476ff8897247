"""The clock of one partition (DESIGN section 5): it decides when deadlines are looked at, never what they decide.

Wall mode: the smallest, over the partition's touchpoint topics, of the time of the fetch that proved a caught-up topic,
or else of the largest event time read; never above the wall clock. So a backlog of our own holds all deadlines.

In a replay there is another: `replay_clock`.
"""

from collections.abc import Iterable
from enum import StrEnum


class Mode(StrEnum):
    """Whether time is the wall's or the touchpoints' own."""

    WALL = "wall"
    EVENT = "event"


class _Topic:
    __slots__ = ("caught_up_at", "event")

    def __init__(self) -> None:
        self.event = 0
        self.caught_up_at: int | None = None


class Watermark:
    """State of the clock of one partition; all times in ms since the epoch. `now` never regresses."""

    def __init__(self, topics: Iterable[int], since: int = 0) -> None:
        """Start with nothing read; every topic counts until it is caught up. `since` is a clock already reached."""
        self._topics = {topic: _Topic() for topic in topics}
        self._now = since

    def read(self, topic: int, recorded: int, event: int) -> None:
        """Take note of a batch: its largest record timestamp and its largest event time.

        A touchpoint dated ahead of its record must not take the clock along: what is unread was recorded after it.
        """
        state = self._topics[topic]
        state.caught_up_at = None
        state.event = max(state.event, min(event, recorded))

    def caught_up(self, topic: int, at: int) -> None:
        """Take note that a fetch sent at `at` proved that everything on the topic has been read."""
        self._topics[topic].caught_up_at = at

    def behind(self, topic: int) -> None:
        """Take note that the topic holds records that have not been read."""
        self._topics[topic].caught_up_at = None

    def reached(self, topic: int) -> int:
        """Return the time up to which one topic is known."""
        state = self._topics[topic]
        return state.event if state.caught_up_at is None else state.caught_up_at

    def is_caught_up(self) -> bool:
        """Return whether every topic was read to its end at its last fetch."""
        return all(topic.caught_up_at is not None for topic in self._topics.values())

    def now(self, wall: int) -> int:
        """Return the clock at wall time `wall`."""
        reached = min((self.reached(topic) for topic in self._topics), default=0)
        self._now = max(self._now, min(reached, wall))
        return self._now
