"""Counters in event-time windows: a ring of buckets inside the journey, and the table facade over it.

A ring is a flat list `[bucket, count, bucket, count, ...]` with ascending bucket numbers (event time // width); buckets
without a touchpoint take no room. One record holds an hour or thirty days alike, expiry is arithmetic on the bucket
numbers, and nothing depends on the wall clock, so it works the same after recovery and in a replay.
"""

from typing import Final

import msgspec

from streams.journeys.limits import HOUR_MS


class Window(msgspec.Struct, frozen=True):
    """Policy of one windowed counter: buckets of `width_ms`, of which the last `buckets` are kept."""

    name: str
    width_ms: int
    buckets: int


TOUCHPOINTS: Final = Window("touchpoints", HOUR_MS, 72)
NEGATIVES: Final = Window("negatives", HOUR_MS, 24 * 30)
_SLIDING: Final = 0  # instead of the buckets from one window to the next
WINDOWS: Final = {window.name: window for window in (TOUCHPOINTS, NEGATIVES)}


def add(ring: list[int], bucket: int, buckets: int, amount: int = 1) -> None:
    """Count `amount` in `bucket`; drop what is `buckets` or more older than the newest bucket."""
    if ring and ring[-2] == bucket:
        ring[-1] += amount
        return
    if not ring or bucket > ring[-2]:
        ring += (bucket, amount)
        oldest = bucket - buckets
        while ring[0] <= oldest:
            del ring[:2]
        return
    _add_late(ring, bucket, buckets, amount)


def _add_late(ring: list[int], bucket: int, buckets: int, amount: int) -> None:
    if bucket <= ring[-2] - buckets:
        return
    at = 0
    while ring[at] < bucket:
        at += 2
    if ring[at] == bucket:
        ring[at + 1] += amount
    else:
        ring[at:at] = (bucket, amount)


def total(ring: list[int], first: int, last: int) -> int:
    """Return the sum of the buckets `first` to `last`, both included."""
    return sum(ring[at + 1] for at in range(0, len(ring), 2) if first <= ring[at] <= last)


class WindowedValue:
    """The facade of one counter of one customer, like a windowed table's value.

    `now` (ms since the epoch) is the journey's clock; it stands in for "current". Windows are cut by whole buckets.
    """

    def __init__(self, window: Window, ring: list[int], now: int, size_ms: int, step_ms: int = 0) -> None:
        """Look at `ring` through windows of `size_ms`; they start each `step_ms` (0 = sliding by bucket)."""
        self._window = window
        self._ring = ring
        self._now = now
        self._size = max(1, size_ms // window.width_ms)
        self._step = max(1, step_ms // window.width_ms) if step_ms else _SLIDING

    def current(self) -> int:
        """Return the count of the newest window that holds `now`."""
        return self.at(self._now)

    def at(self, time: int) -> int:
        """Return the count of the newest window that holds `time` (ms since the epoch)."""
        start = self._start(time)
        return total(self._ring, start, start + self._size - 1)

    def delta(self, ago_ms: int) -> int:
        """Return by how much the current window differs from the one that was current `ago_ms` before."""
        return self.current() - self.at(self._now - ago_ms)

    def _start(self, time: int) -> int:
        bucket = time // self._window.width_ms
        if self._step == _SLIDING:
            return bucket - self._size + 1  # the window ends with the bucket of `time`
        return bucket - bucket % self._step  # hopping and tumbling: windows start at multiples of the step


class WindowedCounter:
    """One counter of one customer; choose the window and read it.

    >>> WindowedCounter(TOUCHPOINTS, [10, 2, 12, 1], 12 * HOUR_MS).sliding(3 * HOUR_MS).current()
    3
    """

    def __init__(self, window: Window, ring: list[int], now: int) -> None:
        """Wrap the ring; `now` is the journey's clock in ms since the epoch."""
        self._window = window
        self._ring = ring
        self._now = now

    def tumbling(self, size_ms: int) -> WindowedValue:
        """Look through back-to-back windows."""
        return WindowedValue(self._window, self._ring, self._now, size_ms, size_ms)

    def hopping(self, size_ms: int, step_ms: int) -> WindowedValue:
        """Look through windows of `size_ms` that start every `step_ms`; the newest that holds the time is read."""
        return WindowedValue(self._window, self._ring, self._now, size_ms, step_ms)

    def sliding(self, size_ms: int) -> WindowedValue:
        """Look through a window that ends with the bucket of the time asked for."""
        return WindowedValue(self._window, self._ring, self._now, size_ms)
