import pytest

from streams.alerts.alert import Alert, Status
from streams.demo.tally import RuleCount, Tally


def alert(name: str, status: Status, rule: str = "delivery-late", moment: str = "SMOT", revision: int = 1) -> Alert:
    """Return an alert that matters only by these."""
    return Alert(name, revision, status, rule, 1, moment, "high", "c1", "", 0, 0, 0, {}, {})


@pytest.fixture
def tally() -> Tally:
    """Nothing counted yet."""
    return Tally()


def test_only_news_is_told(tally: Tally) -> None:
    """An alert is news when it is new, and when it stands otherwise than before."""
    assert tally.add_alert(alert("a", Status.FIRING))
    assert not tally.add_alert(alert("a", Status.FIRING, revision=2))
    assert tally.add_alert(alert("a", Status.RECOVERED, revision=3))
    assert tally.statuses() == {"recovered": 1}


def test_an_alert_counts_once_and_a_retracted_one_not_at_all(tally: Tally) -> None:
    """As in `backtest`; how many were retracted is still told."""
    for name, status in (("a", Status.FIRING), ("a", Status.LOST), ("b", Status.FIRING), ("b", Status.RETRACTED)):
        tally.add_alert(alert(name, status))
    assert tally.alerts == 1
    assert tally.moments() == {"SMOT": 1}
    assert tally.rules() == {"delivery-late": RuleCount("SMOT", 1, {"lost": 1, "retracted": 1})}


def test_rules_come_in_the_order_of_the_moments(tally: Tally) -> None:
    """Research first, sharing last, whatever came first."""
    for rule, moment in (("public", "TMOT"), ("late", "SMOT"), ("search", "ZMOT"), ("payment", "FMOT")):
        tally.add_alert(alert(rule, Status.FIRING, rule, moment))
    assert list(tally.rules()) == ["search", "payment", "late", "public"]
    assert list(tally.moments()) == ["ZMOT", "FMOT", "SMOT", "TMOT"]


def test_journeys_are_those_that_have_a_record(tally: Tally) -> None:
    """A tombstone takes a journey away, a second record adds none."""
    for key, is_deleted in ((b"a", False), (b"b", False), (b"a", False), (b"b", True)):
        tally.add_journey(key, is_deleted=is_deleted)
    assert tally.journeys == 1
    assert tally.seen == 4
