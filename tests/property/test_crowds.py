"""Crowds: whatever the order, the owners, the restarts and the looks in between, the naive model's episodes stand."""

import os
from random import Random
from typing import Any, Final

import msgspec
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from streams.alerts.alert import Alert, Status
from streams.alerts.crowds.crowds import Contribution, Crowds
from streams.alerts.crowds.seen import Seen
from streams.alerts.crowds.tally import Tally
from streams.backtest.crowds import CrowdReplay
from streams.backtest.explain import USUAL, WITHOUT
from streams.backtest.explain_crowd import explain_crowd
from streams.journeys.limits import DAY_MS, Limits
from streams.rules.compile import compile_rules
from streams.rules.model import Count, Crowd, Over, Rule, Selector
from streams.testing import naive_crowds
from streams.testing.journeys import SHOP, at
from streams.testing.journeys import rule as rule_of
from streams.testing.naive_crowds import Row
from streams.touchpoints.touchpoint import Touchpoint

SOAK: Final = os.environ.get("HYPOTHESIS_PROFILE") == "soak"
pytestmark = pytest.mark.timeout(3_600 if SOAK else 600)
MINUTE: Final = 60_000
OWNERS: Final = 3
FAILED: Final = Selector(("payment.failed", "error.shown"))
SOLD: Final = Selector(("order.completed",))


def crowd_rule(name: str, crowd: Crowd, **options: Any) -> Rule:
    """Return a rule over a crowd; keyword arguments are fields of Rule."""
    return rule_of(name, Count(crowd.selector, crowd.at_least, crowd.within_ms), crowd=crowd, **options)


RULES: Final = (
    crowd_rule(
        "number",
        Crowd(over=Over.TILL, selector=FAILED, at_least=3, within_ms=10 * MINUTE, clean=SOLD, clean_count=2),
        expires_ms=240 * MINUTE,
        lost_after_ms=93 * MINUTE,
    ),
    crowd_rule(
        "usual",
        Crowd(
            over=Over.TILL,
            selector=FAILED,
            at_least=2,
            within_ms=15 * MINUTE,
            times=1.5,
            baseline_ms=60 * MINUTE,
            below=1.2,
            calm_ms=20 * MINUTE,
            clean=SOLD,
            clean_count=4,
        ),
        cooldown_ms=30 * MINUTE,
        expires_ms=100 * MINUTE,
    ),
    crowd_rule(
        "people",
        Crowd(
            over=Over.PROVIDER,
            selector=FAILED,
            at_least=2,
            within_ms=20 * MINUTE,
            of="customer",
            times=2.0,
            baseline_ms=80 * MINUTE,
            below=1.0,
            calm_ms=35 * MINUTE,
        ),
        expires_ms=1_000 * MINUTE,
    ),
)
PLAN: Final = compile_rules(RULES, SHOP)


def body(chance: Random) -> tuple[str, int, str, str, str | None]:
    """Draw what a touchpoint is, in which minute, where and whose; trouble comes in heaps."""
    kind = chance.choice(("payment.failed", "payment.failed", "error.shown", "order.completed", "page.viewed"))
    minute = chance.choice((chance.randrange(60), 5 * chance.randrange(36), chance.randrange(300)))
    source = chance.choice((*["//pos/madrid/till-1"] * 8, "//pos/madrid/till-2", "//shop/web"))
    provider = chance.choice((None, *["adyen"] * 8, "redsys"))
    return kind, minute, source, chance.choice(("", "c1", "c2", "c3", "c4")), provider


def build(number: int, drawn: tuple[str, int, str, str, str | None]) -> Touchpoint:
    """Return a touchpoint of a drawn body, under an id that sorts neither by time nor by arrival."""
    kind, minute, source, customer, provider = drawn
    data = msgspec.json.encode({"provider": provider}) if provider else b""
    return Touchpoint(f"t{number * 7919 % 1000:03}", source, kind, at(minute), customer, "", data)


class Owner:
    """Counts with several tallies, says by one owner of crowds, and acknowledges everything at once."""

    def __init__(self, limits: Limits) -> None:
        self.limits = limits
        self.seen = [Seen(1_000) for _ in range(OWNERS)]
        self.taken = 0
        self.tallies = [Tally(PLAN, limits) for _ in range(OWNERS)]
        self.crowds = Crowds(PLAN, limits)
        self.told: dict[tuple[int, str, str, int], Contribution] = {}
        self.said: list[Alert] = []
        self.clock = 0

    def take(self, touchpoint: Touchpoint) -> None:
        """Count a touchpoint, with the tally that its id falls to."""
        owner = sum(touchpoint.id.encode()) % OWNERS
        self.taken += 1
        if not self.seen[owner].is_new(touchpoint.source, touchpoint.id, self.taken):
            return
        for each in self.tallies[owner].count(touchpoint):
            self.told[owner, each.rule, each.over, each.bucket] = each
            self.crowds.take([each], owner)

    def look(self, clock: int) -> None:
        """Let time pass to `clock`, at least."""
        self.clock = max(self.clock, clock)
        self.crowds.advance(self.clock, self.clock)
        assert self.crowds.next_due is None or self.crowds.next_due > self.clock
        for key in self.crowds.take_alerting():
            alerts = self.crowds.outbox(key)
            self.said += alerts
            self.crowds.said(key, alerts)

    def restart(self) -> None:
        """A successor reads the records back, and all that was counted again, in any order."""
        old, self.crowds = self.crowds, Crowds(PLAN, self.limits)
        for key in old.remembered():
            self.crowds.restore(key, old.value(key))
        for owner, _, _, _ in self.told:
            self.crowds.take([each for name, each in self.told.items() if name[0] == owner], owner)
        self.crowds.start(old.clock)

    def standing(self) -> set[Row]:
        """Return what stands of what was said; revisions have counted up by one."""
        last: dict[str, Alert] = {}
        for alert in self.said:
            assert alert.revision == (last[alert.alert_id].revision + 1 if alert.alert_id in last else 1)
            last[alert.alert_id] = alert
        assert all(alert.customer == "" for alert in self.said)
        return {_row(alert) for alert in last.values() if alert.status is not Status.RETRACTED}


