"""Laws L4, L5 and L10: what stands depends on which touchpoints there are and on the time, and on nothing else.

A partition is played with at random: touchpoints in any order within lateness, again, with other bodies, at the same
instant; time that passes; journeys evicted, restarted and compacted in between. After every step what it said is
compared with the naive model, which folds everything again from nothing.
"""

import os
from itertools import pairwise
from typing import Any, Final

import msgspec
import pytest
from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule

from streams.alerts.alert import Alert
from streams.alerts.render import digest
from streams.journeys.limits import DAY_MS, Limits
from streams.rules import model
from streams.rules.compile import compile_rules
from streams.rules.model import By, Rise, Selector, Severity, Step
from streams.testing import naive
from streams.testing.journeys import MINUTE_MS, MONDAY_MS, SHOP, Harness, at, partition, rfc3339, touchpoint
from streams.testing.journeys import rule as rule_of
from streams.touchpoints.touchpoint import Touchpoint

SOAK: Final = os.environ.get("HYPOTHESIS_PROFILE") == "soak"
pytestmark = pytest.mark.timeout(3_600 if SOAK else 600)
QUICK: Final = settings(
    max_examples=500 if SOAK else 60,
    stateful_step_count=60 if SOAK else 30,
    deadline=None,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.filter_too_much, HealthCheck.data_too_large],
)


def minutes(number: int) -> int:
    """Return so many minutes in ms."""
    return number * MINUTE_MS


def types(*names: str) -> Selector:
    """Return a selector without predicates."""
    return Selector(names)


