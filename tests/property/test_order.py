"""Law L5: once all touchpoints have arrived, the alerts that stand are the same whatever order they arrived in."""

import os
from typing import Final

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from streams.alerts.alert import Alert
from streams.codec.vocabulary import shipped
from streams.journeys.limits import DAY_MS, Limits
from streams.rules import model
from streams.rules.model import Moment, Rule, Selector, Severity
from streams.testing.journeys import MINUTE_MS, MONDAY_MS, Harness, partition, touchpoint
from streams.touchpoints.touchpoint import Touchpoint

EXAMPLES: Final = 2_000 if os.environ.get("HYPOTHESIS_PROFILE") == "soak" else 150
HORIZON: Final = Limits(lateness_ms=10 * DAY_MS, tail_entries=10_000, tail_bytes=1 << 30, compact_entries=4)
MINUTES: Final = 600


def rule(name: str, when: model.Condition, **options: object) -> Rule:
    """Return a rule with texts and the options given."""
    texts = {"en": name, "es": name}
    return Rule(id=name, moment=Moment.SMOT, severity=Severity.HIGH, when=when, title=texts, advice=texts, **options)  # type: ignore[arg-type]  # options are the struct's own


FAILED: Final = Selector(("payment.failed",))
ORDERED: Final = Selector(("order.completed",))
RULES: Final = (
    rule("count", model.Count(FAILED, 3, 10 * MINUTE_MS), recovers_on=(ORDERED,)),
    rule("hindered", model.Count(FAILED, 2, 10 * MINUTE_MS), unless=model.Seen(ORDERED, 60 * MINUTE_MS)),
    rule(
        "sequence",
        model.Sequence(
            (
                model.Step(Selector(("checkout.started",))),
                model.Step(Selector(("payment.failed", "error.shown")), 30 * MINUTE_MS),
                model.Step(ORDERED, 30 * MINUTE_MS, absent=True),
            )
        ),
        recovers_on=(ORDERED,),
        cooldown_ms=120 * MINUTE_MS,
    ),
    rule(
        "absence",
        model.Absence(Selector(("message.received",)), Selector(("message.sent",)), 20 * MINUTE_MS),
        by=model.By.SUBJECT,
        recovers_on=(Selector(("message.sent",)),),
    ),
    rule(
        "late",
        model.Broken("delivery"),
        by=model.By.SUBJECT,
        recovers_on=(Selector(("shipment.delivered",)),),
        expires_ms=200 * MINUTE_MS,
    ),
    rule("very-late", model.Broken("delivery", 30 * MINUTE_MS), by=model.By.SUBJECT),
    rule(
        "score",
        model.AllOf(
            (
                model.Feedback(Selector(("survey.answered",)), ("CSAT",), 2),
                model.Not(model.Seen(ORDERED, 60 * MINUTE_MS)),
            )
        ),
        cooldown_ms=60 * MINUTE_MS,
    ),
)
KINDS: Final = (
    "payment.failed",
    "order.completed",
    "checkout.started",
    "error.shown",
    "message.received",
    "message.sent",
    "shipment.delivered",
    "survey.answered",
    "page.viewed",
)


@st.composite
def histories(draw: st.DrawFn) -> list[Touchpoint]:
    """Draw the touchpoints of one customer in event-time order; times collide now and then."""
    made = []
    for number in range(draw(st.integers(1, 30))):
        kind = draw(st.sampled_from(KINDS))
        minute = draw(st.integers(0, MINUTES))
        subject = draw(st.sampled_from(("", "order:1", "order:2")))
        data: dict[str, object] = {}
        if kind == "order.completed":
            data["promised_at"] = f"2026-01-05T{9 + draw(st.integers(1, 9)):02}:00:00Z"
        if kind == "survey.answered":
            data |= {"metric": "CSAT", "score": draw(st.integers(1, 5))}
        made.append(touchpoint(kind, minute, identity=f"t{number}", subject=subject, **data))
    return made


def offline(history: list[Touchpoint], until: int) -> list[Alert]:
    """Return what stands when everything arrives in order, in one batch, before time passes."""
    harness = Harness(partition(RULES, shipped(), HORIZON))
    harness.feed(*sorted(history, key=lambda one: (one.time, one.source, one.id)))
    harness.advance(until)
    return harness.standing()


@settings(max_examples=EXAMPLES, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(st.data(), histories())
def test_any_order_of_arrival_ends_with_the_same_standing_alerts(
    data: st.DataObject, history: list[Touchpoint]
) -> None:
    """Shuffled, doubled, cut into batches, with the clock moving in between: the same alerts stand."""
    until = MONDAY_MS + 2 * MINUTES * MINUTE_MS
    arrivals = data.draw(st.permutations(history + data.draw(st.lists(st.sampled_from(history), max_size=5))))
    harness = Harness(partition(RULES, shipped(), HORIZON))
    clock = MONDAY_MS
    while arrivals:
        size = data.draw(st.integers(1, 8))
        harness.feed(*arrivals[:size])
        arrivals = arrivals[size:]
        clock += data.draw(st.integers(0, 120)) * MINUTE_MS
        harness.advance(min(clock, until))
    harness.advance(until)
    assert harness.standing() == offline(history, until)


LATENESS_MINUTES: Final = 90
MOVING: Final = Limits(lateness_ms=LATENESS_MINUTES * MINUTE_MS, compact_entries=4, context_entries=10)


@settings(max_examples=EXAMPLES, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(st.data(), histories())
def test_the_floor_may_move_while_touchpoints_are_late_within_the_horizon(
    data: st.DataObject, history: list[Touchpoint]
) -> None:
    """Each touchpoint is delayed by less than the horizon; snapshots are taken on the way; the same alerts stand."""
    until = MONDAY_MS + 2 * MINUTES * MINUTE_MS
    delays = data.draw(st.lists(st.integers(0, LATENESS_MINUTES - 1), min_size=len(history), max_size=len(history)))
    arrivals = sorted(
        zip((one.time + delay * MINUTE_MS for one, delay in zip(history, delays, strict=True)), history, strict=True),
        key=lambda pair: pair[0],
    )
    harness = Harness(partition(RULES, shipped(), MOVING))
    for at, one in arrivals:
        if data.draw(st.booleans()):
            harness.advance(at)
        harness.feed(one)
        if data.draw(st.integers(0, 3)) == 0:
            restart(harness)
    harness.advance(until)
    assert harness.standing() == offline(history, until)


def restart(harness: Harness) -> None:
    """Replace the partition by one recovered from its records."""
    old = harness.partition
    harness.partition = partition(RULES, shipped(), old.limits)
    harness.partition.restore((key, old.value(key)) for key in old.customers())
    harness.partition.start()
    harness.partition.clock = old.clock
