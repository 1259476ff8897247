"""What is decided upon: one case with what is known of its alerts and of what was told so far."""

from collections.abc import Iterable, Mapping

import msgspec

from streams.alerts.alert import POSITIVE, Alert
from streams.alerts.alert import Status as AlertStatus
from streams.desk.cases.case import UNSEEN, Case, Status
from streams.desk.routing.escalation import Course
from streams.desk.routing.labels import Labels
from streams.desk.routing.silences import Silence, Sources
from streams.rules.model import Mode


class AlertFact(msgspec.Struct, frozen=True, kw_only=True):
    """One alert of the case. `detected_at` is that of the first revision: how old it was when we learnt of it."""

    status: str
    severity: str
    mode: str = Mode.LIVE.value
    started_at: int = 0
    detected_at: int = 0

    @property
    def is_firing(self) -> bool:
        """Whether it stands."""
        return self.status == AlertStatus.FIRING

    @property
    def is_trouble(self) -> bool:
        """Whether it stands, is no trial and no good news."""
        return self.is_firing and self.mode not in {Mode.SHADOW.value, POSITIVE}


class Facts(msgspec.Struct, frozen=True, kw_only=True):
    """One case. `has_attention`: it is within what its team can take on, see `rank.share`."""

    case_id: str
    labels: Labels
    status: Status
    alerts: tuple[AlertFact, ...]
    team: str = ""
    snoozed_until: int = 0
    course: Course = Course()
    has_attention: bool = True

    @property
    def is_seen(self) -> bool:
        """Whether somebody has seen it, which ends the escalation."""
        return self.status not in UNSEEN


class Standing(msgspec.Struct, frozen=True):
    """What keeps cases quiet at the moment: silences of file and people, and what live cases inhibit."""

    silences: tuple[Silence, ...] = ()
    sources: Sources = {}


def facts_of(
    case: Case,
    labels: Labels,
    alerts: Iterable[Alert],
    *,
    detected: Mapping[str, int],
    course: Course,
    has_attention: bool = True,
) -> Facts:
    """Return what is decided upon; `detected` says when each alert's first revision was detected."""
    return Facts(
        case_id=case.case_id,
        labels=labels,
        status=case.status,
        alerts=tuple(
            AlertFact(
                status=alert.status.value,
                severity=alert.severity,
                mode=alert.mode,
                started_at=alert.started_at,
                detected_at=detected.get(alert.alert_id, alert.detected_at),
            )
            for alert in alerts
        ),
        team=case.team,
        snoozed_until=case.snoozed_until,
        course=course,
        has_attention=has_attention,
    )
