"""The job that is simulated: its topics, rules and bounds; the same in every run, so made once."""

from functools import cache
from typing import Final

from streams.codec.registry import SchemaStore
from streams.codec.touchpoint import TouchpointDecoder
from streams.codec.vocabulary import shipped
from streams.journeys.limits import Limits
from streams.rules.model import Absence, Broken, By, Count, Moment, Rule, Selector, Severity
from streams.touchpoints.vocabulary import Vocabulary
from streams.worker.kit import Topics
from streams.worker.rule_book import RuleBook
from streams.worker.signals import Signals

PARTITIONS: Final = 3
WEB, CHAT, RECOVERY = "touchpoints.web", "touchpoints.chat", "touchpoints.recovery"
TOPICS: Final = Topics(
    touchpoints={WEB: 0, CHAT: 1, RECOVERY: 2},
    changelog="journeys-changelog",
    alerts="alerts",
    dead="touchpoints.dead",
    dead_partitions=1,
    sources="sources",
    rules="rules",
    stats="journey-stats",
    recovery=RECOVERY,
)
# Few journeys stay decoded, so that most are read out of their records again and again.
LIMITS: Final = Limits(live_journeys=3, stats_groups=50)
TEXTS: Final = {"en": "made", "es": "hecho"}
WORD: Final = {"title": TEXTS, "advice": TEXTS, "moment": Moment.SMOT, "cooldown_ms": 1_000}
FAILED: Final = Selector(("payment.failed",))
RULES: Final = (
    Rule(
        id="payment-failing",
        when=Count(FAILED, at_least=3, within_ms=600_000),
        severity=Severity.HIGH,
        recovers_on=(Selector(("order.completed",)),),
        **WORD,  # type: ignore[arg-type] # fields of several types
    ),
    Rule(
        id="nobody-answers",
        by=By.SUBJECT,
        when=Absence(Selector(("message.received",)), Selector(("message.sent",)), within_ms=3_000),
        severity=Severity.MEDIUM,
        recovers_on=(Selector(("message.sent",)),),
        **WORD,  # type: ignore[arg-type] # as above
    ),
    Rule(
        id="promise-broken",
        by=By.SUBJECT,
        when=Broken("promise"),
        severity=Severity.HIGH,
        recovers_on=(Selector(("promise.kept",)),),
        **WORD,  # type: ignore[arg-type] # as above
    ),
)


def vocabulary() -> Vocabulary:
    """Return the shipped one."""
    return shipped()


@cache
def store() -> SchemaStore:
    """Return the shipped schemas."""
    return SchemaStore()


@cache
def book() -> RuleBook:
    """Return the rules, compiled."""
    return RuleBook(RULES, vocabulary(), Signals())


@cache
def decoder() -> TouchpointDecoder:
    """Return what reads touchpoints."""
    return TouchpointDecoder(vocabulary(), store())
