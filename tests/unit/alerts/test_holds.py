"""Holds: said when trouble begins and when all of it is over, remembered like alerts, and of no effect on ourselves."""

from typing import Any, Final

import msgspec
import pytest

from streams.alerts import holds
from streams.alerts.partition import Partition
from streams.backtest.replay import Intake
from streams.codec.events import EventSchemas
from streams.codec.vocabulary import shipped
from streams.rules.compile import compile_rules
from streams.rules.model import Broken, By, Mode, Rise, Rule, Seen, Selector, Severity
from streams.testing import naive
from streams.testing.journeys import MINUTE_MS, SHOP, Harness, at, rfc3339, rule, touchpoint
from streams.touchpoints.touchpoint import Touchpoint
from streams.touchpoints.vocabulary import Vocabulary

ORDERED: Final = (Selector(("order.completed",)),)
FAILING: Final = rule("failing", Seen(Selector(("payment.failed",))), by=By.SUBJECT, recovers_on=ORDERED)
SHOWN: Final = rule("shown", Seen(Selector(("error.shown",))), recovers_on=ORDERED)
LATE: Final = rule("late", Broken("delivery"), by=By.SUBJECT, recovers_on=(Selector(("shipment.delivered",)),))


def holding(*rules: Rule, vocabulary: Vocabulary = SHOP, hold_from: Severity = Severity.MEDIUM) -> Partition:
    """Return an empty partition that says holds."""
    return Partition(0, compile_rules(rules, vocabulary), hold_from=hold_from)


class Listener(Harness):
    """Reads what is said of holds before it is acknowledged."""

    def __init__(self, subject: Partition) -> None:
        """Listen to this partition."""
        super().__init__(subject)
        self.heard: list[Touchpoint] = []

    def flush(self) -> None:
        """Acknowledge everything."""
        for key in self.partition.customers():
            self.heard += self.partition.holds(key)
        super().flush()

    def told(self) -> list[tuple[str, str, str]]:
        """Return rule, reason and until of each hold."""
        return [(data["rule"], data["reason"], data.get("until", "")) for data in map(body, self.heard)]


def body(hold: Touchpoint) -> dict[str, Any]:
    """Return the data of a hold."""
    data: dict[str, Any] = msgspec.json.decode(hold.data)
    return data


def failed(minute: float, subject: str = "") -> Touchpoint:
    """Return trouble."""
    return touchpoint("payment.failed", minute, subject=subject)


def test_a_customer_in_trouble_is_held_until_all_of_it_is_over() -> None:
    """One hold, whatever comes and goes in between; the lift names the alert with which it began."""
    owner = Listener(holding(FAILING, SHOWN))
    owner.feed(failed(0, "a"), now=at(0))
    owner.feed(failed(1, "b"), now=at(1))
    owner.feed(touchpoint("error.shown", 2), now=at(2))
    owner.feed(touchpoint("order.completed", 3, subject="a"), now=at(3))
    assert owner.told() == [("failing", "open_episode", "")]
    owner.feed(touchpoint("order.completed", 4, subject="b"), now=at(4))
    assert owner.told()[1:] == [("failing", "recovered", "2026-01-05T09:04:00.000Z")]
    begun, lifted = owner.heard
    assert body(begun)["alert_id"] == body(lifted)["alert_id"] == owner.alerts[0].alert_id
    assert [(hold.type, hold.customer, hold.time) for hold in owner.heard] == [
        ("recovery.hold", "c1", at(0)), ("recovery.hold", "c1", at(4)),
    ]  # fmt: skip
    owner.feed(failed(9, "a"), now=at(9))
    assert len(owner.heard) == len({hold.id for hold in owner.heard}) == 3


def test_what_is_taken_back_lifts_the_hold() -> None:
    """The parcel that had come in time."""
    owner = Listener(holding(LATE))
    owner.feed(touchpoint("order.completed", 0, subject="order:1", promised_at=rfc3339(60)))
    owner.advance(at(60), at(60))
    owner.feed(touchpoint("shipment.delivered", 50, subject="order:1"), now=at(70))
    assert [reason for _, reason, _ in owner.told()] == ["open_episode", "retracted"]


@pytest.mark.parametrize(
    "options",
    [{"severity": Severity.LOW}, {"mode": Mode.SHADOW}, {"positive": True}, {"settle_ms": 60 * MINUTE_MS}],
    ids=["low", "shadow", "positive", "watching"],
)
def test_what_holds_nobody(options: dict[str, object]) -> None:
    """Digests, shadow rules, good news, and what may still heal itself."""
    owner = Listener(holding(rule("mild", Seen(Selector(("payment.failed",))), **options)))
    owner.feed(failed(0))
    assert owner.alerts
    assert owner.heard == []