def _row(alert: Alert) -> Row:
    first, *others = alert.evidence
    usual = others[-1].value if others else None
    return Row(
        alert.rule,
        alert.subject,
        0,
        alert.status,
        alert.started_at,
        alert.ended_at,
        first.value,
        usual,
        first.touchpoints,
    )


def expected(touchpoints: list[Touchpoint], clock: int) -> set[Row]:
    """Return the naive model's episodes; ordinals are in the ids of alerts, which show them to nobody."""
    return {row._replace(ordinal=0) for row in naive_crowds.episodes(touchpoints, RULES, clock)}


QUICK: Final = settings(
    max_examples=3_000 if SOAK else 60,
    deadline=None,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large, HealthCheck.filter_too_much],
)


@QUICK
@given(st.integers(0, 1 << 32), st.sampled_from((10 * DAY_MS, 320 * MINUTE)))
def test_any_order_any_owners_and_any_looks_end_with_the_naive_episodes(seed: int, lateness: int) -> None:
    """Within lateness, with duplicates, restarts, and a clock behind or ahead (L4, L5, L10)."""
    chance = Random(seed)
    touchpoints = [build(number, body(chance)) for number in range(chance.randrange(1, 100))]
    arrivals = [*touchpoints, *touchpoints[::5]]
    arrivals.sort(key=lambda one: one.time + chance.choice((0, 0, 20 * MINUTE)))
    if chance.random() < 0.5:
        chance.shuffle(arrivals)
    owner, arrived = Owner(Limits(lateness_ms=lateness)), list[Touchpoint]()
    for touchpoint in arrivals:
        owner.take(touchpoint)
        arrived.append(touchpoint)
        step = chance.choice(("", "", "", "look", "restart"))
        if step == "restart":
            owner.restart()
        if step:
            owner.look(at(chance.randrange(300)) if chance.random() < 0.2 else touchpoint.time)
            assert owner.standing() == expected(arrived, owner.clock)
    for minute in (301, 400, 1_000, 5_000):
        owner.look(at(minute))
        assert owner.standing() == expected(arrived, at(minute))
        if chance.random() < 0.5:
            owner.restart()
    said = len(owner.said)
    for touchpoint in arrivals:
        owner.take(touchpoint)
    owner.look(at(5_001))
    assert len(owner.said) == said


@settings(max_examples=300 if SOAK else 25, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(st.integers(0, 1 << 32), st.integers(10, 150))
def test_why_a_crowd_alert_was_raised_is_what_the_naive_model_counts(seed: int, many: int) -> None:
    """The numbers of the clauses are those of the touchpoints, and without what is told it would not have been."""
    chance = Random(seed)
    history = sorted((build(number, body(chance)) for number in range(many)), key=lambda one: one.time)
    history = list({(one.source, one.id): one for one in history[::-1]}.values())[::-1]
    last: dict[str, Alert] = {}
    replay = CrowdReplay(PLAN, lambda alert: last.update({alert.alert_id: alert}))
    for one in history:
        replay.take(one, one.time)
    replay.wait(at(400))
    for alert in last.values():
        if alert.status is Status.RETRACTED:
            continue
        of = PLAN.rules[alert.rule]
        assert of.crowd is not None
        told = explain_crowd(alert, of, SHOP, history)
        own = [one for one in history if one.type in FAILED.types and naive_crowds.is_of(one, of, alert.subject)]

        def amount(end: int, there: list[Touchpoint], crowd: Crowd = of.crowd) -> int:
            inside = [one for one in there if end - crowd.within_ms <= one.time < end]
            return len({one.customer for one in inside} - {""}) if crowd.of else len(inside)

        end = alert.started_at + naive_crowds.STEP_MS
        surge, average = told.clauses[0], told.clauses[-1]
        assert (surge.value, surge.threshold) == (amount(end, own), of.crowd.at_least)
        if of.crowd.times:
            windows = of.crowd.baseline_ms // of.crowd.within_ms
            usual = sum(amount(end - number * of.crowd.within_ms, own) for number in range(1, windows + 1)) / windows
            assert average.value == pytest.approx(usual)
            assert average.threshold == pytest.approx(surge.value / of.crowd.times)
        assert [change.kind for change in told.changes] == ([WITHOUT, USUAL] if of.crowd.times else [WITHOUT])
        gone = told.changes[0]
        left = [one for one in history if one not in gone.touchpoints]
        assert gone.value == amount(end, [one for one in own if one in left]) < surge.value
        begins = {row.started_at for row in naive_crowds.episodes(left, [of], at(400)) if row.subject == alert.subject}
        assert alert.started_at not in begins
        assert gone.instead_at is None or gone.instead_at in begins
