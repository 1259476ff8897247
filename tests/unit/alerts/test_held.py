"""What a deadline decided is said once the clock has reached it, and taken back when it turns out otherwise."""

from typing import Final

from streams.alerts.alert import Alert, Status
from streams.rules.model import Absence, By, Seen, Selector
from streams.testing.journeys import MINUTE_MS, Harness, at, partition, rule, touchpoint

UNANSWERED: Final = rule(
    "unanswered", Absence(Selector(("message.received",)), Selector(("message.sent",)), 20 * MINUTE_MS), by=By.SUBJECT
)


def harness() -> Harness:
    """Return the owner of a partition that watches for messages without an answer."""
    return Harness(partition([UNANSWERED]))


def told(alerts: list[Alert]) -> list[tuple[int, str, int]]:
    """Return revision, status and start of each alert."""
    return [(alert.revision, alert.status.value, alert.started_at) for alert in alerts]


def test_a_deadline_passed_by_a_later_touchpoint_is_said_when_the_clock_reaches_it() -> None:
    """The fold goes ahead of the clock; nobody hears of it, since the answer may still be unread."""
    owner = harness()
    owner.feed(touchpoint("message.received", 0), touchpoint("page.viewed", 50))
    owner.advance(at(19))
    assert told(owner.alerts) == []
    owner.advance(at(20))
    assert told(owner.alerts) == [(1, Status.FIRING, at(20))]


def test_an_answer_that_was_unread_when_the_fold_passed_the_deadline_leaves_no_trace() -> None:
    """The answer is read from another topic after a later page view, before the clock reaches the deadline."""
    owner = harness()
    owner.feed(touchpoint("message.received", 0), touchpoint("page.viewed", 50))
    owner.advance(at(10))
    owner.feed(touchpoint("message.sent", 5))
    owner.advance(at(60))
    assert owner.alerts == []


def test_an_alert_that_moves_to_a_deadline_ahead_of_the_clock_is_taken_back_until_then() -> None:
    """It is not true now, and whether it will be is not known: retracted, and raised again under the same id."""
    owner = harness()
    owner.feed(touchpoint("message.received", 0))
    owner.advance(at(30))
    owner.feed(touchpoint("message.sent", 5), touchpoint("message.received", 25), touchpoint("page.viewed", 50))
    assert told(owner.alerts) == [(1, Status.FIRING, at(20)), (2, Status.RETRACTED, at(20))]
    owner.advance(at(44))
    owner.advance(at(45))
    assert told(owner.alerts[2:]) == [(3, Status.FIRING, at(45))]
    assert len({alert.alert_id for alert in owner.alerts}) == 1


def test_a_worker_that_does_not_know_the_time_yet_takes_nothing_back() -> None:
    """After a restart the clock is unknown for a while; what was said then stays decided."""
    owner = harness()
    owner.feed(touchpoint("message.received", 0))
    owner.advance(at(30))
    owner.restart()
    owner.feed(touchpoint("page.viewed", -5))
    assert told(owner.alerts) == [(1, Status.FIRING, at(20)), (2, Status.FIRING, at(20))]
    assert [recent.type for recent in owner.alerts[-1].recent] == ["page.viewed", "message.received"]


def test_an_episode_whose_end_lies_ahead_of_the_clock_is_said_as_open() -> None:
    """A till dated tomorrow lets the fold pass the end of what fails just now; the team hears of it now."""
    owner = Harness(partition([rule("r", Seen(Selector(("payment.failed",))), expires_ms=60 * MINUTE_MS)]))
    owner.feed(touchpoint("page.viewed", 1_400))
    owner.advance(at(10))
    owner.feed(touchpoint("payment.failed", 10))
    assert told(owner.alerts) == [(1, Status.FIRING, at(10))]
    owner.advance(at(69))
    assert len(owner.alerts) == 1
    owner.advance(at(70))
    assert told(owner.alerts[1:]) == [(2, Status.EXPIRED, at(10))]
    assert owner.alerts[1].ended_at == at(70)
    assert owner.alerts[1].recent == owner.alerts[0].recent