FAILED, ORDERED, SHOWN = types("payment.failed"), types("order.completed"), types("error.shown")
RECEIVED, SENT, STARTED = types("message.received"), types("message.sent"), types("checkout.started")
DELIVERED, VIEWED = types("shipment.delivered"), types("page.viewed")
LOW: Final = model.Feedback(types("survey.answered"), ("CSAT",), 2)
ANGRY: Final = model.Seen(types("error.shown", "survey.answered"))
GOLD: Final = model.Trait((model.Predicate("tier", "equals", "gold"), model.Predicate("value", "at_least", 3)))
RULES: Final = (
    rule_of("by-score", model.Count(types("survey.answered"), 2, minutes(60)), by=By.SUBJECT, by_field="score"),
    rule_of("count", model.Count(FAILED, 3, minutes(10)), recovers_on=(ORDERED,)),
    rule_of("hindered", model.Count(FAILED, 2, minutes(10)), unless=model.Seen(ORDERED, minutes(60))),
    rule_of(
        "sequence",
        model.Sequence(
            (
                Step(STARTED),
                Step(types("payment.failed", "error.shown"), minutes(30)),
                Step(ORDERED, minutes(30), absent=True),
            )
        ),
        recovers_on=(ORDERED,),
        cooldown_ms=minutes(120),
    ),
    rule_of(
        "repeats",
        model.Sequence(
            (
                Step(types("payment.failed", "error.shown"), minutes(30), times=2),
                Step(types("error.shown", "page.viewed"), minutes(60), times=2),
                Step(ORDERED, minutes(20), absent=True),
            )
        ),
        recovers_on=(ORDERED,),
        expires_ms=minutes(60),
    ),
    rule_of("absence", model.Absence(RECEIVED, SENT, minutes(20)), by=By.SUBJECT, recovers_on=(SENT,)),
    rule_of("late", model.Broken("delivery"), by=By.SUBJECT, recovers_on=(DELIVERED,), expires_ms=minutes(200)),
    rule_of("very-late", model.Broken("delivery", minutes(30)), by=By.SUBJECT),
    rule_of("late-customer", model.Broken("delivery", minutes(10)), recovers_on=(DELIVERED,)),
    rule_of("no-reply", model.Broken("reply"), recovers_on=(SENT,), expires_ms=minutes(100)),
    rule_of("score", model.AllOf((LOW, model.Not(model.Seen(ORDERED, minutes(60))))), cooldown_ms=minutes(60)),
    rule_of(
        "any",
        model.AnyOf((model.Count(SHOWN, 2, minutes(20)), model.Absence(STARTED, ORDERED, minutes(40)))),
        recovers_on=(ORDERED,),
        expires_ms=minutes(100),
    ),
    rule_of("sum", model.Measure(LOW.selector, "sum", "score", minutes(60), 6), recovers_on=(ORDERED,)),
    rule_of(
        "average",
        model.AllOf((model.Measure(LOW.selector, "average", "score", minutes(100), at_most=2.5, min_count=2), ANGRY)),
        cooldown_ms=minutes(30),
    ),
    rule_of(
        "ping-pong",
        model.Distinct(types("message.received", "error.shown", "survey.answered"), "channel", minutes(60), 3),
        by=By.SUBJECT,
        expires_ms=minutes(100),
    ),
    rule_of(
        "scores", model.Distinct(LOW.selector, "score", minutes(90), 2, 3), unless=model.Seen(ORDERED, minutes(20))
    ),
    rule_of(
        "rate",
        model.Rate(types("page.viewed", "error.shown", "payment.failed"), minutes(20), 3, 1.5, 2),
        recovers_on=(ORDERED,),
        expires_ms=minutes(50),
    ),
    rule_of("rising", model.Rate(LOW.selector, minutes(30), 2, 1.5, 1, "score"), by=By.SUBJECT),
    rule_of(
        "friction",
        model.Score((("payment.failed", 2.5), ("error.shown", 1.3), ("order.*", -2.0)), minutes(30), 3.5),
        recovers_on=(SENT,),
        expires_ms=minutes(70),
    ),
    rule_of(
        "gold",
        model.AllOf((model.Count(SHOWN, 2, minutes(60)), GOLD)),
        by=By.SUBJECT,
        cooldown_ms=minutes(20),
        expires_ms=minutes(60),
    ),
    rule_of("not-gold", model.Seen(ORDERED), unless=GOLD, expires_ms=minutes(10)),
    rule_of("buckets", model.Count(types("page.viewed", "error.shown"), 33, minutes(400)), expires_ms=minutes(60)),
    rule_of(
        "all",
        model.AllOf((model.Count(FAILED, 1, minutes(60)), model.Count(SHOWN, 1, minutes(60)))),
        by=By.SUBJECT,
        cooldown_ms=minutes(30),
        recovers_on=(types("order.*"),),
    ),
    rule_of(
        "nested",
        model.AllOf(
            (
                model.Seen(RECEIVED),
                model.Not(model.AnyOf((model.Seen(SENT, minutes(100)), model.Seen(VIEWED, minutes(5))))),
            )
        ),
        unless=model.Absence(STARTED, ORDERED, minutes(10)),
    ),
    rule_of(
        "ladder",
        model.AnyOf((model.Count(FAILED, 2, minutes(60)), model.Absence(RECEIVED, SENT, minutes(10)))),
        severity=Severity.LOW,
        raises=(
            Rise(Severity.MEDIUM, minutes(30)),
            Rise(Severity.HIGH, when=model.Count(FAILED, 4, minutes(60))),
            Rise(Severity.HIGH, when=model.Absence(STARTED, ORDERED, minutes(20))),
            Rise(Severity.CRITICAL, minutes(61)),
        ),
        recovers_on=(ORDERED,),
        expires_ms=minutes(240),
    ),
    rule_of(
        "relapsing",
        model.AnyOf((model.Count(FAILED, 2, minutes(30)), model.Absence(RECEIVED, SENT, minutes(20)))),
        severity=Severity.LOW,
        settle_ms=minutes(5),
        raises=(Rise(Severity.HIGH, minutes(20)),),
        recovers_on=(ORDERED,),
        recovers_quiet_ms=minutes(45),
        relapse_ms=minutes(60),
        cooldown_ms=minutes(200),
        expires_ms=minutes(120),
    ),
    rule_of("relapsing-at-once", model.Seen(SHOWN), by=By.SUBJECT, recovers_on=(VIEWED,), relapse_ms=minutes(300)),
    rule_of(
        "hidden", model.Seen(types("error.shown", "payment.failed")), hidden_by=("late", "both-proofs", "relapsing")
    ),
    rule_of(
        "hidden-by-hidden",
        model.AnyOf((model.Seen(RECEIVED), model.Broken("reply"))),
        by=By.SUBJECT,
        recovers_quiet_ms=minutes(20),
        relapse_ms=minutes(30),
        hidden_by=("hidden", "absence"),
    ),
    rule_of("settling", model.Count(SHOWN, 2, minutes(20)), settle_ms=minutes(15), recovers_on=(ORDERED,)),
    rule_of("quiet", model.Count(FAILED, 2, minutes(60)), recovers_on=(ORDERED,), recovers_quiet_ms=minutes(40)),
    rule_of(
        "both-proofs",
        model.AnyOf((model.Seen(SHOWN), model.Absence(RECEIVED, SENT, minutes(20)))),
        by=By.SUBJECT,
        recovers_on=(ORDERED, SENT),
        recovers_quiet_ms=minutes(30),
        recovers_all=True,
        settle_ms=minutes(10),
        lost_on=(types("order.cancelled"),),
        lost_after_ms=minutes(90),
    ),
    rule_of(
        "settling-late",
        model.Broken("delivery"),
        by=By.SUBJECT,
        settle_ms=minutes(30),
        severity=Severity.LOW,
        raises=(Rise(Severity.HIGH, minutes(20)),),
        recovers_on=(DELIVERED,),
        expires_ms=minutes(90),
    ),
)
PLAN: Final = compile_rules(RULES, SHOP)
PROMISING: Final = ("order.completed", "shipment.delayed")
BODIES: Final = st.fixed_dictionaries(
    {
        "kind": st.sampled_from(sorted(SHOP.kinds)),
        "subject": st.sampled_from(("", "order:1", "order:2")),
        "due": st.sampled_from((None, -10, 0, 1, 30, 60, 61, 240)),
        "score": st.integers(1, 5),
    }
)


