"""An idle journey leaves a tombstone; one with anything still to come does not."""

from typing import Final

from streams.journeys.limits import DAY_MS, Limits
from streams.rules.model import Broken, By, Count, Selector
from streams.testing.journeys import MINUTE_MS, Harness, at, partition, rfc3339, rule, touchpoint

LIMITS: Final = Limits(idle_ms=400 * DAY_MS)
DAY: Final = 24 * 60  # in minutes
FAILING: Final = rule("failing", Count(Selector(("payment.failed",)), 1, MINUTE_MS), expires_ms=500 * DAY_MS)
LATE: Final = rule("late", Broken("delivery"), by=By.SUBJECT)


def harness() -> Harness:
    """Return the owner of a partition that forgets after 400 days."""
    return Harness(partition([FAILING, LATE], limits=LIMITS))


def test_an_idle_journey_is_deleted_with_a_tombstone() -> None:
    """Even one that never had a deadline; it is a week late at most."""
    owner = harness()
    owner.feed(touchpoint("page.viewed", 0))
    owner.partition.take_dirty()
    owner.partition.advance(at(399 * DAY), 0)
    assert b"c1" in owner.partition
    owner.partition.advance(at(408 * DAY), 0)
    assert owner.partition.take_dirty() == [b"c1"]
    assert owner.partition.value(b"c1") is None
    assert (len(owner.partition), owner.partition.store.bytes_held, owner.partition.counters.expired) == (0, 0, 1)


def test_an_idle_journey_is_deleted_after_a_restart_too() -> None:
    """The look at it is part of its record."""
    owner = harness()
    owner.feed(touchpoint("page.viewed", 0))
    owner.restart()
    owner.advance(at(408 * DAY))
    assert len(owner.partition) == 0


def test_every_touchpoint_puts_the_end_off() -> None:
    """Idle is counted from the last touchpoint."""
    owner = harness()
    owner.feed(touchpoint("page.viewed", 0))
    owner.advance(at(300 * DAY))
    owner.feed(touchpoint("page.viewed", 300 * DAY))
    owner.advance(at(699 * DAY))
    assert b"c1" in owner.partition
    owner.advance(at(708 * DAY))
    assert b"c1" not in owner.partition


def test_a_journey_with_an_open_promise_waits_for_it() -> None:
    """Furniture takes its time."""
    owner = harness()
    owner.feed(touchpoint("order.completed", 0, subject="order:1", promised_at=rfc3339(450 * DAY)))
    owner.advance(at(449 * DAY))
    assert b"c1" in owner.partition
    owner.advance(at(450 * DAY))
    assert [alert.rule for alert in owner.alerts] == ["late"]


def test_a_promise_kept_early_does_not_keep_the_journey_for_longer() -> None:
    """Its due time was three years ahead; the look at the idle journey is not."""
    owner = harness()
    owner.feed(touchpoint("order.completed", 0, subject="order:1", promised_at=rfc3339(1_000 * DAY)))
    owner.feed(touchpoint("shipment.delivered", 1, subject="order:1"))
    owner.advance(at(1))
    owner.restart()
    owner.feed(touchpoint("payment.failed", 2))
    owner.advance(at(503 * DAY))
    owner.advance(at(510 * DAY))
    assert b"c1" not in owner.partition


def test_a_journey_with_an_open_episode_is_kept() -> None:
    """It ends when the episode does."""
    owner = harness()
    owner.feed(touchpoint("payment.failed", 0))
    owner.advance(at(499 * DAY))
    assert b"c1" in owner.partition
    owner.advance(at(500 * DAY))
    assert [alert.status for alert in owner.alerts] == ["firing", "expired"]
    owner.advance(at(510 * DAY))
    assert b"c1" not in owner.partition


def test_a_journey_whose_last_alert_is_not_acknowledged_is_kept() -> None:
    """A remembered alert is sent, however long the broker takes (law L3)."""
    owner = harness()
    owner.feed(touchpoint("payment.failed", 0))
    core = owner.partition
    core.advance(at(505 * DAY), 0)
    core.advance(at(600 * DAY), 0)
    assert b"c1" in core
    core.said(b"c1", core.outbox(b"c1"))
    core.advance(at(601 * DAY), 0)
    assert core.take_dirty() == [b"c1"]
    assert core.value(b"c1") is None
