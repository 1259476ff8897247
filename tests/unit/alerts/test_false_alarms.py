"""No downtime of ours, no replay of old history and no producer dated tomorrow raises a false alarm (DESIGN 5)."""

from typing import Final

import pytest

from streams.alerts.alert import Alert
from streams.alerts.partition import Partition
from streams.journeys.replay_clock import ReplayClock
from streams.journeys.watermark import Mode, Watermark
from streams.rules.model import Broken, By, Selector
from streams.testing.journeys import at, partition, rfc3339, rule, touchpoint
from streams.touchpoints.touchpoint import Touchpoint

WEB, ORDER = 0, 5
DAY: Final = 24 * 60
LATE: Final = rule("late", Broken("delivery"), by=By.SUBJECT, recovers_on=(Selector(("shipment.delivered",)),))


class Owner:
    """A partition with its clock, over two topics; says at once what is alerting."""

    alerts: list[Alert]

    def __init__(self, mode: Mode = Mode.WALL, core: Partition | None = None) -> None:
        """Take a partition over, or start with an empty one."""
        self.core = core or partition([LATE])
        topics = [WEB, ORDER]
        self.clock = Watermark(topics) if mode is Mode.WALL else ReplayClock().join(0, topics)
        self.alerts = []
        self.offsets = {topic: self.core_offset(topic) for topic in (WEB, ORDER)}

    def core_offset(self, topic: int) -> int:
        """Return the offset of the next record of a topic."""
        return 1 + max(
            (v.positions.get(topic, -1) for k in self.core.customers() if (v := self.core.journey(k))), default=-1
        )

    def read(self, topic: int, wall: float, *records: tuple[float, Touchpoint]) -> None:
        """Fold records, each with the minute at which it was recorded, at wall-clock minute `wall`."""
        inputs = []
        for _, one in records:
            inputs.append((self.offsets[topic], b"c1", one))
            self.offsets[topic] += 1
        self.core.fold(topic, inputs, at(wall))
        self.clock.read(topic, max(at(minute) for minute, _ in records), max(one.time for _, one in records))
        self.tick(wall)

    def tick(self, wall: float) -> None:
        """Let the clock decide what is due at wall-clock minute `wall`."""
        self.core.advance(self.clock.now(at(wall)), at(wall))
        for key in self.core.take_alerting():
            said = self.core.outbox(key)
            self.alerts += said
            self.core.said(key, said)


def order(minute: float, due: float) -> Touchpoint:
    """Return an order that is promised for minute `due`."""
    return touchpoint("order.completed", minute, subject="order:1", promised_at=rfc3339(due))


def delivered(minute: float) -> Touchpoint:
    """Return the delivery of that order."""
    return touchpoint("shipment.delivered", minute, subject="order:1")


def viewed(minute: float) -> Touchpoint:
    """Return a page view."""
    return touchpoint("page.viewed", minute)


def test_the_worker_was_down_while_the_parcel_arrived() -> None:
    """It reads the web topic first, hours past the deadline; the delivery waits unread on the order topic."""
    before = Owner()
    before.read(ORDER, 0, (0, order(0, 60)))
    after = Owner(core=before.core)
    after.read(WEB, 300, (100, viewed(100)), (250, viewed(250)))
    after.clock.caught_up(WEB, at(300))
    after.tick(300)
    assert after.alerts == []
    after.read(ORDER, 301, (55, delivered(55)))
    after.clock.caught_up(ORDER, at(301))
    after.tick(302)
    assert after.alerts == []


def test_the_worker_was_down_and_the_parcel_never_arrived() -> None:
    """Once everything is read, silence speaks."""
    before = Owner()
    before.read(ORDER, 0, (0, order(0, 60)))
    after = Owner(core=before.core)
    after.clock.caught_up(WEB, at(300))
    after.clock.caught_up(ORDER, at(300))
    after.tick(300)
    assert [(alert.status.value, alert.started_at) for alert in after.alerts] == [("firing", at(60))]


def test_a_backlog_on_the_same_topic_holds_the_deadline_too() -> None:
    """The order topic is read in slices: time has passed no further than what was read."""
    owner = Owner()
    owner.clock.caught_up(WEB, at(300))
    owner.read(ORDER, 300, (0, order(0, 60)), (30, touchpoint("shipment.delayed", 30, subject="order:2")))
    assert owner.alerts == []
    owner.read(ORDER, 300, (58, delivered(58)))
    owner.clock.caught_up(ORDER, at(300))
    owner.tick(300)
    assert owner.alerts == []


@pytest.mark.parametrize("mode", Mode)
def test_history_of_years_ago_is_replayed_by_its_own_time(mode: Mode) -> None:
    """The wall is years past every deadline. What was kept in time then raises nothing now."""
    owner, years = Owner(mode), 9 * 365 * DAY
    recorded = years  # all of it is sent now, in the order in which it happened
    owner.read(ORDER, years, (recorded, order(0, 2 * DAY)))
    owner.read(WEB, years, (recorded + 0.1, viewed(DAY)), (recorded + 0.2, viewed(3 * DAY)))
    assert owner.alerts == []
    owner.read(ORDER, years, (recorded + 0.15, delivered(DAY)))
    assert owner.alerts == []
    owner.read(ORDER, years, (recorded + 0.3, touchpoint("order.cancelled", 4 * DAY, subject="order:9")))
    owner.clock.caught_up(WEB, at(years + 1))
    owner.clock.caught_up(ORDER, at(years + 1))
    owner.tick(years + 1)
    assert owner.alerts == []


def test_one_till_dated_tomorrow_does_not_take_the_deadlines_along() -> None:
    """Its touchpoint is folded, the fold passes the deadline, and nobody hears of it: the clock is ours."""
    owner = Owner()
    owner.read(ORDER, 0, (0, order(0, 60)))
    owner.read(WEB, 1, (1, viewed(DAY)))
    owner.clock.caught_up(WEB, at(1))
    owner.clock.caught_up(ORDER, at(1))
    owner.tick(2)
    assert owner.alerts == []
    owner.read(ORDER, 50, (50, delivered(50)))
    owner.clock.caught_up(WEB, at(2 * DAY))
    owner.clock.caught_up(ORDER, at(2 * DAY))
    owner.tick(2 * DAY)
    assert owner.alerts == []


def test_one_till_dated_tomorrow_in_a_backlog_does_not_hide_what_is_unread() -> None:
    """Read while the topic lags, it must not count as time that has passed on that topic."""
    before = Owner()
    before.read(ORDER, 0, (0, order(0, 60)))
    after = Owner(core=before.core)
    after.clock.caught_up(WEB, at(300))
    after.read(ORDER, 300, (10, touchpoint("shipment.delayed", DAY, subject="order:2")))
    assert after.alerts == []
    after.read(ORDER, 300, (58, delivered(58)))
    after.clock.caught_up(ORDER, at(300))
    after.tick(300)
    assert after.alerts == []
