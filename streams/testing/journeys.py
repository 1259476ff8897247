"""Builders for tests: touchpoints in a line each, rules over every operator, and what stands after a run."""

from collections.abc import Iterable
from typing import Final

import msgspec

from streams.alerts.alert import Alert, Status
from streams.alerts.partition import Partition
from streams.journeys.limits import Limits
from streams.rules.compile import compile_rules
from streams.rules.model import Rule
from streams.touchpoints.touchpoint import Touchpoint
from streams.touchpoints.vocabulary import Vocabulary

MONDAY_MS: Final = 1_767_603_600_000  # 2026-01-05T09:00:00Z
MINUTE_MS: Final = 60_000


def touchpoint(
    kind: str, minute: float, *, identity: str = "", subject: str = "", customer: str = "c1", **data: object
) -> Touchpoint:
    """Return a touchpoint at so many minutes after MONDAY_MS; keyword arguments become its data."""
    time = MONDAY_MS + round(minute * MINUTE_MS)
    return Touchpoint(
        identity or f"{kind}@{minute:g}",
        "//test",
        kind,
        time,
        customer,
        subject,
        msgspec.json.encode(data) if data else b"",
    )


def partition(rules: Iterable[Rule], vocabulary: Vocabulary, limits: Limits | None = None) -> Partition:
    """Return an empty partition with these rules."""
    return Partition(0, compile_rules(rules, vocabulary, limits), limits)


class Harness:
    """Plays the owner of a partition: feeds it, acknowledges everything at once and remembers what was said."""

    def __init__(self, subject: Partition) -> None:
        """Own this partition."""
        self.partition = subject
        self.alerts: list[Alert] = []
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

    def flush(self) -> None:
        """Acknowledge every record and every alert."""
        for key in self.partition.take_alerting():
            said = self.partition.outbox(key)
            self.alerts += said
            self.partition.said(key, said)
        for key in self.partition.take_dirty():
            self.partition.value(key)

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
