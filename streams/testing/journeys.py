"""Builders for tests: touchpoints and rules in a line each, a small vocabulary, and what stands after a run."""

from collections.abc import Iterable
from datetime import UTC, datetime
from typing import Any, Final

import msgspec

from streams.alerts.alert import Alert, Status
from streams.alerts.partition import Partition
from streams.journeys.limits import Limits
from streams.rules.compile import Plan, compile_rules
from streams.rules.model import Condition, Moment, Rule, Severity
from streams.rules.regime import Regime, succeed
from streams.touchpoints.touchpoint import Touchpoint
from streams.touchpoints.vocabulary import NEGATIVE, Due, Kind, PromiseKind, Vocabulary

MONDAY_MS: Final = 1_767_603_600_000  # 2026-01-05T09:00:00Z
MINUTE_MS: Final = 60_000
_TYPES: Final = (
    "checkout.started",
    "customer.updated",
    "error.shown",
    "message.received",
    "message.sent",
    "order.cancelled",
    "order.completed",
    "page.viewed",
    "shipment.delayed",
    "shipment.delivered",
    "survey.answered",
)
_CHANNELS: Final = {"message.received": "chat", "message.sent": "chat", "survey.answered": "email"}  # others are web
_KINDS: Final = (
    *(Kind(name, "web", "FMOT", _CHANNELS.get(name, "web")) for name in _TYPES),
    Kind("payment.failed", "web", "FMOT", "web", NEGATIVE),
)
_PROMISES: Final = (
    PromiseKind(
        "delivery",
        {"order.completed": Due("promised_at")},
        {"shipment.delayed": Due("promised_at")},
        ("shipment.delivered",),
        ("order.cancelled",),
    ),
    PromiseKind("reply", {"message.received": Due("", 60 * MINUTE_MS)}, {}, ("message.sent",), (), by="customer"),
)
SHOP: Final = Vocabulary({kind.name: kind for kind in _KINDS}, {promise.name: promise for promise in _PROMISES})


def at(minute: float) -> int:
    """Return so many minutes after MONDAY_MS, in ms since the epoch."""
    return MONDAY_MS + round(minute * MINUTE_MS)


def rfc3339(minute: float) -> str:
    """Return so many minutes after MONDAY_MS as touchpoints carry it."""
    return datetime.fromtimestamp(at(minute) / 1000, UTC).isoformat()


def rule(name: str, when: Condition, **options: Any) -> Rule:
    """Return a rule with the same word for all its texts; keyword arguments are fields of Rule."""
    texts = {"en": name, "es": name}
    given = {"moment": Moment.SMOT, "severity": Severity.HIGH, "title": texts, "advice": texts, **options}
    return Rule(id=name, when=when, **given)


def touchpoint(
    kind: str, minute: float, *, identity: str = "", subject: str = "", customer: str = "c1", **data: object
) -> Touchpoint:
    """Return a touchpoint at so many minutes after MONDAY_MS; keyword arguments become its data."""
    return Touchpoint(
        identity or f"{kind}@{minute:g}",
        "//test",
        kind,
        at(minute),
        customer,
        subject,
        msgspec.json.encode(data) if data else b"",
    )


def partition(rules: Iterable[Rule], vocabulary: Vocabulary = SHOP, limits: Limits | None = None) -> Partition:
    """Return an empty partition with these rules."""
    return Partition(0, compile_rules(rules, vocabulary, limits), limits)


class Harness:
    """Plays the owner of a partition: feeds it, acknowledges everything at once and remembers what was said."""

    def __init__(self, subject: Partition) -> None:
        """Own this partition."""
        self.partition = subject
        self.alerts: list[Alert] = []
        self.regimes: tuple[Regime, ...] = ()
        self._offset = 0

    def feed(self, *touchpoints: Touchpoint, now: int = 0) -> None:
        """Fold touchpoints in this order of arrival, as one batch."""
        inputs = []
        for one in touchpoints:
            inputs.append((self._offset, one.customer.encode(), one))
            self._offset += 1
        self.partition.fold(0, inputs, now)
        self.flush()

    def advance(self, clock: int, now: int = 0) -> None:
        """Let time pass."""
        while self.partition.advance(clock, now):
            pass
        self.flush()

    def change(self, plan: Plan, version: int = 0, now: int = 0) -> None:
        """Put other rules in force, at the clock of the partition; journeys pass over when they are used or swept."""
        clock = self.partition.clock
        self.advance(clock, now)
        self.regimes = succeed(self.regimes, plan.does, version=version, digest=plan.version, clock=clock, now=now)
        self.partition.adopt(plan, self.regimes, self.partition.plan.rules)
        self.flush()

    def sweep(self, budget: int = 1_000_000, now: int = 0) -> int:
        """Let journeys pass over to the rules in force; return how many still have to."""
        waiting = self.partition.sweep(budget, now)
        self.flush()
        return waiting

    def flush(self) -> None:
        """Acknowledge every record and every alert."""
        for key in self.partition.take_alerting():
            said = self.partition.outbox(key)
            self.alerts += said
            self.partition.said(key, said)
        for key in self.partition.take_dirty():
            self.partition.value(key)

    def restart(self, clock: int = 0) -> None:
        """Replace the partition by one recovered from its records, all acknowledged; it knows of this clock."""
        old = self.partition
        self.partition = Partition(old.number, old.plan, old.limits)
        self.partition.restore([(key, old.value(key)) for key in old.customers()])
        self.partition.start(clock)
        if self.regimes:
            self.partition.adopt(old.plan, self.regimes, {})
        self.flush()

    def standing(self) -> list[Alert]:
        """Return the alerts that stand, without what depends on the order of arrival."""
        return standing(self.alerts)


def standing(alerts: Iterable[Alert]) -> list[Alert]:
    """Return the last revision of each alert that was not retracted, by id, without revision and detection."""
    last: dict[str, Alert] = {}
    for alert in alerts:
        if alert.alert_id not in last or alert.revision > last[alert.alert_id].revision:
            last[alert.alert_id] = alert
    kept = [alert for alert in last.values() if alert.status != Status.RETRACTED]
    bare = [msgspec.structs.replace(alert, revision=0, detected_at=0) for alert in kept]
    return sorted(bare, key=lambda alert: alert.alert_id)
