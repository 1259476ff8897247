"""One rule at work: when it opens an episode, what hinders it, and what ends the episode."""

from typing import Final

from streams.alerts.alert import Status
from streams.journeys.limits import Limits
from streams.rules.model import (
    Absence,
    AllOf,
    AnyOf,
    Broken,
    By,
    Count,
    Distinct,
    Feedback,
    Measure,
    Not,
    Predicate,
    Rate,
    Rule,
    Score,
    Seen,
    Selector,
    Sequence,
    Step,
    Trait,
)
from streams.testing.journeys import MINUTE_MS, Harness, at, partition, rfc3339, rule, touchpoint
from streams.touchpoints.touchpoint import Touchpoint

FAILED: Final = Selector(("payment.failed",))
ORDERED: Final = Selector(("order.completed",))
SHOWN: Final = Selector(("error.shown",))
Told = tuple[str, str, float]


def minutes(number: float) -> int:
    """Return so many minutes in ms."""
    return round(number * MINUTE_MS)


def told(checked: Rule, *history: Touchpoint, until: float = 10_000) -> list[Told]:
    """Return subject, status and minute (start, or end once it ended) of each alert said, in order."""
    owner = Harness(partition([checked]))
    for one in history:
        owner.advance(one.time - 1)
        owner.feed(one)
    owner.advance(at(until))
    found = []
    for alert in owner.alerts:
        moment = alert.ended_at or alert.started_at
        found.append((alert.subject, alert.status.value, (moment - at(0)) / MINUTE_MS))
    return found


def failed(*at_minutes: float, subject: str = "") -> list[Touchpoint]:
    """Return failed payments."""
    return [touchpoint("payment.failed", minute, subject=subject) for minute in at_minutes]


def test_an_open_episode_takes_more_of_the_same_in() -> None:
    """The customer has trouble once, however often it shows."""
    assert told(rule("r", Count(FAILED, 2, minutes(10))), *failed(1, 2, 3, 4), until=50) == [("", "firing", 2)]


def test_by_customer_the_subjects_count_together_and_by_subject_apart() -> None:
    """`by` says what one episode is about."""
    history = [*failed(1, subject="order:1"), *failed(2, subject="order:2"), *failed(3, subject="order:2")]
    count = Count(FAILED, 2, minutes(10))
    assert told(rule("r", count), *history, until=50) == [("", "firing", 2)]
    assert told(rule("r", count, by=By.SUBJECT), *history, until=50) == [("order:2", "firing", 3)]


def test_what_recovers_ends_the_episode_and_trouble_starts_anew() -> None:
    """After recovery the count begins at nothing."""
    checked = rule("r", Count(FAILED, 2, minutes(60)), recovers_on=(ORDERED,))
    history = [*failed(1, 2), touchpoint("order.completed", 3), *failed(4), *failed(5)]
    assert told(checked, *history, until=50) == [("", "firing", 2), ("", "recovered", 3), ("", "firing", 5)]


def test_any_of_several_recoveries_will_do_if_its_data_matches() -> None:
    """A better score recovers, a worse one does not."""
    better = Selector(("survey.answered",), (Predicate("score", "at_least", 4),))
    checked = rule("r", Count(FAILED, 1, minutes(60)), recovers_on=(ORDERED, better))
    worse, good = touchpoint("survey.answered", 2, score=2), touchpoint("survey.answered", 3, score=5)
    assert told(checked, *failed(1), worse, good, until=50) == [("", "firing", 1), ("", "recovered", 3)]


def test_recovery_is_by_subject_where_the_rule_is() -> None:
    """The other order does not help."""
    checked = rule("r", Count(FAILED, 1, minutes(60)), by=By.SUBJECT, recovers_on=(ORDERED,))
    other, same = (touchpoint("order.completed", 2, subject=subject) for subject in ("order:2", "order:1"))
    assert told(checked, *failed(1, subject="order:1"), other, until=50) == [("order:1", "firing", 1)]
    assert told(checked, *failed(1, subject="order:1"), same, until=50)[-1] == ("order:1", "recovered", 2)


