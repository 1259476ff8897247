from collections.abc import Iterable

import pytest

from streams.alerts.alert import Alert, Status
from streams.backtest.labels import ALL_RULES, Lead, Score, read, score
from streams.errors import LoadError
from streams.touchpoints.label import BAD, FINE, Label

HOUR = 3_600_000


def alert(
    rule: str,
    customer: str,
    subject: str = "",
    hour: int = 0,
    status: Status = Status.FIRING,
    alert_id: str = "",
    revision: int = 1,
) -> Alert:
    """Return an alert of which only what is matched matters."""
    return Alert(
        alert_id=alert_id or f"{rule}/{customer}/{subject}/{hour}",
        revision=revision,
        status=status,
        rule=rule,
        rule_version=1,
        moment="SMOT",
        severity="high",
        customer=customer,
        subject=subject,
        started_at=hour * HOUR,
        ended_at=0,
        detected_at=hour * HOUR,
        title={},
        advice={},
    )


def label(customer: str, subject: str, hour: int, digit: int) -> Label:
    """Return a label by the hour."""
    return Label(customer, subject, hour * HOUR, digit)


def counts(alerts: Iterable[Alert], labels: list[Label], rule: str = ALL_RULES) -> tuple[int, int, int, int]:
    """Return true positives, false positives, false negatives and unlabelled alerts."""
    found = score(alerts, labels)[rule]
    return found.true_positives, found.false_positives, found.false_negatives, found.unlabelled


def test_a_whole_table_is_scored_by_rule_and_in_all() -> None:
    """Two rules over five labels give exactly these figures, alone and together."""
    labels = [
        label("ana", "order:1", 100, BAD),
        label("ben", "order:2", 100, BAD),
        label("cid", "order:3", 100, FINE),
        label("dan", "order:4", 100, FINE),
        label("eva", "order:5", 100, BAD),
    ]
    alerts = [
        alert("late", "ana", "order:1", hour=40),
        alert("late", "ben", "order:2", hour=110),
        alert("late", "cid", "order:3", hour=50),
        alert("score", "ana", "order:1", hour=100),
        alert("score", "zoe", "order:9", hour=1),
    ]
    assert score(alerts, labels) == {
        "late": Score(2, 1, 1, 0.6667, 0.6667, 1, Lead(-3.0, 25.0, 53.0), 0),
        "score": Score(1, 0, 2, 1.0, 0.3333, 0, Lead(0.0, 0.0, 0.0), 1),
        "all": Score(2, 1, 1, 0.6667, 0.6667, 1, Lead(-3.0, 25.0, 53.0), 1),
    }


def test_nothing_to_measure_is_said_and_not_made_up() -> None:
    """Without alerts precision is unknown, without bad labels recall is."""
    assert score([], []) == {"all": Score(0, 0, 0, None, None, 0, None, 0)}
    assert score([], [label("ana", "", 1, BAD)]) == {"all": Score(0, 0, 1, None, 0.0, 0, None, 0)}


def test_another_subject_is_another_experience() -> None:
    """An alert on one order says nothing about another order of the same customer."""
    assert counts([alert("late", "ana", "order:2")], [label("ana", "order:1", 1, BAD)]) == (0, 0, 1, 1)


def test_a_missing_subject_matches_any() -> None:
    """Where the alert or the label is about the customer as such, the customer decides."""
    labels = [label("ana", "order:1", 1, BAD), label("ben", "", 1, BAD)]
    assert counts([alert("late", "ana"), alert("late", "ben", "order:2")], labels) == (2, 0, 0, 0)


def test_an_alert_that_meets_a_bad_label_is_right_whatever_else_it_meets() -> None:
    """An alert about the customer as such is not wrong because another order of theirs went well."""
    labels = [label("ana", "order:1", 1, FINE), label("ana", "order:2", 2, BAD), label("ana", "order:3", 3, BAD)]
    assert counts([alert("repeat", "ana")], labels) == (2, 0, 0, 0)


def test_a_false_alert_is_charged_once_to_the_nearest_label() -> None:
    """Several false alerts on one good order are one mistake; on two orders they are two."""
    labels = [label("ana", "order:1", 10, FINE), label("ana", "order:2", 50, FINE)]
    near_the_first = [alert("late", "ana", hour=9), alert("late", "ana", "order:1", hour=30)]
    assert counts(near_the_first, labels) == (0, 1, 0, 0)
    assert counts([*near_the_first, alert("late", "ana", hour=49)], labels) == (0, 2, 0, 0)


