"""Laws L4, L5 and L10 for working time, quiet hours, the stages of a journey, and rules that look at others.

The machine of `test_order` plays with other rules here.
"""

from typing import Final

import msgspec
import pytest

from streams.alerts.alert import Alert
from streams.journeys.limits import DAY_MS, Limits
from streams.rules import following, model
from streams.rules.compile import compile_rules
from streams.rules.model import By, EpisodeIs, Moment, OtherEpisode, Rise, Severity, Step
from streams.testing.journeys import MONDAY_MS
from streams.testing.journeys import SHOP as PLAIN
from streams.testing.journeys import rule as rule_of
from streams.touchpoints.calendar import Working, expand
from streams.touchpoints.vocabulary import Stages
from tests.property.test_order import (
    FAILED,
    ORDERED,
    QUICK,
    RECEIVED,
    SENT,
    SHOWN,
    SOAK,
    STARTED,
    VIEWED,
    AnyOrder,
    minutes,
)

pytestmark = pytest.mark.timeout(3_600 if SOAK else 600)

BREAKS: Final = tuple((minutes(start), minutes(start + 25)) for start in range(15, 24 * 60 - 30, 60))
SHOPPING: Final = expand("shopping", [BREAKS] * 7, [(MONDAY_MS - DAY_MS, MONDAY_MS + 60 * DAY_MS, 0)], frozenset())
SHOP: Final = msgspec.structs.replace(
    PLAIN,
    stages=Stages("ZMOT", {"checkout.started": "FMOT", "error.shown": "FMOT", "order.completed": "SMOT"}),
)
RULES: Final = (
    rule_of(
        "in-chat",
        model.AnyOf((model.Seen(RECEIVED), model.Absence(FAILED, SENT, minutes(20)))),
        by=By.SUBJECT,
        follows_journey=True,
        moment=Moment.TMOT,
        cooldown_ms=minutes(10),
        recovers_on=(SENT,),
        relapse_ms=minutes(20),
    ),
    rule_of(
        "hurt",
        model.Broken("delivery"),
        by=By.SUBJECT,
        severity=Severity.LOW,
        raises=(Rise(Severity.HIGH, minutes(20)),),
        settle_ms=minutes(5),
        recovers_on=(SENT,),
        recovers_quiet_ms=minutes(60),
        relapse_ms=minutes(30),
    ),
    rule_of(
        "asked-while-hurt",
        model.AllOf((model.Seen(VIEWED), OtherEpisode(EpisodeIs.OPEN))),
        recovers_quiet_ms=minutes(30),
        relapse_ms=minutes(60),
    ),
    rule_of(
        "asked-about-it",
        model.AllOf((model.Seen(RECEIVED), OtherEpisode(EpisodeIs.OPEN, ("hurt", "in-all"), Severity.HIGH))),
        by=By.SUBJECT,
        cooldown_ms=minutes(15),
        recovers_on=(SENT,),
    ),
    rule_of(
        "born",
        model.AllOf((model.Seen(STARTED), OtherEpisode(EpisodeIs.RECOVERED, within_ms=minutes(90)))),
        severity=Severity.LOW,
        positive=True,
        expires_ms=minutes(60),
    ),
    rule_of(
        "at-risk",
        model.AllOf((model.Seen(ORDERED, minutes(120)), OtherEpisode(EpisodeIs.FIRES, severity=Severity.HIGH))),
        follows_journey=True,
        severity=Severity.HIGH,
        raises=(Rise(Severity.CRITICAL, when=OtherEpisode(EpisodeIs.FIRES, ("hurt",))),),
        unless=OtherEpisode(EpisodeIs.RECOVERED, ("in-chat",), within_ms=minutes(30)),
        expires_ms=minutes(100),
        recovers_on=(STARTED,),
    ),
    rule_of("in-all", model.Count(VIEWED, 2, minutes(50)), follows_journey=True, expires_ms=minutes(30)),
    rule_of(
        "in-working-time",
        model.AnyOf(
            (
                model.Absence(RECEIVED, SENT, minutes(20), Working(SHOPPING, minutes(20))),
                model.Broken("delivery", minutes(30), Working(SHOPPING, minutes(30))),
            )
        ),
        by=By.SUBJECT,
        severity=Severity.LOW,
        settle_ms=minutes(5),
        settle_working=Working(SHOPPING, minutes(5)),
        raises=(Rise(Severity.HIGH, minutes(30), working=Working(SHOPPING, minutes(30))),),
        recovers_on=(SENT,),
        recovers_quiet_ms=minutes(40),
        quiet_working=Working(SHOPPING, minutes(40)),
        lost_after_ms=minutes(60),
        lost_working=Working(SHOPPING, minutes(60)),
        expires_ms=minutes(600),
    ),
    rule_of(
        "next-day",
        model.Sequence((Step(STARTED), Step(ORDERED, DAY_MS, absent=True, working=Working(SHOPPING, days=1)))),
        recovers_on=(ORDERED,),
    ),
    rule_of(
        "quiet-hours",
        model.AnyOf((model.Seen(SHOWN), model.Absence(RECEIVED, SENT, minutes(10)))),
        by=By.SUBJECT,
        severity=Severity.MEDIUM,
        quiet_outside=SHOPPING,
        raises=(Rise(Severity.CRITICAL, when=model.Seen(FAILED)), Rise(Severity.CRITICAL, minutes(25))),
        recovers_on=(ORDERED,),
        relapse_ms=minutes(60),
        expires_ms=minutes(100),
    ),
    rule_of(
        "quiet-and-settling",
        model.Count(SHOWN, 2, minutes(20)),
        settle_ms=minutes(7),
        quiet_outside=SHOPPING,
        raises=(Rise(Severity.CRITICAL, when=model.Seen(FAILED)),),
        recovers_on=(ORDERED,),
        expires_ms=minutes(100),
    ),
)
FOLLOWERS: Final = {rule.id for rule in RULES if following.follows(rule)}


class LifeInAnyOrder(AnyOrder):
    """Rules whose episodes wait for opening hours."""

    played, plan, vocabulary = RULES, compile_rules(RULES, SHOP), SHOP

    def is_ahead(self, clock: int, before: Alert, now: Alert) -> bool:
        """An alert that looks at others may also rest on another deadline than before."""
        return clock < now.started_at and (now.rule in FOLLOWERS or super().is_ahead(clock, before, now))


class LifeWithMovingFloor(LifeInAnyOrder):
    """The same while snapshots are taken all the time."""

    limits = Limits(
        lateness_ms=minutes(80) + 1, compact_entries=2, context_entries=10, tail_entries=10_000, live_journeys=1
    )


TestLifeInAnyOrder = LifeInAnyOrder.TestCase
TestLifeInAnyOrder.settings = QUICK
TestLifeWithMovingFloor = LifeWithMovingFloor.TestCase
TestLifeWithMovingFloor.settings = QUICK