def test_unless_hinders_the_start_and_nothing_else() -> None:
    """An order just before the failures explains them; one after does not end the episode."""
    checked = rule("r", Count(FAILED, 2, minutes(10)), unless=Seen(ORDERED, minutes(10)))
    assert told(checked, touchpoint("order.completed", 0), *failed(1, 2), until=50) == []
    assert told(checked, touchpoint("order.completed", 0), *failed(1, 2, 11), until=50) == [("", "firing", 11)]
    assert told(checked, *failed(1, 2), touchpoint("order.completed", 3), until=50) == [("", "firing", 2)]


def test_what_recovered_still_hinders_afterwards() -> None:
    """The rule of the guide: an order within ten minutes explains failures, also the order that ended an episode."""
    checked = rule("r", Count(FAILED, 3, minutes(10)), unless=Seen(ORDERED, minutes(10)), recovers_on=(ORDERED,))
    history = [*failed(1, 2, 3), touchpoint("order.completed", 4), *failed(5, 6, 7)]
    assert told(checked, *history, until=50) == [("", "firing", 3), ("", "recovered", 4)]


def test_what_recovered_is_still_remembered_under_not() -> None:
    """A low score right after the order that ended the last episode is not about a missing order."""
    low = Feedback(Selector(("survey.answered",)), ("CSAT",), 2)
    checked = rule("r", AllOf((low, Not(Seen(ORDERED, minutes(60))))), recovers_on=(ORDERED,))
    first, again, later = (touchpoint("survey.answered", minute, metric="CSAT", score=1) for minute in (1, 20, 80))
    ordered = touchpoint("order.completed", 10)
    assert told(checked, first, ordered, again, later, until=99) == [
        ("", "firing", 1), ("", "recovered", 10), ("", "firing", 80),
    ]  # fmt: skip


def test_cooldown_counts_from_the_last_start() -> None:
    """No new episode of the same customer and subject until then, recovered or not."""
    checked = rule("r", Count(FAILED, 1, minutes(1)), recovers_on=(ORDERED,), cooldown_ms=minutes(30))
    history = [*failed(0), touchpoint("order.completed", 1), *failed(29.9), *failed(30)]
    assert told(checked, *history, until=50) == [("", "firing", 0), ("", "recovered", 1), ("", "firing", 30)]


def test_an_episode_that_nobody_ends_expires() -> None:
    """The rule says for how long it follows; then the customer may be in trouble anew."""
    checked = rule("r", Count(FAILED, 1, minutes(1)), expires_ms=minutes(30))
    assert told(checked, *failed(0, 10, 31)) == [
        ("", "firing", 0), ("", "expired", 30), ("", "firing", 31), ("", "expired", 61),
    ]  # fmt: skip


def test_a_touchpoint_at_the_instant_of_expiry_still_recovers() -> None:
    """It counts before the deadline."""
    checked = rule("r", Count(FAILED, 1, minutes(1)), expires_ms=minutes(30), recovers_on=(ORDERED,))
    assert told(checked, *failed(0), touchpoint("order.completed", 30))[-1] == ("", "recovered", 30)


def test_all_needs_every_part_at_the_same_instant() -> None:
    """Each part looks back over its own window."""
    both = rule("r", AllOf((Count(FAILED, 1, minutes(10)), Count(SHOWN, 1, minutes(5)))))
    assert told(both, touchpoint("error.shown", 0), *failed(5), until=50) == [("", "firing", 5)]
    assert told(both, touchpoint("error.shown", 0), *failed(5.1), until=50) == []
    assert told(both, *failed(0), touchpoint("error.shown", 10), until=50) == [("", "firing", 10)]


def test_any_needs_one_part_and_tells_which() -> None:
    """The evidence names the clauses that held."""
    owner = Harness(partition([rule("r", AnyOf((Count(FAILED, 2, minutes(10)), Count(SHOWN, 1, minutes(5)))))]))
    owner.feed(*failed(0), touchpoint("error.shown", 1))
    (alert,) = owner.alerts
    assert [(one.clause, one.touchpoints) for one in alert.evidence] == [("error.shown within 5m", ("error.shown@1",))]


