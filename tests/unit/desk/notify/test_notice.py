"""What a notice may hold, and its key."""

import msgspec
import pytest

from streams.alerts.alert import Alert, AlertPromise, Evidence, Recent, Status
from streams.desk.cases.case import Case, Member
from streams.desk.cases.case import Status as CaseStatus
from streams.desk.notify import alertmanager, pagerduty, template, texts, webhook
from streams.desk.notify.notice import About, Kind, Notice, dedup_key, delivery_id, of_case
from tests.unit.desk.notify.notices import LINKS, NOON, notice

PERSONAL = "jane.doe+secret@example.com"


def alert() -> Alert:
    """Return an alert that is personal wherever it can be."""
    return Alert(
        alert_id="a1", revision=3, status=Status.FIRING, rule="payment-keeps-failing", rule_version=1, moment="FMOT",
        severity="critical", customer=PERSONAL, subject=PERSONAL, started_at=NOON, ended_at=0, detected_at=NOON,
        title={"en": "Payment keeps failing", "es": "El pago falla"}, advice={"en": PERSONAL},
        evidence=(Evidence(PERSONAL, 3, 3, (PERSONAL,)),), recent=(Recent(NOON, "payment.failed", "web", PERSONAL),),
        promises=(AlertPromise("refund", PERSONAL, NOON, NOON, "open"),), tried=(PERSONAL,), reason=PERSONAL,
    )  # fmt: skip


def case(of: Alert) -> Case:
    """Return the case of an alert."""
    member = Member(of.alert_id, of.revision, of.status, of.severity, of.rule, of.moment)
    return Case(
        case_id="0a", number=12, person=of.customer, ordinal=1, revision=4, status=CaseStatus.OPEN, severity="critical",
        moment="FMOT", opened_at=NOON, changed_at=NOON, members=(member, member), assignee=PERSONAL, tags=(PERSONAL,),
    )  # fmt: skip


def test_nothing_personal_of_an_alert_gets_into_a_notice_or_its_messages() -> None:
    """Customer, subject, evidence, promises and reasons stay inside, whatever the channel says."""
    found = alert()
    told = of_case(case(found), "store-team", Kind.OPENED, at=NOON, link="https://desk.example/c/0a", title=found.title)
    ticket = template.read(template.FOLDER / "zendesk.json")
    said = [
        msgspec.json.encode(told).decode(),
        texts.headline(told) + texts.body(told),
        str(webhook.document(told)),
        str(pagerduty.event(told)),
        str(alertmanager.alert(told, alertmanager.labels_of(told), NOON)),
        str(template.values(told, ticket)),
        LINKS.acknowledge(told),
    ]
    assert [text for text in said if "jane" in text or "secret" in text] == []
    assert "Payment keeps failing" in said[0]


def test_a_notice_has_no_field_for_more() -> None:
    """Whoever adds a field here has to ask what it could carry."""
    assert set(Notice.__struct_fields__) == {
        "dedup_key", "receiver", "about", "kind", "revision", "number", "at", "opened_at", "severity", "moment", "link",
        "title", "case_id", "language", "counts", "instead_of",
    }  # fmt: skip


def test_a_case_is_told_with_its_figures() -> None:
    """Number, revision, severity and moment are those of the case; two alerts are counted."""
    told = of_case(case(alert()), "store-team", Kind.WORSE, at=NOON + 5, link="https://d/c", title={"en": "T"})
    assert (told.number, told.revision, told.severity, told.moment, told.at) == (12, 4, "critical", "FMOT", NOON + 5)
    assert told.counts == {"alerts": 2}


def test_the_key_is_the_same_for_the_whole_life_of_a_case() -> None:
    """It depends on case and receiver, on nothing that changes."""
    first = of_case(case(alert()), "store-team", Kind.OPENED, at=NOON, link="https://d/c", title={"en": "A"})
    worse = msgspec.structs.replace(
        case(alert()), revision=9, severity="low", moment="TMOT", status=CaseStatus.REOPENED
    )
    later = of_case(worse, "store-team", Kind.RESOLVED, at=NOON + 9, link="https://d/x", title={"en": "B"})
    assert first.dedup_key == later.dedup_key == dedup_key(About.CASE, "0a", "store-team")


@pytest.mark.parametrize(
    "other",
    [(About.CASE, "0a", "web-team"), (About.CASE, "0b", "store-team"), (About.INCIDENT, "0a", "store-team")],
)
def test_another_case_or_receiver_has_another_key(other: tuple[About, str, str]) -> None:
    """Keys never meet, and fit the shortest field that has to hold one."""
    assert dedup_key(*other) != dedup_key(About.CASE, "0a", "store-team")
    assert len(dedup_key(About.DIGEST, "x" * 1_000, "y" * 1_000)) == 31


def test_a_delivery_is_the_same_when_it_is_sent_again() -> None:
    """Its id changes with what is said, not with when it is sent."""
    assert delivery_id(notice()) == delivery_id(notice())
    assert delivery_id(notice()) != delivery_id(notice(revision=2))
    assert delivery_id(notice()) != delivery_id(notice(kind=Kind.ESCALATED))
