"""The crowds in a replay: every touchpoint is counted and said at once, so the answer is that of any split."""

from collections.abc import Callable
from typing import Final

from streams.alerts.alert import Alert
from streams.alerts.crowds.crowds import Crowds
from streams.alerts.crowds.seen import Seen
from streams.alerts.crowds.tally import Tally
from streams.journeys.limits import Limits
from streams.rules.compile import Plan
from streams.touchpoints.touchpoint import Touchpoint

_ROUND: Final = 10_000  # touchpoints after which what is too old is dropped


class CrowdReplay:
    """Counts touchpoints in the order of their arrival and tells of each alert revision at once."""

    def __init__(self, plan: Plan, tell: Callable[[Alert], None]) -> None:
        """Start with no crowds."""
        self._tally = Tally(plan)
        self._seen = Seen(Limits().tally_seen)
        self._crowds = Crowds(plan)
        self._tell = tell
        self._taken = 0
        self.types = self._tally.types  # of touchpoints that count; no other needs to be taken

    def take(self, touchpoint: Touchpoint, latest: int, now: int | None = None) -> None:
        """Count one touchpoint; `latest` is the largest event time of anybody's so far, this one's included.

        Time passes to just before `latest` first, stopping wherever something is due, as a clock that ticks would.
        `now` is when it arrives, by default `latest`.
        """
        self.wait(latest - 1)
        self._taken += 1
        if touchpoint.type in self.types and self._seen.is_new(touchpoint.source, touchpoint.id, self._taken):
            self._crowds.take(self._tally.count(touchpoint))
        self._crowds.advance(self._crowds.clock, latest if now is None else now)
        self._say()
        if not self._taken % _ROUND:
            self._tally.forget(self._crowds.clock)

    def wait(self, clock: int) -> None:
        """Let time pass to `clock` (ms)."""
        crowds = self._crowds
        while (due := crowds.next_due) is not None and due <= clock:
            at = max(due, crowds.clock)
            crowds.advance(at, at)
            self._say()
        crowds.clock = max(crowds.clock, clock)

    def _say(self) -> None:
        self._crowds.raised.clear()
        for key in self._crowds.take_alerting():
            alerts = self._crowds.outbox(key)
            self._crowds.said(key, alerts)
            for alert in alerts:
                self._tell(alert)
