"""However rules come, go and change, the rules that stay the same say what they would have said anyway.

A partition is played with at random: touchpoints in any order within lateness, time that passes, restarts, and sets of
rules that follow each other, with journeys that pass over at once, when they are used, or in a sweep that is
interrupted. What stands of the unchanged rules is compared with the naive model, which knows of no changes.
"""

from typing import Any, Final

import msgspec
import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule

from streams.alerts.alert import Alert, Status
from streams.alerts.publish import RETRACTED
from streams.journeys.limits import DAY_MS, Limits
from streams.rules import model
from streams.rules.compile import compile_rules
from streams.rules.model import By, Mode, Rise, Rule, Severity, Step
from streams.testing import naive
from streams.testing.journeys import SHOP, Harness, at, partition, rfc3339, touchpoint
from streams.testing.journeys import rule as rule_of
from streams.touchpoints.touchpoint import Touchpoint
from tests.property.test_order import SOAK, minutes, types

pytestmark = pytest.mark.timeout(3_600 if SOAK else 600)
QUICK: Final = settings(
    max_examples=500 if SOAK else 60,
    stateful_step_count=60 if SOAK else 25,
    deadline=None,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.filter_too_much, HealthCheck.data_too_large],
)


FAILED, SHOWN, ORDERED = types("payment.failed"), types("error.shown"), types("order.completed")
RECEIVED, SENT, STARTED = types("message.received"), types("message.sent"), types("checkout.started")
DELIVERED = types("shipment.delivered")
GOLD: Final = model.Trait((model.Predicate("tier", "equals", "gold"),))
LATE: Final = rule_of("late", model.Broken("delivery", minutes(10)), by=By.SUBJECT, recovers_on=(DELIVERED,))
KINDS_OF_RULES: Final = (
    LATE,
    rule_of("count", model.Count(FAILED, 3, minutes(40)), recovers_on=(ORDERED,), relapse_ms=minutes(60)),
    rule_of(
        "sequence",
        model.Sequence((Step(STARTED), Step(FAILED, minutes(30)), Step(ORDERED, minutes(30), absent=True))),
        recovers_on=(ORDERED,),
        cooldown_ms=minutes(120),
    ),
    rule_of(
        "absence",
        model.Absence(RECEIVED, SENT, minutes(20)),
        by=By.SUBJECT,
        recovers_quiet_ms=minutes(45),
        settle_ms=minutes(10),
        lost_after_ms=minutes(200),
    ),
    rule_of(
        "ladder",
        model.Count(SHOWN, 2, minutes(60)),
        severity=Severity.LOW,
        raises=(Rise(Severity.MEDIUM, minutes(30)), Rise(Severity.HIGH, when=model.Count(FAILED, 2, minutes(60)))),
        recovers_on=(ORDERED, SENT),
        recovers_all=True,
        expires_ms=minutes(240),
    ),
    rule_of("friction", model.Score((("payment.failed", 2.5), ("error.shown", 1.3)), minutes(30), 3.5)),
    rule_of("gold", model.AllOf((model.Seen(SHOWN), GOLD)), cooldown_ms=minutes(20), expires_ms=minutes(60)),
    rule_of("hidden", model.Seen(types("error.shown", "payment.failed")), hidden_by=("late",), expires_ms=minutes(30)),
    rule_of("rate", model.Rate(types("error.shown", "payment.failed"), minutes(20), 3, 1.5, 2), expires_ms=minutes(50)),
)
UNCHANGED: Final = KINDS_OF_RULES
PLAN: Final = compile_rules(UNCHANGED, SHOP)
OWN: Final = frozenset(one.id for one in UNCHANGED)
# What comes, goes and changes: the same kinds under other names, in several versions each.
COMING: Final = tuple(
    msgspec.structs.replace(one, id=f"x-{one.id}", hidden_by=tuple(f"x-{each}" for each in one.hidden_by))
    for one in KINDS_OF_RULES
)
VARIANTS: Final[tuple[dict[str, Any], ...]] = (
    {},
    {"title": {"en": "other", "es": "otro"}},
    {"mode": Mode.SHADOW},
    {"version": 2},
    {"when": model.Seen(FAILED), "by": By.CUSTOMER},
    {"when": model.Absence(FAILED, ORDERED, minutes(5)), "settle_ms": minutes(3), "raises": ()},
    {"recovers_on": (SENT,), "recovers_all": False, "recovers_quiet_ms": minutes(15), "relapse_ms": minutes(90)},
    {"lost_after_ms": minutes(30), "expires_ms": minutes(60), "severity": Severity.CRITICAL},
)
BODIES: Final = st.fixed_dictionaries(
    {
        "kind": st.sampled_from(sorted(SHOP.kinds)),
        "subject": st.sampled_from(("", "order:1", "order:2")),
        "due": st.sampled_from((None, -10, 1, 30, 60)),
    }
)
SETS: Final = st.dictionaries(st.integers(0, len(COMING) - 1), st.integers(0, len(VARIANTS) - 1))