def test_not_of_any_of_both() -> None:
    """Conditions nest."""
    quiet = Not(AnyOf((Seen(ORDERED, minutes(60)), Seen(SHOWN, minutes(60)))))
    checked = rule("r", AllOf((Seen(FAILED), quiet)))
    assert told(checked, *failed(0), until=50) == [("", "firing", 0)]
    assert told(checked, touchpoint("error.shown", 0), *failed(60), until=90) == []
    assert told(checked, touchpoint("error.shown", 0), *failed(60.1), until=90) == [("", "firing", 60.1)]


def test_a_deadline_judges_the_whole_condition() -> None:
    """A broken promise of a customer who had an error is worse."""
    both = rule("r", AllOf((Broken("delivery"), Count(SHOWN, 1, minutes(30)))), by=By.SUBJECT)
    order = touchpoint("order.completed", 0, subject="order:1", promised_at=rfc3339(60))
    shown = touchpoint("error.shown", 31, subject="order:1")
    assert told(both, order, shown, until=90) == [("order:1", "firing", 60)]
    assert told(both, order, touchpoint("error.shown", 29, subject="order:1"), until=90) == []


def test_a_deadline_of_unless_alone_starts_nothing() -> None:
    """What only hinders cannot be the reason."""
    hinders = AllOf((Absence(Selector(("message.received",)), Selector(("message.sent",)), minutes(5)), Seen(SHOWN)))
    checked = rule("r", Count(FAILED, 2, minutes(60)), unless=hinders, recovers_on=(ORDERED,), cooldown_ms=minutes(10))
    history = [*failed(0, 1), touchpoint("order.cancelled", 2), touchpoint("message.received", 6)]
    assert told(checked, *history, until=50) == [("", "firing", 1)]
    again = rule("r", Count(FAILED, 2, minutes(60)), unless=hinders, cooldown_ms=minutes(10), expires_ms=minutes(3))
    assert told(again, *failed(0, 1, 8, 9), touchpoint("message.received", 6.5), until=50) == [
        ("", "firing", 1), ("", "expired", 4),
    ]  # fmt: skip


def test_repeat_contact_over_two_channels_about_one_subject() -> None:
    """The vocabulary knows the channels; another order's mail is another matter."""
    contact = Selector(("message.received", "error.shown", "survey.answered"))
    checked = rule("r", Distinct(contact, "channel", minutes(60), 2), by=By.SUBJECT)
    chat, mail = touchpoint("message.received", 0, subject="order:1"), "survey.answered"
    assert told(checked, chat, touchpoint(mail, 5, subject="order:2"), until=50) == []
    assert told(checked, chat, touchpoint("message.received", 5, subject="order:1"), until=50) == []
    assert told(checked, chat, touchpoint(mail, 5, subject="order:1"), until=50) == [("order:1", "firing", 5)]
    assert told(checked, chat, touchpoint(mail, 61, subject="order:1"), until=99) == []


def test_what_was_summed_is_said_in_the_evidence() -> None:
    """Clause, value and the touchpoints that made it; after recovery the sum begins at nothing."""
    money = Measure(FAILED, "sum", "amount", minutes(60), 30, 90)
    owner = Harness(partition([rule("r", money, recovers_on=(ORDERED,))]))
    first, second = (touchpoint("payment.failed", minute, amount=20) for minute in (1, 2))
    owner.feed(first, second, touchpoint("order.completed", 3), touchpoint("payment.failed", 4, amount=25))
    (alert,) = owner.standing()
    (told_of,) = alert.evidence
    assert told_of.clause == "sum of amount at least 30 and at most 90: payment.failed within 1h"
    assert (told_of.value, told_of.threshold, told_of.touchpoints) == (40, 30, (first.id, second.id))
    assert alert.status is Status.RECOVERED


