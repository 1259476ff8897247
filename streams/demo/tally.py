"""What has come of the demo so far, as its topics tell it; pure counting."""

from collections import Counter
from typing import Final

import msgspec

from streams.alerts.alert import Alert, Status

STATUSES: Final = (Status.FIRING, Status.RECOVERED, Status.LOST, Status.EXPIRED, Status.RETRACTED, Status.WATCHING)

MOMENTS: Final = ("ZMOT", "FMOT", "SMOT", "TMOT")  # as a customer goes through them


class RuleCount(msgspec.Struct):
    """The alerts of one rule, and where each stands at the end."""

    moment: str
    alerts: int = 0
    statuses: dict[str, int] = {}


class Summary(msgspec.Struct, kw_only=True):
    """What `demo --exit --json` prints. Seconds count from the start of the process.

    `alerts` are different alerts that stand, as `backtest` counts them: not the retracted ones, which `statuses` has,
    too. `sources` counts the touchpoints of each.
    """

    touchpoints: int
    real: int
    simulated: int
    journeys: int
    alerts: int
    dead_letters: int
    seconds: float
    broker_seconds: float
    ready_seconds: float
    first_alert_seconds: float | None
    speed: float | None  # None = as fast as it goes
    event_time: tuple[str, str]
    sources: dict[str, dict[str, int]]
    statuses: dict[str, int]
    moments: dict[str, int]
    rules: dict[str, RuleCount]


class Tally:
    """Counts what the followers see. `seen` grows with each of it, so that who waits for quiet can tell."""

    def __init__(self) -> None:
        self.sent = 0
        self.event_ms = 0
        self.dead_letters = 0
        self.seen = 0
        self._journeys: set[bytes] = set()
        self._alerts: dict[str, Alert] = {}

    @property
    def journeys(self) -> int:
        """How many journeys have a record."""
        return len(self._journeys)

    @property
    def alerts(self) -> int:
        """How many different alerts there have been and were not retracted."""
        return sum(alert.status is not Status.RETRACTED for alert in self._alerts.values())

    @property
    def customer(self) -> str:
        """One whose journey is worth a look; empty when there was no alert."""
        return next((alert.customer for alert in self._alerts.values() if alert.status is Status.FIRING), "")

    def add_sent(self, event_ms: int) -> None:
        """Take note of a touchpoint on its way."""
        self.sent += 1
        self.event_ms = event_ms

    def add_journey(self, key: bytes, *, is_deleted: bool) -> None:
        """Take note of a record of the changelog."""
        self.seen += 1
        if is_deleted:
            self._journeys.discard(key)
        else:
            self._journeys.add(key)

    def add_dead_letter(self) -> None:
        """Take note of a dead letter."""
        self.seen += 1
        self.dead_letters += 1

    def add_alert(self, alert: Alert) -> bool:
        """Take note of a revision; return whether the alert is new or stands otherwise than before."""
        self.seen += 1
        before = self._alerts.get(alert.alert_id)
        self._alerts[alert.alert_id] = alert
        return before is None or before.status != alert.status

    def statuses(self) -> dict[str, int]:
        """Return how many alerts stand how, in a fixed order, without zeros."""
        return _ordered(Counter(alert.status for alert in self._alerts.values()))

    def moments(self) -> dict[str, int]:
        """Return the alerts of each moment of truth."""
        counts = Counter(alert.moment for alert in self._alerts.values() if alert.status is not Status.RETRACTED)
        return {moment: counts[moment] for moment in sorted(counts, key=_place)}

    def rules(self) -> dict[str, RuleCount]:
        """Return the alerts of each rule, in the order of the moments of truth: research comes first, sharing last."""
        counts: dict[str, RuleCount] = {}
        statuses: dict[str, Counter[Status]] = {}
        for alert in sorted(self._alerts.values(), key=lambda alert: (_place(alert.moment), alert.rule)):
            count = counts.setdefault(alert.rule, RuleCount(alert.moment))
            count.alerts += alert.status is not Status.RETRACTED
            statuses.setdefault(alert.rule, Counter())[alert.status] += 1
        for rule, count in counts.items():
            count.statuses = _ordered(statuses[rule])
        return counts


def _place(moment: str) -> int:
    return MOMENTS.index(moment) if moment in MOMENTS else len(MOMENTS)


def _ordered(counts: Counter[Status]) -> dict[str, int]:
    return {str(status): counts[status] for status in STATUSES if counts[status]}