def build(identity: str, minute: int, customer: str, body: dict[str, Any]) -> Touchpoint:
    """Return a touchpoint of a drawn body."""
    data: dict[str, object] = {}
    if body["kind"] in ("order.completed", "shipment.delayed") and body["due"] is not None:
        data["promised_at"] = rfc3339(minute + body["due"])
    if body["kind"] == "customer.updated":
        data["tier"] = "gold" if body["due"] else "silver"
    return touchpoint(body["kind"], minute, identity=identity, subject=body["subject"], customer=customer, **data)


def chosen(drawn: dict[int, int]) -> tuple[Rule, ...]:
    """Return a set: all that never changes, and the drawn variants among them, first and last in turn."""
    added = [msgspec.structs.replace(COMING[which], **VARIANTS[how]) for which, how in drawn.items()]
    ids = {one.id for one in added}
    added = [msgspec.structs.replace(one, hidden_by=tuple(ids.intersection(one.hidden_by))) for one in added]
    return (*added[::2], *UNCHANGED, *added[1::2])


class RulesChange(RuleBasedStateMachine):
    """No touchpoint is older than the lateness horizon, and no bound is reached."""

    limits = Limits(
        lateness_ms=10 * DAY_MS, tail_entries=10_000, tail_bytes=1 << 30, compact_entries=4, live_journeys=1,
        episodes=1_000, slots=10_000,
    )  # fmt: skip

    def __init__(self) -> None:
        """Start with the rules that stay."""
        super().__init__()
        self.owner = Harness(partition(UNCHANGED, limits=self.limits))
        self.arrived: list[Touchpoint] = []
        self.clock = 0  # minutes after MONDAY_MS
        self.number = 0
        self.version = 0
        self.change({}, 0)

    @rule(
        arrivals=st.lists(st.tuples(BODIES, st.integers(-80, 20), st.sampled_from(("c1", "c1", "c2"))), max_size=12),
        grid=st.sampled_from((1, 10, 30)),
    )
    def arrive(self, arrivals: list[tuple[dict[str, Any], int, str]], grid: int) -> None:
        """A batch arrives, early and late mixed."""
        made = []
        for body, ago, customer in arrivals:
            minute = max(self.clock + ago - (self.clock + ago) % grid, self.clock - 80)
            self.number += 1
            made.append(build(f"t{self.number * 7919 % 1000:03}", minute, customer, body))
        self.arrived += made
        self.owner.feed(*made)

    @rule(by=st.sampled_from((0, 1, 10, 30, 61, 240)))
    def pass_time(self, by: int) -> None:
        """Nothing happens for a while."""
        self.clock += by

    @rule(drawn=SETS, budget=st.sampled_from((0, 1, 100)))
    def change(self, drawn: dict[int, int], budget: int) -> None:
        """Other rules are published; nothing is said of those that stay, and nothing `never was`."""
        self.owner.advance(at(self.clock))
        before = len(self.owner.alerts)
        self.version += 1
        self.owner.change(compile_rules(chosen(drawn), SHOP, self.limits), self.version)
        self.sweep(budget)
        news = self.owner.alerts[before:]
        assert [alert for alert in news if alert.rule in OWN] == []
        assert [alert for alert in news if alert.reason == RETRACTED] == []

    @rule(budget=st.integers(1, 2))
    def sweep(self, budget: int) -> None:
        """Some journeys pass over."""
        self.owner.sweep(budget)

    @rule()
    def restart(self) -> None:
        """The worker is killed; its successor goes on under the same rules."""
        self.owner.restart(at(self.clock))

    @invariant()
    def the_unchanged_rules_say_what_they_would_have_said(self) -> None:
        """At any time, whatever became of the others."""
        self.owner.advance(at(self.clock))
        standing = {alert.alert_id: alert for alert in self.owner.standing() if alert.rule in OWN}
        assert standing == naive.alerts(self.arrived, PLAN, self.limits, at(self.clock))

    @invariant()
    def revisions_count_up_by_one(self) -> None:
        """Of every alert, whatever became of its rule."""
        revisions: dict[str, int] = {}
        for alert in self.owner.alerts:
            revisions[alert.alert_id] = revisions.get(alert.alert_id, 0) + 1
            assert alert.revision == revisions[alert.alert_id]

    def teardown(self) -> None:
        """In the end no alert is open of a rule that has gone, and none without an end."""
        self.change({}, 1_000)
        assert self.owner.sweep() == 0
        last: dict[str, Alert] = {alert.alert_id: alert for alert in self.owner.alerts}
        still = {a.rule for a in last.values() if a.status in (Status.WATCHING, Status.FIRING)}
        assert still <= OWN
        self.clock += 60 * 24 * 60
        self.the_unchanged_rules_say_what_they_would_have_said()
        core = self.owner.partition
        for key in core.customers():
            view = core.journey(key)
            assert view is not None
            assert [due for due in view.state.timers.values() if due <= at(self.clock)] == []
            assert core.outbox(key) == []


class MovingFloor(RulesChange):
    """Lateness is eighty minutes: snapshots are taken all the time."""

    limits = Limits(
        lateness_ms=minutes(80) + 1, compact_entries=2, context_entries=10, tail_entries=10_000, live_journeys=1,
        episodes=1_000, slots=10_000,
    )  # fmt: skip


TestRulesChange = RulesChange.TestCase
TestRulesChange.settings = QUICK
TestMovingFloor = MovingFloor.TestCase
TestMovingFloor.settings = QUICK
