"""What an alert does to the case of its person."""

from typing import Any

import pytest

from streams.alerts.alert import Alert, Status
from streams.desk.cases import intake, lifecycle
from streams.desk.cases.case import Action, Case, Change, Resolution
from streams.desk.cases.case import Status as Stage
from streams.desk.cases.command import Resolve, Snooze
from streams.desk.cases.lifecycle import Actor
from streams.desk.cases.policy import DAY_MS, Policy
from streams.testing.alerts import START_MS, alert

NOW = START_MS + 5_000
POLICY = Policy()
ANA = Actor("ana")


def take(case: Case | None, one: Alert, now: int = NOW, policy: Policy = POLICY) -> Change | None:
    """Take an alert as the desk does."""
    return intake.take(case, one, now, policy, number=7, team="payments")


def after(*alerts: Alert, case: Case | None = None) -> Case:
    """Return the case after these alerts."""
    for one in alerts:
        change = take(case, one)
        case = change.case if change is not None else case
    assert case is not None
    return case


def resolved(case: Case, now: int = NOW) -> Case:
    """Return the case as a person has resolved it."""
    change = lifecycle.apply(case, Resolve(), ANA, now, POLICY, lambda at, ms: at + ms)
    assert isinstance(change, Change)
    return change.case


def test_the_first_alert_that_fires_opens_a_case() -> None:
    """It has the number and the team that it was given, and one entry says why."""
    change = take(None, alert())
    assert change is not None
    case, entry = change.case, change.entry
    assert (case.number, case.team, case.person, case.status, case.severity) == (
        7, "payments", "customer-1", Stage.OPEN, "high",
    )  # fmt: skip
    assert (entry.action, entry.revision, entry.who, entry.detail["alert_id"]) == (Action.OPENED, 1, "machine", "a1")


@pytest.mark.parametrize(
    "one",
    [
        alert(status=Status.WATCHING),
        alert(status=Status.RECOVERED),
        alert(mode="shadow"),
        alert(mode="positive"),
    ],
    ids=["watched", "over before we knew", "shadow", "good news"],
)
def test_what_nobody_is_to_be_told_opens_nothing(one: Alert) -> None:
    """Only an alert that fires makes work."""
    assert take(None, one) is None


def test_all_alerts_of_a_person_are_one_case_with_the_worst_severity() -> None:
    """A second rule joins the first one's case."""
    case = after(alert("a1"), alert("a2", rule="late", severity="critical", moment="SMOT"))
    assert [each.alert_id for each in case.members] == ["a1", "a2"]
    assert (case.severity, case.moment, case.revision, case.ordinal) == ("critical", "SMOT", 2, 1)


@pytest.mark.parametrize("revision", [1, 2])
def test_a_revision_counts_once(revision: int) -> None:
    """The same one again, or an older one, changes nothing."""
    assert take(after(alert("a1", 2)), alert("a1", revision)) is None


@pytest.mark.parametrize(
    ("ends", "resolution"),
    [
        ((Status.RECOVERED,), Resolution.RECOVERED),
        ((Status.LOST,), Resolution.LOST),
        ((Status.EXPIRED,), Resolution.EXPIRED),
        ((Status.RETRACTED,), Resolution.RETRACTED),
        ((Status.RETRACTED, Status.RECOVERED), Resolution.RECOVERED),
        ((Status.RECOVERED, Status.LOST), Resolution.LOST),
    ],
)
def test_the_end_of_the_last_alert_closes_the_case_with_its_reason(
    ends: tuple[Status, ...], resolution: Resolution
) -> None:
    """While one is left the case stays open."""
    names = [f"a{number}" for number in range(len(ends))]
    case = after(*(alert(name) for name in names))
    for name, status in zip(names, ends, strict=True):
        assert not case.is_closed
        case = after(alert(name, 2, status, reason="why"), case=case)
    assert (case.is_closed, case.resolution, case.resolved_at) == (True, resolution, NOW)


def test_the_machine_keeps_what_people_wrote() -> None:
    """Assignee, tags and team survive every alert."""
    change = lifecycle.apply(after(alert()), Snooze(until=NOW + 1), ANA, NOW, POLICY, lambda at, ms: at + ms)
    assert isinstance(change, Change)
    before = change.case
    case = after(alert("a1", 2), case=before)
    assert (case.snoozed_until, case.team, case.touched, case.revision) == (NOW + 1, "payments", 2, 3)


def test_worse_news_wakes_a_snoozed_case() -> None:
    """A new alert, or a more severe one; an update of the same one does not."""
    change = lifecycle.apply(after(alert()), Snooze(until=NOW + 1), ANA, NOW, POLICY, lambda at, ms: at + ms)
    assert isinstance(change, Change)
    assert after(alert("a1", 2, severity="critical"), case=change.case).snoozed_until == 0
    assert after(alert("a2"), case=change.case).snoozed_until == 0
    assert after(alert("a1", 2), case=change.case).snoozed_until == NOW + 1


def test_proof_after_a_person_resolved_it_is_noted() -> None:
    """Resolved is a claim, recovered is proof."""
    case = resolved(after(alert()))
    assert case.recovered_at == 0
    case = after(alert("a1", 2, Status.RECOVERED), case=case)
    assert (case.resolution, case.recovered_at) == (Resolution.BY_PERSON, START_MS + 60_000)


@pytest.mark.parametrize(
    "again",
    [alert("a1", 3), alert("a2")],
    ids=["the same alert fires again", "the same rule fires again soon"],
)
def test_a_relapse_opens_the_same_case_again(again: Alert) -> None:
    """With nobody holding it, and with its trail."""
    closed = after(alert("a1"), alert("a1", 2, Status.RECOVERED))
    case = after(again, case=closed)
    assert (case.case_id, case.status, case.reopened, case.resolution, case.recovered_at) == (
        closed.case_id, Stage.REOPENED, 1, None, 0,
    )  # fmt: skip


@pytest.mark.parametrize("later", [{"rule": "late"}, {}], ids=["another rule", "long after"])
def test_other_trouble_opens_the_next_case(later: dict[str, Any]) -> None:
    """The ordinal counts on, so the id is another one."""
    closed = after(alert("a1"), alert("a1", 2, Status.RECOVERED))
    now = NOW if later else NOW + POLICY.relapse_ms + DAY_MS
    change = take(closed, alert("a9", **later), now)
    assert change is not None
    assert (change.case.ordinal, change.case.revision, change.case.case_id != closed.case_id) == (2, 1, True)


def test_an_update_of_an_alert_does_not_undo_what_a_person_resolved() -> None:
    """More of the same evidence is no relapse; a worse severity is."""
    case = resolved(after(alert()))
    assert after(alert("a1", 2), case=case).is_closed
    assert not after(alert("a1", 2, severity="critical"), case=case).is_closed


def test_a_case_has_a_bound() -> None:
    """The alerts that ended first are forgotten by the case, not by the store."""
    case = after(*(alert(f"a{number}", 2, Status.FIRING) for number in range(3)))
    policy = Policy(members=3)
    change = take(after(alert("a1", 3, Status.RECOVERED), case=case), alert("a9"), policy=policy)
    assert change is not None
    assert [each.alert_id for each in change.case.members] == ["a0", "a2", "a9"]


def test_who_has_no_customer_is_named_by_the_subject() -> None:
    """A blind source and a till are cases too."""
    assert intake.person_of(alert(customer="", subject="source://pos/3")) == "source://pos/3"
    assert intake.person_of(alert(customer="", rule="bad-buzz")) == "bad-buzz"