def test_what_becomes_severe_holds() -> None:
    """From the severity on from which customers are held."""
    rises = rule(
        "rises",
        Seen(Selector(("payment.failed",))),
        severity=Severity.LOW,
        raises=(Rise(Severity.HIGH, 30 * MINUTE_MS),),
        expires_ms=60 * MINUTE_MS,
    )
    owner = Listener(holding(rises))
    owner.feed(failed(0))
    owner.advance(at(29), at(29))
    assert owner.heard == []
    owner.advance(at(30), at(30))
    owner.advance(at(60), at(60))
    assert [(hold.time, body(hold)["reason"]) for hold in owner.heard] == [
        (at(30), "open_episode"), (at(60), "expired"),
    ]  # fmt: skip


@pytest.mark.parametrize("least", list(Severity))
def test_the_severity_is_the_operators_choice(least: Severity) -> None:
    """That severity and every worse one holds, and nothing milder."""
    severities = list(Severity)
    for at_hand in severities:
        owner = Listener(holding(rule("r", Seen(Selector(("payment.failed",))), severity=at_hand), hold_from=least))
        owner.feed(failed(0))
        assert bool(owner.heard) is (severities.index(at_hand) >= severities.index(least))


def test_a_hold_from_before_another_severity_is_lifted_with_the_next_word() -> None:
    """A restart alone says nothing; what is said of the customer next lifts what holds nobody any more."""
    core = holding(rule("r", Seen(Selector(("payment.failed",))), severity=Severity.MEDIUM), SHOWN)
    core.fold(0, [(0, b"c1", failed(0))], at(0))
    core.said(b"c1", core.outbox(b"c1"), core.holds(b"c1"))
    stricter = rule("r", Seen(Selector(("payment.failed",))), severity=Severity.MEDIUM)
    again = holding(stricter, SHOWN, hold_from=Severity.CRITICAL)
    again.restore([(b"c1", core.value(b"c1"))])
    again.start()
    assert again.holds(b"c1") == []
    again.fold(0, [(1, b"c1", touchpoint("error.shown", 5))], at(5))
    assert [body(hold)["until"] for hold in again.holds(b"c1")] == ["2026-01-05T09:05:00.000Z"]


def test_what_was_not_acknowledged_is_said_again_under_the_same_id() -> None:
    """It is in the journey's record before it is said (L2, L3)."""
    core = holding(FAILING)
    core.fold(0, [(0, b"c1", failed(0))], at(0))
    said = core.holds(b"c1")
    again = holding(FAILING)
    again.restore([(b"c1", core.value(b"c1"))])
    again.start()
    assert again.take_alerting() == [b"c1"]
    assert again.holds(b"c1") == said
    again.said(b"c1", again.outbox(b"c1"), [])
    assert again.holds(b"c1") == said
    again.said(b"c1", [], said)
    third = holding(FAILING)
    third.restore([(b"c1", again.value(b"c1"))])
    third.start()
    assert third.take_alerting() == []
    third.fold(0, [(1, b"c1", touchpoint("order.completed", 5))], at(5))
    assert [body(hold)["reason"] for hold in third.holds(b"c1")] == ["recovered"]


def test_our_own_holds_change_nothing() -> None:
    """They come back on the topic: no journey begins, none goes on, no rule sees them, live and offline (L10)."""
    sees = rule("sees", Seen(Selector((holds.TYPE,))))
    known = msgspec.structs.replace(SHOP, kinds=SHOP.kinds | {holds.TYPE: shipped().kinds[holds.TYPE]})
    owner = Listener(holding(FAILING, sees, vocabulary=known))
    owner.feed(failed(0), now=at(0))
    before = len(owner.alerts)
    owner.feed(*owner.heard, *(msgspec.structs.replace(hold, customer="c2") for hold in owner.heard))
    assert len(owner.alerts) == before
    assert owner.partition.customers() == [b"c1"]
    view = owner.partition.journey(b"c1")
    assert view is not None
    assert view.state.count == 1
    assert {one.alert_id for one in owner.standing()} == set(
        naive.alerts([failed(0)], owner.partition.plan, owner.partition.limits, at(0))
    )
    lines = [(1, owner.heard[0], None), (2, failed(1), None)]
    assert [taken.line for taken in Intake("events.jsonl", shipped()).touchpoints(lines)] == [2]
    owner.feed(touchpoint(holds.TYPE, 3))
    assert owner.alerts[-1].rule == "sees"


def test_a_hold_is_a_touchpoint_of_the_vocabulary() -> None:
    """Its data is what the schema says."""
    owner = Listener(holding(FAILING))
    owner.feed(failed(0), now=at(0))
    owner.feed(touchpoint("order.completed", 5), now=at(5))
    assert [list(EventSchemas().validate(hold)) for hold in owner.heard] == [[], []]
    properties = {"alert_id", "rule", "reason", "until"}
    assert set().union(*map(body, owner.heard)) == properties
