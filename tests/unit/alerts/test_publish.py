"""Say the difference between fold and ledger: raised, updated, ended, retracted, raised again."""

from typing import Final

from streams.alerts.alert import Alert
from streams.rules.model import Count, Seen, Selector
from streams.testing.journeys import MINUTE_MS, Harness, at, partition, rule, touchpoint

FAILED, ORDERED = Selector(("payment.failed",)), Selector(("order.completed",))
FAILING: Final = rule(
    "failing", Count(FAILED, 2, 10 * MINUTE_MS), unless=Seen(ORDERED, 10 * MINUTE_MS), recovers_on=(ORDERED,)
)


def harness() -> Harness:
    """Return the owner of a partition with one rule, in trouble since minute 5."""
    owner = Harness(partition([FAILING]))
    owner.feed(touchpoint("payment.failed", 3), touchpoint("payment.failed", 5), now=1_000)
    return owner


def told(alerts: list[Alert]) -> list[tuple[int, str, int]]:
    """Return revision, status and start of each alert."""
    return [(alert.revision, alert.status.value, alert.started_at) for alert in alerts]


def test_an_alert_is_raised_with_revision_one_and_the_time_of_detection() -> None:
    """`detected_at` is the owner's clock and nothing else is."""
    owner = harness()
    assert told(owner.alerts) == [(1, "firing", at(5))]
    assert owner.alerts[0].detected_at == 1_000


def test_what_changes_nothing_is_not_said_again() -> None:
    """More of the same, time, restarts and a late page view before it all."""
    owner = harness()
    owner.feed(touchpoint("payment.failed", 6), touchpoint("page.viewed", 7))
    owner.advance(at(100))
    owner.restart()
    owner.feed(touchpoint("page.viewed", 5.5))
    owner.advance(at(200))
    assert len(owner.alerts) == 1


def test_a_late_touchpoint_that_moves_the_start_is_an_update() -> None:
    """Another revision of the same alert."""
    owner = harness()
    owner.feed(touchpoint("payment.failed", 4))
    assert told(owner.alerts[1:]) == [(2, "firing", at(4))]
    assert owner.alerts[1].alert_id == owner.alerts[0].alert_id
    assert [evidence.touchpoints for evidence in owner.alerts[1].evidence] == [("payment.failed@3", "payment.failed@4")]


def test_a_late_touchpoint_may_retract_and_a_later_one_raise_again() -> None:
    """The id stays and the revisions count on, over a restart too."""
    owner = harness()
    owner.feed(touchpoint("order.completed", 4, identity="x"))
    assert told(owner.alerts[1:]) == [(2, "retracted", at(5))]
    assert owner.alerts[1].ended_at == at(5)
    owner.restart()
    owner.feed(touchpoint("page.viewed", 2, identity="x"))
    assert told(owner.alerts[2:]) == [(3, "firing", at(5))]
    assert len({alert.alert_id for alert in owner.alerts}) == 1


def test_a_retracted_alert_is_retracted_once() -> None:
    """What late touchpoints follow says nothing new."""
    owner = harness()
    owner.feed(touchpoint("order.completed", 4))
    owner.feed(touchpoint("page.viewed", 1), touchpoint("page.viewed", 2))
    assert len(owner.alerts) == 2


def test_what_was_raised_and_recovered_in_one_batch_is_said_in_its_end_state() -> None:
    """Nobody is paged for it; that it was is still told."""
    owner = Harness(partition([FAILING]))
    late = [touchpoint("payment.failed", minute) for minute in (5, 3)]
    owner.feed(touchpoint("order.completed", 9), *late)
    assert told(owner.alerts) == [(1, "recovered", at(5))]


def test_a_rule_that_is_gone_can_still_be_retracted() -> None:
    """Its alert has the rule's id for a title by then."""
    owner = harness()
    records = [(key, owner.partition.value(key)) for key in owner.partition.customers()]
    owner.partition = partition([])
    owner.partition.restore(records)
    owner.partition.start()
    owner.feed(touchpoint("page.viewed", 1))
    assert told(owner.alerts[1:]) == [(2, "retracted", at(5))]
    assert owner.alerts[1].title["en"] == "failing"
