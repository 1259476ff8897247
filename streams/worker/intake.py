"""Fetched records of one partition that are not folded yet, given out in the order in which they were recorded.

The touchpoint topics of a partition are folded as if they were one log: a topic with a small backlog would otherwise
be read to its end before a topic with a large one has begun, and every journey would see its touchpoints out of order.
So while a topic lags, nothing recorded after its last fetched record is given out. Live, no topic lags and nothing
waits. A topic that lags and yet brings nothing (an open transaction, a broker away) is waited for a moment only.
"""

from collections import deque
from collections.abc import Iterable
from itertools import groupby
from operator import itemgetter
from typing import Any, Final

FOREVER: Final = float("inf")
Entry = tuple[int, str, Any]  # the largest record timestamp of its topic so far, topic, record
Run = tuple[str, list[Any]]  # topic and its records, ascending offsets


class _Topic:
    __slots__ = ("arrived_at", "count", "is_lagging", "recorded", "waiting")

    def __init__(self, now: float) -> None:
        self.waiting: deque[Entry] = deque()
        self.count = 0  # waiting or released, not given out
        self.recorded = 0
        self.is_lagging = True  # until a fetch proves the opposite
        self.arrived_at = now


class Intake:
    """Pure: `now` is a monotonic time in seconds from the caller."""

    def __init__(self, topics: Iterable[str], align_sec: float, now: float) -> None:
        """Start empty, with every topic lagging."""
        self._topics = {topic: _Topic(now) for topic in topics}
        self._align_sec = align_sec
        self._released: deque[Entry] = deque()

    def waiting(self, topic: str) -> int:
        """Return how many records of this topic were not given out yet."""
        return self._topics[topic].count

    def add(self, topic: str, records: list[Any], now: float) -> None:
        """Take fetched records of a topic, with ascending offsets behind those it has."""
        state = self._topics[topic]
        recorded, append = state.recorded, state.waiting.append
        for record in records:
            recorded = max(recorded, record.timestamp)
            append((recorded, topic, record))
        state.recorded = recorded
        state.arrived_at = now
        state.count += len(records)

    def prove(self, topic: str, *, is_lagging: bool) -> None:
        """Take note whether the broker holds more of this topic than has arrived here."""
        self._topics[topic].is_lagging = is_lagging

    def release(self, now: float) -> bool:
        """Put what need not wait any longer in order; return whether there is anything to take."""
        horizon = min(
            (
                state.recorded
                for state in self._topics.values()
                if state.is_lagging and now - state.arrived_at < self._align_sec
            ),
            default=FOREVER,
        )
        fresh: list[Entry] = []
        topics = 0
        for state in self._topics.values():
            waiting, before = state.waiting, len(fresh)
            if waiting and waiting[-1][0] <= horizon:
                fresh.extend(waiting)
                waiting.clear()
            else:
                while waiting and waiting[0][0] <= horizon:
                    fresh.append(waiting.popleft())
            topics += len(fresh) > before
        if topics > 1:
            fresh.sort(key=itemgetter(0))  # stable, and by a timestamp that never falls: offsets stay in order
        self._released.extend(fresh)
        return bool(self._released)

    def take(self, limit: int) -> list[Run]:
        """Give out at most `limit` released records, oldest first, as runs of one topic each."""
        released = self._released
        taken = [released.popleft() for _ in range(min(limit, len(released)))]
        runs = [(topic, [record for _, _, record in run]) for topic, run in groupby(taken, key=itemgetter(1))]
        for topic, records in runs:
            self._topics[topic].count -= len(records)
        return runs

    def put_back(self, runs: Iterable[Run]) -> None:
        """Return what was given out last and not folded; it comes first again."""
        for topic, records in reversed(list(runs)):
            self._released.extendleft((record.timestamp, topic, record) for record in reversed(records))
            self._topics[topic].count += len(records)