def test_a_bad_label_is_found_once_and_the_first_alert_gives_the_lead() -> None:
    """Ten alerts on one bad order are one true positive, decided when the first of them started."""
    labels = [label("ana", "order:1", 24, BAD)]
    alerts = [alert("late", "ana", "order:1", hour) for hour in range(30, 10, -2)]
    assert score(alerts, labels)["late"] == Score(1, 0, 0, 1.0, 1.0, 1, Lead(12.0, 12.0, 12.0), 0)


@pytest.mark.parametrize("status", [Status.RETRACTED, Status.WATCHING])
def test_what_was_taken_back_or_never_said_does_not_count(status: Status) -> None:
    """The last revision decides, in whatever order the revisions come."""
    revisions = [alert("late", "ana", status=status, alert_id="a", revision=2), alert("late", "ana", alert_id="a")]
    assert counts(revisions, [label("ana", "", 1, FINE)]) == (0, 0, 0, 0)
    assert counts(reversed(revisions), [label("ana", "", 1, BAD)]) == (0, 0, 1, 0)


@pytest.mark.parametrize("status", [Status.RECOVERED, Status.LOST, Status.EXPIRED])
def test_what_ended_was_still_said(status: Status) -> None:
    """An alert that fired and ended counts as much as one that is open."""
    assert counts([alert("late", "ana", status=status)], [label("ana", "", 1, BAD)]) == (1, 0, 0, 0)


def test_equal_labels_are_two_experiences() -> None:
    """Two reviews of one order in the same second are two labels."""
    assert counts([alert("late", "ana")], [label("ana", "", 1, BAD), label("ana", "", 1, BAD)]) == (2, 0, 0, 0)


def test_quantiles_are_linear_between_members() -> None:
    """Leads of 0, 10, ... 100 hours have their tenth, half and nine tenths at 10, 50 and 90."""
    labels = [label(f"c{number}", "", 100, BAD) for number in range(11)]
    alerts = [alert("late", f"c{number}", hour=100 - 10 * number) for number in range(11)]
    assert score(alerts, labels)["all"].lead_time_hours == Lead(10.0, 50.0, 90.0)


def test_a_labels_file_may_have_its_columns_in_any_order_and_more_of_them() -> None:
    """Names, not places, tell the columns; any offset of the time is understood."""
    lines = [
        "label,time,note,customer,subject",
        "1,1970-01-01T02:00:00+01:00,x,ana,order:1",
        "",
        "0,1970-01-01T00:00:00Z,,b,",
    ]
    assert read(lines, "l.csv") == [Label("ana", "order:1", HOUR, BAD), Label("b", "", 0, FINE)]


@pytest.mark.parametrize(
    ("lines", "message"),
    [
        ([], "l.csv:1:1: the header lacks `customer`, `subject`, `time`, `label`"),
        (["customer,subject,when,label"], "l.csv:1:1: the header lacks `time`"),
        (["customer,subject,time,label", "a,b"], "l.csv:2:1: the row has 2 cells"),
        (["customer,subject,time,label", ",b,1970-01-01T00:00:00Z,1"], "l.csv:2:1: the customer is empty"),
        (["customer,subject,time,label", "a,b,1970-01-01 00:00,1"], "l.csv:2:3: `1970-01-01 00:00` is not a time"),
        (["customer,subject,time,label", "a,b,1970-01-01T00:00:00Z,yes"], "l.csv:2:4: `yes` is not a label"),
    ],
)
def test_a_mistake_in_a_labels_file_has_its_line_and_column(lines: list[str], message: str) -> None:
    """What a person has to mend is named with its place and the remedy."""
    with pytest.raises(LoadError) as caught:
        read(lines, "l.csv")
    assert str(caught.value).startswith(message)
    assert all(finding.remedy for finding in caught.value.findings)


def test_all_mistakes_of_a_labels_file_are_told_at_once() -> None:
    """A file is mended in one go, but a wholly wrong one does not fill the screen."""
    with pytest.raises(LoadError) as caught:
        read(["customer,subject,time,label", *["a,b,never,1"] * 100], "l.csv")
    assert [finding.line for finding in caught.value.findings] == list(range(2, 22))