def build(identity: str, minute: int, customer: str, body: dict[str, Any]) -> Touchpoint:
    """Return a touchpoint of a drawn body."""
    data: dict[str, object] = {}
    if body["kind"] in PROMISING and body["due"] is not None:
        data["promised_at"] = rfc3339(minute + body["due"])
    if body["kind"] == "survey.answered":
        data |= {"metric": "CSAT", "score": body["score"]}
    if body["kind"] == "customer.updated":
        data |= {"tier": "gold", "value": body["score"]} if body["due"] else {"value": body["score"]}
        data |= {"tier": "silver"} if body["due"] == 1 else {}
    return touchpoint(body["kind"], minute, identity=identity, subject=body["subject"], customer=customer, **data)


class AnyOrder(RuleBasedStateMachine):
    """Touchpoints arrive in any order: none of them is older than the lateness horizon."""

    played: tuple[model.Rule, ...] = RULES
    plan, vocabulary = PLAN, SHOP
    limits = Limits(
        lateness_ms=10 * DAY_MS,
        tail_entries=10_000,
        tail_bytes=1 << 30,
        compact_entries=4,
        episodes=1_000,  # or so many rules crowd a journey, and its floor jumps
        ledger=1_000,
        live_journeys=1,
    )

    def __init__(self) -> None:
        """Start with an empty partition on a Monday morning."""
        super().__init__()
        self.owner = Harness(partition(self.played, self.vocabulary, limits=self.limits))
        self.plan = self.owner.partition.plan  # with the same bounds
        self.arrived: list[Touchpoint] = []
        self.clock = 0  # minutes after MONDAY_MS
        self.number = 0

    @initialize(bodies=st.lists(BODIES, max_size=40), step=st.sampled_from((0, 1, 5)))
    def begin(self, bodies: list[dict[str, Any]], step: int) -> None:
        """A customer with some history."""
        history = [build(self.name(), index * step, "c1", body) for index, body in enumerate(bodies)]
        self.take(history)

    @rule(
        arrivals=st.lists(st.tuples(BODIES, st.integers(-80, 40), st.sampled_from(("c1", "c1", "c2"))), max_size=8),
        grid=st.sampled_from((1, 10, 30)),
    )
    def arrive(self, arrivals: list[tuple[dict[str, Any], int, str]], grid: int) -> None:
        """A batch arrives, early and late mixed."""
        made = []
        for body, ago, customer in arrivals:
            minute = max(self.clock + ago - (self.clock + ago) % grid, self.clock - 80)
            made.append(build(self.name(), minute, customer, body))
        self.take(made)

    @rule(data=st.data(), body=BODIES, shift=st.integers(-30, 30), same=st.booleans())
    def repeat(self, data: st.DataObject, body: dict[str, Any], shift: int, same: bool) -> None:
        """A touchpoint comes again, with the same body or another."""
        horizon = max(at(self.clock - 80), MONDAY_MS - minutes(80))
        known = [one for one in naive.unique(self.arrived) if one.time > horizon]
        assume(known)
        one = data.draw(st.sampled_from(known))
        if not same:
            minute = max((one.time - MONDAY_MS) // MINUTE_MS + shift, (horizon - MONDAY_MS) // MINUTE_MS + 1)
            one = build(one.id, minute, one.customer, body)
        self.take([one])

    @rule(by=st.sampled_from((0, 1, 10, 30, 60, 61, 240)))
    def pass_time(self, by: int) -> None:
        """Nothing happens for a while."""
        self.clock += by

    @rule(bodies=st.lists(st.tuples(BODIES, st.integers(0, 79)), max_size=3), ago=st.sampled_from((0, 10, 10**6)))
    def restart(self, bodies: list[tuple[dict[str, Any], int]], ago: int) -> None:
        """The worker is killed; its successor reads the changelog, and folds before it knows what time it is.

        It takes back nothing that stood and stands, unless that now begins with a deadline that it cannot know passed.
        """
        before, clock = self.standing(), at(self.clock - ago)
        self.owner.restart(clock)
        self.take([build(self.name(), self.clock - ago, "c1", body) for body, ago in bodies])
        expected = naive.alerts(self.arrived, self.plan, self.limits, at(self.clock))
        for identity in before.keys() & expected.keys() - self.standing().keys():
            assert self.is_ahead(clock, before[identity], expected[identity])

    def is_ahead(self, clock: int, before: Alert, now: Alert) -> bool:
        """Return whether an alert now begins with a deadline that a clock has not reached."""
        return clock < now.started_at != before.started_at

    def standing(self) -> dict[str, Alert]:
        """Return what stands, by id."""
        return {alert.alert_id: alert for alert in self.owner.standing()}

    def name(self) -> str:
        """Return an id that sorts neither by time nor by arrival."""
        self.number += 1
        return f"t{self.number * 7919 % 1000:03}"

    def take(self, touchpoints: list[Touchpoint]) -> None:
        """Feed a batch."""
        self.arrived += touchpoints
        self.owner.feed(*touchpoints)

    @invariant()
    def what_stands_is_what_the_naive_model_says(self) -> None:
        """At any time, for every alert that the clock has reached."""
        self.owner.advance(at(self.clock))
        assert self.standing() == naive.alerts(self.arrived, self.plan, self.limits, at(self.clock))

    @invariant()
    def revisions_count_up_by_one(self) -> None:
        """Nothing is said twice, nothing is skipped, nothing is said that says nothing new."""
        revisions: dict[str, int] = {}
        said = set()
        for alert in self.owner.alerts:
            revisions[alert.alert_id] = revisions.get(alert.alert_id, 0) + 1
            assert alert.revision == revisions[alert.alert_id]
            news = (alert.alert_id, alert.revision - 1, digest(msgspec.structs.replace(alert, revision=0)))
            assert news not in said
            said.add((*news[:1], alert.revision, news[2]))

    def teardown(self) -> None:
        """In the end all deadlines have fired, and no restart or replay changes what stands."""
        self.clock += 60 * 24 * 60
        self.what_stands_is_what_the_naive_model_says()
        core = self.owner.partition
        assert core.next_due is None or core.next_due > at(self.clock)
        for key in core.customers():
            view = core.journey(key)
            assert view is not None
            assert [due for due in view.state.timers.values() if due <= at(self.clock)] == []
            assert core.outbox(key) == []
        said = len(self.owner.alerts)
        self.owner.restart()
        self.owner.advance(at(self.clock))
        for offset, one in enumerate(self.arrived):
            assert core.is_replay(one.customer.encode(), 0, offset)
            self.owner.partition.fold(0, [(offset, one.customer.encode(), one)], 0)
        self.owner.flush()
        assert self.owner.alerts[said:] == []


class MovingFloor(AnyOrder):
    """Lateness is eighty minutes: snapshots are taken all the time, and the same alerts stand."""

    limits = Limits(
        lateness_ms=minutes(80) + 1, compact_entries=2, context_entries=10, tail_entries=10_000, live_journeys=1
    )


TestAnyOrder = AnyOrder.TestCase
TestAnyOrder.settings = QUICK
TestMovingFloor = MovingFloor.TestCase
TestMovingFloor.settings = QUICK


@settings(QUICK, max_examples=500 if SOAK else 30)
@given(st.data(), st.lists(st.tuples(BODIES, st.integers(0, 600)), min_size=1, max_size=40))
def test_however_the_batches_are_cut_the_same_alerts_stand(
    data: st.DataObject, drawn: list[tuple[dict[str, Any], int]]
) -> None:
    """One at a time, all in one batch, or anything between, with the clock following the touchpoints or not (L10)."""
    history = [build(f"t{index}", minute, "c1", body) for index, (body, minute) in enumerate(drawn)]
    history.sort(key=lambda one: one.time)
    until, limits = at(10_000), MovingFloor.limits
    expected = naive.alerts(history, PLAN, limits, until)
    cuts = data.draw(st.sets(st.integers(0, len(history))))
    for bounds in (set(), set(range(len(history))), cuts):
        owner, edges = Harness(partition(RULES, limits=limits)), sorted({0, len(history), *bounds})
        for start, end in pairwise(edges):
            owner.partition.fold(0, [(n, b"c1", history[n]) for n in range(start, end)], 0, follow=bool(bounds))
            owner.flush()
        owner.advance(until)
        assert {alert.alert_id: alert for alert in owner.standing()} == expected
