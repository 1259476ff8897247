"""What the deadlines of a rule wait for."""

from streams.journeys.holds import Silence
from streams.rules import model
from streams.rules.model import By, Selector, Step
from streams.rules.silence import silence_of
from streams.testing.journeys import MINUTE_MS, SHOP, rule

RECEIVED, SENT = Selector(("message.received",)), Selector(("message.sent",))
ORDERED = Selector(("order.completed",))


def test_absence_waits_for_what_must_not_stay_away() -> None:
    """What starts it does not matter any more; what recovers it matters for its course alone."""
    found = silence_of(rule("r", model.Absence(RECEIVED, SENT, MINUTE_MS), by=By.SUBJECT, recovers_on=(ORDERED,)), SHOP)
    assert found == Silence(frozenset({"message.sent"}), frozenset({"message.sent", "order.completed"}))


def test_a_promise_waits_for_what_keeps_cancels_or_moves_it() -> None:
    """As the vocabulary says."""
    found = silence_of(rule("r", model.Broken("delivery")), SHOP)
    assert found.opening == {"shipment.delivered", "order.cancelled", "shipment.delayed"}


def test_a_sequence_waits_for_its_absent_steps_only() -> None:
    """A step that must happen cannot be made up by a backlog into silence."""
    steps = (Step(RECEIVED), Step(ORDERED, MINUTE_MS, absent=True))
    assert silence_of(rule("r", model.Sequence(steps)), SHOP).opening == {"order.completed"}


def test_what_is_negated_or_hinders_is_waited_for() -> None:
    """`not` and `unless` are silence, too."""
    when = model.AllOf((model.Broken("reply"), model.Not(model.Seen(ORDERED, MINUTE_MS))))
    found = silence_of(rule("r", when, unless=model.Seen(Selector(("customer.updated",)), MINUTE_MS)), SHOP)
    assert found.opening == {"message.sent", "order.completed", "customer.updated"}


def test_quiet_waits_for_all_that_could_disturb_it() -> None:
    """Every touchpoint of negative polarity."""
    found = silence_of(rule("r", model.Seen(RECEIVED), recovers_quiet_ms=MINUTE_MS), SHOP)
    assert found == Silence(frozenset(), frozenset({"payment.failed"}))


def test_a_rule_without_deadlines_waits_for_nothing() -> None:
    """A count is decided by what is there."""
    assert silence_of(rule("r", model.Count(RECEIVED, 2, MINUTE_MS)), SHOP) == Silence()
