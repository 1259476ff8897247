"""`promise_broken`: at the instant when the promise falls due, or once the grace after it is over."""

from streams.rules.model import Broken, By
from streams.testing.journeys import MINUTE_MS, Harness, at, partition, rfc3339, rule, touchpoint
from streams.touchpoints.touchpoint import Touchpoint


def fired(history: list[Touchpoint], *, grace: float = 0, by: By = By.SUBJECT) -> list[tuple[str, float]]:
    """Return subject and minute of each alert that stands."""
    owner = Harness(partition([rule("r", Broken("delivery", round(grace * MINUTE_MS)), by=by)]))
    owner.feed(*history)
    owner.advance(at(10_000))
    return [(alert.subject, (alert.started_at - at(0)) / MINUTE_MS) for alert in owner.standing()]


def order(number: int, due: float) -> Touchpoint:
    """Return an order with a promise."""
    return touchpoint("order.completed", number, subject=f"order:{number}", promised_at=rfc3339(due))


def delivered(number: int, minute: float) -> Touchpoint:
    """Return the delivery of an order."""
    return touchpoint("shipment.delivered", minute, subject=f"order:{number}")


def delayed(number: int, minute: float, due: float) -> Touchpoint:
    """Return news of a delay."""
    return touchpoint("shipment.delayed", minute, subject=f"order:{number}", promised_at=rfc3339(due))


def test_it_holds_when_the_promise_falls_due() -> None:
    """Not before, and for this promise alone."""
    assert fired([order(1, 60), order(2, 70), delivered(2, 65)]) == [("order:1", 60)]


def test_grace_puts_it_off_and_what_comes_within_it_is_in_time() -> None:
    """Broken for half an hour."""
    assert fired([order(1, 60)], grace=30) == [("order:1", 90)]
    assert fired([order(1, 60), delivered(1, 90)], grace=30) == []
    assert fired([order(1, 60), delivered(1, 91)], grace=30) == [("order:1", 90)]


def test_a_promise_moved_in_time_is_due_at_the_new_time() -> None:
    """Also one that was moved while its grace ran, and one that was moved forward."""
    assert fired([order(1, 60), delayed(1, 50, 100)]) == [("order:1", 100)]
    assert fired([order(1, 60), delayed(1, 70, 100)], grace=30) == [("order:1", 130)]
    assert fired([order(1, 60), delayed(1, 50, 100), delivered(1, 100)]) == []
    assert fired([order(1, 60), delayed(1, 20, 40)]) == [("order:1", 40)]


def test_by_customer_the_first_broken_promise_is_the_episode() -> None:
    """The others are part of the same trouble."""
    assert fired([order(1, 60), order(2, 70)], by=By.CUSTOMER) == [("", 60)]


def test_the_evidence_says_for_how_long_and_by_which_touchpoint() -> None:
    """Hours overdue against hours of grace, and what made or last moved the promise."""
    owner = Harness(partition([rule("r", Broken("delivery", 30 * MINUTE_MS), by=By.SUBJECT)]))
    owner.feed(order(1, 60), delayed(1, 50, 90))
    owner.advance(at(200))
    (evidence,) = owner.standing()[0].evidence
    assert (evidence.clause, evidence.value, evidence.threshold) == ("delivery promise broken for 30m", 0.5, 0.5)
    assert evidence.touchpoints == ("shipment.delayed@50",)