def test_a_rise_says_what_it_was_compared_with() -> None:
    """In words; over one period or several, of a sum or a count."""
    rates = (Rate(FAILED, minutes(10), 2, 1.5, 1, "amount"), Rate(FAILED, minutes(10), 1, 2, 1))
    owner = Harness(partition([rule(str(number), rate) for number, rate in enumerate(rates)]))
    owner.feed(touchpoint("payment.failed", 0, amount=2), touchpoint("payment.failed", 15, amount=2))
    owner.feed(touchpoint("payment.failed", 15.5, amount=2))
    assert [(alert.evidence[0].clause, alert.evidence[0].threshold) for alert in owner.standing()] == [
        ("amount of payment.failed within 10m, 1.5 times an average 10m of the 2 before", 1.5),
        ("payment.failed within 10m, 2 times the 10m before", 2),
    ]


def test_a_score_says_what_it_was_made_of() -> None:
    """In words; and it begins at nothing after recovery."""
    checked = rule("r", Score((("payment.failed", 2.0), ("error.*", 0.5)), minutes(60), 3), recovers_on=(ORDERED,))
    owner = Harness(partition([checked]))
    owner.feed(*failed(0, 0.1))
    clause = "score of payment.failed 2, error.* 0.5, halved every 1h"
    assert [alert.evidence[0].clause for alert in owner.alerts] == [clause]
    history = [*failed(0, 0.1), touchpoint("order.completed", 1), *failed(2)]
    assert told(checked, *history, until=50) == [("", "firing", 0.1), ("", "recovered", 1)]


def test_a_trait_is_the_customers_and_survives_episode_and_version() -> None:
    """A rule by subject asks what the customer is like; each test is a clause of its own."""
    valued = Trait((Predicate("tier", "equals", "gold"), Predicate("lifetime_value", "at_least", 500)))
    checked = rule("r", AllOf((Seen(FAILED), valued)), by=By.SUBJECT, recovers_on=(ORDERED,))
    gold = touchpoint("customer.updated", 0, tier="gold", lifetime_value=500)
    ordered = touchpoint("order.completed", 2, subject="order:1")
    history = [gold, *failed(1, subject="order:1"), ordered, *failed(3, subject="order:1")]
    firing = ("order:1", "firing", 1)
    assert told(checked, *history, until=50) == [firing, ("order:1", "recovered", 2), ("order:1", "firing", 3)]
    poorer = touchpoint("customer.updated", 2.5, lifetime_value=499)
    assert told(checked, *history[:3], poorer, history[3], until=50)[2:] == []
    owner = Harness(partition([checked]))
    owner.feed(gold)
    records = [(b"c1", owner.partition.value(b"c1"))]
    owner.partition = partition([rule("r", AllOf((Seen(FAILED), valued)), version=2)])
    owner.partition.restore(records)
    owner.partition.start()
    owner.feed(*failed(1))
    assert [one.clause for one in owner.alerts[0].evidence] == [
        "seen payment.failed",
        "customer.updated where tier equals gold",
        "customer.updated where lifetime_value at least 500",
    ]


def test_steps_of_a_sequence_are_part_of_any() -> None:
    """Whichever comes first."""
    steps = Sequence((Step(Selector(("checkout.started",))), Step(FAILED, minutes(10))))
    checked = rule("r", AnyOf((steps, Seen(SHOWN))))
    assert told(checked, touchpoint("checkout.started", 0), *failed(10), until=50) == [("", "firing", 10)]
    assert told(checked, touchpoint("error.shown", 3), until=50) == [("", "firing", 3)]


def test_a_rule_that_is_gone_still_ends_its_episodes() -> None:
    """An open episode of a rule that was removed expires when the rule would have let it."""
    limits = Limits()
    owner = Harness(partition([rule("r", Seen(FAILED), expires_ms=minutes(30))], limits=limits))
    owner.feed(*failed(0))
    records = [(b"c1", owner.partition.value(b"c1"))]
    owner.partition = partition([rule("other", Seen(SHOWN))], limits=limits)
    owner.partition.restore(records)
    owner.partition.start()
    owner.feed(*failed(1), touchpoint("order.completed", 2))
    owner.advance(at(40))
    assert [alert.status for alert in owner.alerts] == [Status.FIRING, Status.EXPIRED]
