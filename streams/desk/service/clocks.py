"""What time it is for cases: the wall clock, or in replays that of the alerts."""

import time
from collections.abc import Iterable

from streams.alerts.alert import Alert


def wall_clock() -> int:
    """Return the time in ms since the epoch."""
    return time.time_ns() // 1_000_000


class EventClock:
    """Goes on from the newest alert that was seen, as fast as the wall clock; before the first one it is that."""

    def __init__(self) -> None:
        self._ahead: int | None = None

    def __call__(self) -> int:
        """Return the time in ms since the epoch; it never goes back once an alert was seen."""
        return wall_clock() + (self._ahead or 0)

    def see(self, alerts: Iterable[Alert]) -> None:
        """Take note of when alerts were detected."""
        newest = max((alert.detected_at for alert in alerts), default=0)
        if newest and (self._ahead is None or newest > self()):
            self._ahead = newest - wall_clock()
