"""Fetched records of one partition that are not folded yet, given out in the order in which they were recorded.

The touchpoint topics of a partition are folded as if they were one log: a topic with a small backlog would otherwise
be read to its end before a topic with a large one has begun, and every journey would see its touchpoints out of order.
So while a topic lags, nothing recorded after its last fetched record is given out. Live, no topic lags and nothing
waits. A topic that lags and yet brings nothing (an open transaction, a broker away) is waited for a moment only.

In a replay the order is exact: nothing is given out that was recorded after the last proof that a topic was read whole.
"""

from collections import Counter, deque
from collections.abc import Iterable, Sequence
from itertools import accumulate
from operator import itemgetter
from typing import Final

from streams.codec.frame import Headers

FOREVER: Final = float("inf")
# A fetched record: the largest record timestamp of the topic up to here, topic, offset, timestamp, key, value, headers.
Entry = tuple[int, str, int, int, bytes | None, bytes | None, Headers]
RECORDED: Final = 0
TOPIC: Final = 1
OFFSET: Final = 2
VALUE: Final = 5
BYTES: Final = 400  # of a held record beside its value
HEADERS: Final = 6

_recorded, _topic = itemgetter(RECORDED), itemgetter(TOPIC)


class _Topic:
    __slots__ = ("arrived_at", "bytes", "count", "is_lagging", "proved_at", "recorded", "waiting")

    def __init__(self, now: float) -> None:
        self.waiting: deque[Entry] = deque()
        self.count = 0  # waiting or released, not given out
        self.bytes = 0.0  # of these, about
        self.recorded = 0
        self.is_lagging = True  # until a fetch proves the opposite
        self.arrived_at = now
        self.proved_at = 0  # ms: when a fetch proved that nothing more was recorded before


class Intake:
    """Pure: `now` is a monotonic time in seconds from the caller."""

    def __init__(self, topics: Iterable[str], align_sec: float, now: float, *, is_replay: bool = False) -> None:
        """Start empty, with every topic lagging."""
        self._is_replay = is_replay
        self._topics = {topic: _Topic(now) for topic in topics}
        self._align_sec = align_sec
        self._released: deque[Entry] = deque()

    def waiting(self, topic: str) -> int:
        """Return how many records of this topic were not given out yet."""
        return self._topics[topic].count

    def has_room(self, topic: str, records: int, most_bytes: int) -> bool:
        """Return whether fewer records of this topic, and fewer bytes, are held than these."""
        state = self._topics[topic]
        return state.count < records and state.bytes < most_bytes

    def add(self, topic: str, entries: Sequence[Entry], now: float) -> None:
        """Take fetched records of a topic, with ascending offsets behind those it has, each as its timestamp."""
        state = self._topics[topic]
        recorded = list(map(_recorded, entries))
        if recorded[0] < state.recorded or sorted(recorded) != recorded:  # a producer's clock went back
            largest = list(accumulate(recorded, max, initial=state.recorded))[1:]
            entries = [(at, *entry[1:]) for at, entry in zip(largest, entries, strict=True)]
        state.waiting.extend(entries)
        state.recorded = entries[-1][RECORDED]
        state.arrived_at = now
        state.count += len(entries)
        state.bytes += sum(len(entry[VALUE] or b"") for entry in entries) + BYTES * len(entries)

    def prove(self, topic: str, *, is_lagging: bool, at_ms: int) -> None:
        """Take note whether, at that moment, the broker held more of this topic than has arrived here."""
        state = self._topics[topic]
        state.is_lagging = is_lagging
        if not is_lagging:
            state.proved_at = at_ms

    def release(self, now: float) -> bool:
        """Put what need not wait any longer in order; return whether there is anything to take."""
        horizon = min((self._reach(state, now) for state in self._topics.values()), default=FOREVER)
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
            fresh.sort(key=_recorded)  # stable, and by a timestamp that never falls: offsets stay in order
        self._released.extend(fresh)
        return bool(self._released)

    def take(self, limit: int) -> list[Entry]:
        """Give out at most `limit` released records, oldest first; in a replay all that share the last timestamp."""
        released = self._released
        taken = [released.popleft() for _ in range(min(limit, len(released)))]
        while self._is_replay and released and released[0][0] == taken[-1][0]:
            taken.append(released.popleft())
        for topic, count in Counter(map(_topic, taken)).items():
            state = self._topics[topic]
            state.bytes -= state.bytes * count / state.count
            state.count -= count
        return taken

    def put_back(self, entries: Sequence[Entry]) -> None:
        """Return what was given out last and not folded; it comes first again."""
        self._released.extendleft(reversed(entries))
        for entry in entries:
            self._topics[entry[TOPIC]].count += 1
            self._topics[entry[TOPIC]].bytes += BYTES + len(entry[VALUE] or b"")

    def _reach(self, state: _Topic, now: float) -> float:
        """Return up to which record time the others need not wait for this topic."""
        if state.count:
            state.arrived_at = now  # it is for us to take it
        if state.is_lagging:
            return state.recorded if now - state.arrived_at < self._align_sec else FOREVER
        return max(state.recorded, state.proved_at) if self._is_replay else FOREVER
