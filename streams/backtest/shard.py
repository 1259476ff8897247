"""The journeys of some of the customers in a replay: what comes of them does not depend on who else is in it.

So customers may be split over shards in any way: each touchpoint is folded and answered by itself, and time is the
largest event time of all customers, which the caller knows.
"""

import gc
from collections.abc import Callable, Iterable
from typing import Final

import msgspec

from streams.alerts.alert import Alert
from streams.alerts.partition import Partition
from streams.backtest.nuisance import Pages
from streams.journeys.holds import Outage
from streams.rules.compile import Plan
from streams.touchpoints.touchpoint import Touchpoint

_TOPIC: Final = 0  # one log for all touchpoints: which topic they came by makes no difference to the fold
_ROUND: Final = 1_000  # touchpoints after which the list of changed journeys is dropped: nobody writes them
_COLLECT_AFTER: Final = (50_000, 20, 100)


def collect_seldom() -> None:
    """Make the collector of this process look less often: journeys hold no cycles, and looking costs a sixth."""
    gc.set_threshold(*_COLLECT_AFTER)


def timeline(outages: Iterable[Outage]) -> list[tuple[int, tuple[Outage, ...]]]:
    """Return when something becomes known of the outages, and what is known from then on."""
    known = list(outages)
    moments = sorted({at for each in known for at in (each.decided, each.until) if at})
    return [
        (
            at,
            tuple(
                each if each.until and each.until <= at else msgspec.structs.replace(each, until=0)
                for each in known
                if each.decided <= at and not 0 < each.until < at
            ),
        )
        for at in moments
    ]


class Shard:
    """Folds touchpoints in the order of their arrival and tells of each alert revision at once."""

    def __init__(self, plan: Plan, tell: Callable[[Alert], None], outages: Iterable[Outage] = ()) -> None:
        """Start with no journeys; `outages` are those of the sources, each told when it is found out or over."""
        self.partition = Partition(0, plan)
        self._changes = timeline(outages)
        self.pages = Pages(plan.rules)
        self._tell = tell
        self._offset = 0
        self._now = 0

    def take(self, touchpoint: Touchpoint, latest: int) -> None:
        """Fold one touchpoint; `latest` is the largest time of anybody's so far, this one's included.

        A touchpoint that is dated after it was recorded lets the clock go no further than that.

        Time passes to just before `latest` first, stopping wherever something is due, as a clock that ticks would.
        """
        partition = self.partition
        if latest > self._now or latest - 1 > partition.clock:
            self._pass(latest - 1)
            self._now = max(self._now, latest)
        self.pages.take(touchpoint)
        partition.fold(_TOPIC, ((self._offset, None, touchpoint),), self._now)
        self._offset += 1
        if partition.raised:
            self._say()
        if not self._offset % _ROUND:
            partition.take_dirty()

    def finish(self, end: int) -> None:
        """Let time pass to `end` (ms)."""
        self._pass(end)
        self.partition.take_dirty()

    def _pass(self, clock: int) -> None:
        while self._changes and self._changes[0][0] <= clock:
            at, outages = self._changes.pop(0)
            self._fire(at)
            self.partition.blind(outages)
        self._fire(clock)

    def _fire(self, clock: int) -> None:
        partition = self.partition
        while (due := partition.next_due) is not None and due <= clock:
            at = max(due, partition.clock)
            self._now = max(self._now, at)
            partition.advance(at, self._now)
            self._say()
        partition.clock = max(partition.clock, clock)

    def _say(self) -> None:
        partition = self.partition
        partition.raised.clear()
        for key in partition.take_alerting():
            alerts = partition.outbox(key)
            partition.said(key, alerts)
            for alert in alerts:
                self.pages.add(alert)
                self._tell(alert)
