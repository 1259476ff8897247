"""From a case and its alerts to what is decided upon."""

import pytest

from streams.alerts.alert import Alert
from streams.alerts.alert import Status as AlertStatus
from streams.desk.cases.case import Case, Status
from streams.desk.routing.escalation import Course
from streams.desk.routing.facts import AlertFact, Facts, facts_of

CASE = Case(
    case_id="k1",
    number=1,
    person="c1",
    ordinal=1,
    revision=1,
    status=Status.REOPENED,
    severity="high",
    moment="FMOT",
    opened_at=1,
    changed_at=1,
    team="support",
    snoozed_until=9,
)


def alert(alert_id: str, detected_at: int) -> Alert:
    """Return an alert that was detected then, at its last revision."""
    return Alert(
        alert_id=alert_id,
        revision=2,
        status=AlertStatus.FIRING,
        rule="late",
        rule_version=1,
        moment="FMOT",
        severity="high",
        customer="c1",
        subject="",
        started_at=1,
        ended_at=0,
        detected_at=detected_at,
        title={},
        advice={},
    )


def test_what_counts_is_when_an_alert_was_first_detected() -> None:
    """Later revisions are detected later; where the first one is not known, that of the revision at hand is taken."""
    found = facts_of(CASE, {}, [alert("a", 7), alert("b", 8)], detected={"a": 2}, course=Course(began_at=1))
    assert found == Facts(
        case_id="k1",
        labels={},
        status=Status.REOPENED,
        alerts=(
            AlertFact(status="firing", severity="high", started_at=1, detected_at=2),
            AlertFact(status="firing", severity="high", started_at=1, detected_at=8),
        ),
        team="support",
        snoozed_until=9,
        course=Course(began_at=1),
    )


@pytest.mark.parametrize(
    ("status", "mode", "expected"),
    [
        ("firing", "live", True),
        ("firing", "shadow", False),
        ("firing", "positive", False),
        ("watching", "live", False),
        ("recovered", "live", False),
    ],
)
def test_trouble_is_what_fires_for_people(status: str, mode: str, expected: bool) -> None:
    """No trial, no good news, nothing that may still heal itself."""
    assert AlertFact(status=status, severity="high", mode=mode).is_trouble is expected
