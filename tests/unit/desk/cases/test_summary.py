"""What a queue shows of a case without opening it."""

from streams.alerts.alert import Recent, Status
from streams.desk.cases import intake
from streams.desk.cases.case import Case
from streams.desk.cases.policy import HOUR_MS, Policy
from streams.desk.cases.summary import Summary, summarise
from streams.testing.alerts import START_MS, alert

POLICY = Policy()


def case() -> Case:
    """Return a case."""
    change = intake.take(None, alert(), START_MS, POLICY, number=1, team="support")
    assert change is not None
    return change.case


def test_the_worst_open_alert_gives_the_title_and_the_first_to_be_lost_the_time() -> None:
    """What the rule says of the time comes before what the policy says of the severity."""
    known = [
        alert("a1", severity="high", title={"en": "High"}),
        alert("a2", severity="critical", rule="late", title={"en": "Critical"}, started_at=START_MS + HOUR_MS),
        alert("a3", status=Status.RECOVERED, severity="critical", title={"en": "Over"}),
    ]
    found = summarise(case(), known, POLICY, {"late": 2 * HOUR_MS}, 50.0)
    assert (found.title, found.rules, found.open_alerts, found.due_at, found.value) == (
        {"en": "Critical"}, ("payment-failing", "late"), 2, START_MS + 3 * HOUR_MS, 50.0,
    )  # fmt: skip


def test_where_nothing_is_open_what_was_is_shown() -> None:
    """And stores are remembered for those who see only theirs."""
    till = Recent(START_MS, "sale.voided", "//pos/17/2", "t")
    found = summarise(case(), [alert(status=Status.LOST, recent=(till,))], POLICY, {})
    assert (found.open_alerts, found.title["en"], found.places) == (0, "Payment keeps failing", ("17",))


def test_a_case_whose_alerts_are_not_back_yet_shows_nothing() -> None:
    """After a lost database, for a moment."""
    assert summarise(case(), [], POLICY, {}) == Summary()


def test_a_till_is_nobody_to_be_masked() -> None:
    """Only customers are."""
    assert not summarise(case(), [alert(customer="", subject="till://pos/17/2")], POLICY, {}).has_customer
