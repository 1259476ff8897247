"""Labels of a case and their matchers."""

import pytest

from streams.alerts.alert import Alert, Recent, Status
from streams.desk.cases.case import Case
from streams.desk.cases.case import Status as CaseStatus
from streams.desk.routing.labels import MOST_VALUES, Labels, MatcherError, is_matched, of_case, parse

LABELS: Labels = {"rule": ("late", "payment-failing"), "severity": ("high",), "store": ("madrid-014",)}


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ('rule="late"', True),
        ("rule=late", True),
        (' rule = "late" ', True),
        ('rule="lat"', False),
        ('rule!="late"', False),
        ('rule!="other"', True),
        ('rule=~"payment-.*"', True),
        ('rule=~"payment"', False),
        ('rule!~"payment-.*"', False),
        ('severity=~"high|critical"', True),
        ('till=""', True),
        ('till!=""', False),
        ('till=~".*"', True),
        ('store!=""', True),
    ],
)
def test_a_matcher_holds(text: str, expected: bool) -> None:
    """Of several values one is enough; a label that is not there is the empty text; a pattern means all of it."""
    assert is_matched([parse(text)], LABELS) is expected


def test_all_matchers_must_hold_and_none_always_do() -> None:
    """As in Alertmanager."""
    assert is_matched([], {})
    assert not is_matched([parse("rule=late"), parse("severity=low")], LABELS)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("rule", "is no matcher"),
        ("rule==a", "is no matcher"),
        ('rule="a', "is no matcher"),
        ("", "is no matcher"),
        ("customer=c1", "unknown label `customer`"),
        ('rule=~"a{2}"', "is no pattern"),
        (f'rule="{"a" * 201}"', "longer than 200"),
    ],
)
def test_what_is_no_matcher_is_refused(text: str, message: str) -> None:
    """With what to write instead."""
    with pytest.raises(MatcherError, match=message) as caught:
        parse(text)
    assert caught.value.remedy


@pytest.mark.parametrize("text", [r'rule="a \"b\" \\c"', 'rule=~"a|b"', 'tag!="x"', 'page!~"/a.*"'])
def test_a_matcher_is_written_as_it_was_read(text: str) -> None:
    """So that a silence can be shown and made again."""
    assert str(parse(text)) == text
    assert parse(str(parse(text))) == parse(text)


def alert(rule: str, status: Status, subject: str = "", recent: tuple[Recent, ...] = ()) -> Alert:
    """Return an alert of customer c1."""
    return Alert(
        alert_id=rule,
        revision=1,
        status=status,
        rule=rule,
        rule_version=1,
        moment="FMOT",
        severity="high",
        customer="c1",
        subject=subject,
        started_at=1,
        ended_at=0,
        detected_at=1,
        title={},
        advice={},
        recent=recent,
    )


CASE = Case(
    case_id="k1",
    number=1,
    person="c1",
    ordinal=1,
    revision=1,
    status=CaseStatus.OPEN,
    severity="critical",
    moment="FMOT",
    opened_at=1,
    changed_at=1,
    team="support",
    tags=("vip",),
)


def test_labels_come_from_case_and_open_alerts() -> None:
    """From what stands; tills say their store; nobody's name is a label."""
    recent = (Recent(1, "sale.completed", "//pos/madrid-014/till-3", "1"), Recent(2, "payment.failed", "//web", "2"))
    alerts = [alert("late", Status.FIRING, "campaign:spring", recent), alert("old", Status.RECOVERED, "carrier:x")]
    channels = {"sale.completed": "store", "payment.failed": "web"}
    assert of_case(CASE, alerts, channels, {"incident": ["7"]}) == {
        "rule": ("late",),
        "moment": ("FMOT",),
        "severity": ("critical",),
        "status": ("open",),
        "mode": ("live",),
        "team": ("support",),
        "store": ("madrid-014",),
        "till": ("//pos/madrid-014/till-3",),
        "channel": ("store", "web"),
        "campaign": ("spring",),
        "tag": ("vip",),
        "person": ("customer",),
        "incident": ("7",),
    }


def test_a_closed_case_has_the_labels_of_all_its_alerts() -> None:
    """So that a search for it finds something."""
    assert of_case(CASE, [alert("a", Status.LOST), alert("b", Status.RECOVERED)], {})["rule"] == ("a", "b")


def test_a_case_without_a_customer_says_what_it_is_about() -> None:
    """A till, a source, a place."""
    case = CASE.__class__(
        **{name: getattr(CASE, name) for name in CASE.__struct_fields__} | {"person": "till://pos/a/till-1"}
    )
    nobody = alert("till-broken", Status.FIRING, "till://pos/a/till-1").__class__
    one = alert("till-broken", Status.FIRING, "till://pos/a/till-1")
    crowd = nobody(**{name: getattr(one, name) for name in one.__struct_fields__} | {"customer": ""})
    labels = of_case(case, [crowd], {})
    assert (labels["person"], labels["store"], labels["till"]) == (("till",), ("a",), ("//pos/a/till-1",))


def test_values_of_a_label_are_bounded() -> None:
    """The first of the alphabet stay."""
    alerts = [alert(f"rule-{number:03}", Status.FIRING) for number in range(MOST_VALUES + 10)]
    found = of_case(CASE, alerts, {})["rule"]
    assert len(found) == MOST_VALUES
    assert found[0] == "rule-000"
