"""Two sets of rules over the same touchpoints: what is gained, lost and changed, and when that is worse."""

from typing import Any, Final

import msgspec
import pytest

from streams.alerts.alert import Alert, Status
from streams.backtest.compare import Comparison, Load, Thresholds, compare, worse
from streams.errors import UsageError
from streams.rules.model import Moment, Rule, Seen, Selector, Severity
from streams.touchpoints.label import Label

HOUR: Final = 3_600_000
RULES: Final = tuple(
    Rule(id=name, moment=Moment.SMOT, severity=Severity.LOW, when=Seen(Selector(())), title={}, advice={}, owner=owner)
    for name, owner in (("late", "logistics"), ("rude", "support"))
)
LATE: Final = Alert(
    "1", 1, Status.FIRING, "late", 1, "SMOT", "low", "c1", "order:1", 10 * HOUR, 0, 10 * HOUR, {"en": "Late"}, {}
)


def but(**fields: Any) -> Alert:
    """Return the late alert with other fields."""
    return msgspec.structs.replace(LATE, **fields)


def compared(old: list[Alert], new: list[Alert], labels: list[Label] | None = None, hours: float = 10) -> Comparison:
    """Compare two lists of alerts."""
    return compare((old, RULES), (new, RULES), labels, hours)


def kinds(old: list[Alert], new: list[Alert]) -> list[tuple[str, tuple[str, ...]]]:
    """Return kind and fields of every difference."""
    return [(each.kind, each.fields) for each in compared(old, new).differences]


def test_the_same_alert_is_no_difference_whatever_its_id_and_words() -> None:
    """A new id, version, title or time of detection changes nothing for the customer."""
    assert kinds([LATE], [but(alert_id="2", rule_version=2, title={"en": "Slow"}, detected_at=0, revision=3)]) == []


def test_an_alert_of_one_side_is_gained_or_lost() -> None:
    """Another customer, subject or rule is another alert, and so is one after the first has ended."""
    over = but(ended_at=11 * HOUR, status=Status.RECOVERED)
    later = but(started_at=12 * HOUR, alert_id="2")
    assert kinds([], [LATE]) == [("gained", ())]
    assert kinds([LATE], []) == [("lost", ())]
    assert kinds([over], [over, later]) == [("gained", ())]
    assert kinds([over], [later]) == [("lost", ()), ("gained", ())]
    assert kinds([LATE], [but(customer="c2")]) == [("lost", ()), ("gained", ())]


def test_an_episode_that_overlaps_has_changed() -> None:
    """Earlier, shorter or more severe is the same trouble seen otherwise."""
    assert kinds([LATE], [but(started_at=9 * HOUR, severity="high")]) == [("changed", ("started_at", "severity"))]
    ended = but(status=Status.RECOVERED, ended_at=12 * HOUR)
    assert kinds([LATE], [ended]) == [("changed", ("ended_at", "status"))]


def test_one_more_episode_before_it_moves_the_ids_and_is_the_only_gain() -> None:
    """Episodes are counted, so the ids of all that follow are others."""
    first = but(started_at=1 * HOUR, ended_at=2 * HOUR, status=Status.RECOVERED)
    assert kinds([LATE], [first, but(alert_id="2")]) == [("gained", ())]


def test_retracted_and_watching_alerts_do_not_count() -> None:
    """Nobody was paged for them."""
    assert kinds([LATE], [LATE, but(status=Status.RETRACTED, customer="c2")]) == []
    assert kinds([LATE], [but(status=Status.WATCHING)]) == [("lost", ())]


def test_teams_have_their_live_alerts_by_the_hour() -> None:
    """Shadow alerts are nobody's work; the busiest hour is one of the clock."""
    alerts = [LATE, but(customer="c2", started_at=10 * HOUR + 5), but(customer="c3", started_at=0)]
    alerts += [but(rule="rude"), but(customer="c4", mode="shadow")]
    teams = compared([], alerts).new.teams
    assert teams == {"logistics": Load(3, 0.3, 2), "support": Load(1, 0.1, 1)}


def test_labels_give_both_sides_their_worth() -> None:
    """The same labels for both."""
    labels = [Label("c1", "", 12 * HOUR, 1), Label("c2", "", 12 * HOUR, 0)]
    found = compared([LATE], [LATE, but(customer="c2", alert_id="2")], labels)
    assert (found.old.scores["all"].precision, found.new.scores["all"].precision) == (1.0, 0.5)
    assert worse(found, Thresholds(least_precision=0.5, least_recall=1.0)) == []
    assert worse(found, Thresholds(least_precision=0.6)) == ["precision 0.500, less than 0.6"]


@pytest.mark.parametrize(
    ("thresholds", "reasons"),
    [
        (Thresholds(), []),
        (Thresholds(most_lost=1, most_gained=2, most_per_hour=0.2), []),
        (Thresholds(most_lost=0), ["1 alerts lost, more than 0"]),
        (Thresholds(most_gained=1), ["2 alerts gained, more than 1"]),
        (Thresholds(most_per_hour=0.1), ["0.2 alerts an hour for logistics, more than 0.1"]),
    ],
)
def test_thresholds_say_what_is_worse(thresholds: Thresholds, reasons: list[str]) -> None:
    """At the threshold is still allowed."""
    assert worse(compared([LATE], [but(customer="c2"), but(customer="c3")]), thresholds) == reasons


def test_a_share_nobody_can_know_is_not_enough() -> None:
    """Without an alert that matches a label there is no precision; without labels the threshold is a mistake."""
    assert worse(compared([], [], []), Thresholds(least_precision=0.1)) == ["precision unknown, less than 0.1"]
    with pytest.raises(UsageError, match="--min-recall"):
        worse(compared([], []), Thresholds(least_recall=0.1))
