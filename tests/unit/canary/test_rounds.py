"""What is heard of a round, and what is worth saying of it."""

import pytest

from streams.canary.rounds import MOST_EARLY, Change, Hearing, Outcome, Round, Stage, change
from streams.touchpoints import canary

ONE = Round("4f1d", "canary-7")
ACCEPTED, ALERT, NOTIFICATION = Stage
ALL = dict.fromkeys(Stage, 0.1)


def test_a_round_is_heard_stage_by_stage() -> None:
    """Each once, with its delay, in the order of the way."""
    hearing = Hearing(ONE.subject)
    assert hearing.accepted(0.01) == [ACCEPTED]
    assert hearing.alert(ONE.subject, "a1", 0.03) == [ALERT]
    assert not hearing.is_whole
    assert hearing.notice("a1", 0.08) == [NOTIFICATION]
    assert hearing.is_whole
    assert hearing.delays == {ACCEPTED: 0.01, ALERT: 0.03, NOTIFICATION: 0.08}


def test_what_is_said_twice_is_heard_once() -> None:
    """Alerts and notices come at least once; the first counts."""
    hearing = Hearing(ONE.subject)
    hearing.alert(ONE.subject, "a1", 1)
    hearing.notice("a1", 2)
    assert hearing.alert(ONE.subject, "a1", 3) == hearing.notice("a1", 4) == []
    assert hearing.delays == {ALERT: 1, NOTIFICATION: 2}


def test_a_notice_may_come_before_our_own_reading_of_the_alert() -> None:
    """Then it is heard with the alert, and keeps its own time."""
    hearing = Hearing(ONE.subject)
    assert hearing.notice("a1", 2) == []
    assert hearing.alert(ONE.subject, "a1", 3) == [ALERT, NOTIFICATION]
    assert hearing.delays == {ALERT: 3, NOTIFICATION: 2}


def test_what_is_of_another_round_is_not_heard() -> None:
    """Another canary on the same system, or the last round that comes late."""
    hearing = Hearing(ONE.subject)
    assert hearing.alert("round:other", "a0", 1) == hearing.notice("a0", 2) == []
    assert hearing.alert(ONE.subject, "a1", 3) == [ALERT]


def test_a_flood_of_notices_is_forgotten() -> None:
    """Whoever sends made-up ones fills no memory."""
    hearing = Hearing(ONE.subject)
    for number in range(MOST_EARLY + 1):
        hearing.notice(f"a{number}", 1)
    assert hearing.alert(ONE.subject, f"a{MOST_EARLY}", 2) == [ALERT]


def test_a_stage_that_nobody_asked_for_is_not_missed() -> None:
    """A round without the notice is whole without it."""
    hearing = Hearing(ONE.subject, (ACCEPTED, ALERT))
    hearing.accepted(1)
    hearing.alert(ONE.subject, "a1", 2)
    assert hearing.is_whole
    assert Outcome(hearing.delays, (ACCEPTED, ALERT)).missing is None


@pytest.mark.parametrize(
    ("heard", "missing"),
    [({}, ACCEPTED), ({ACCEPTED: 1.0}, ALERT), ({ACCEPTED: 1.0, NOTIFICATION: 2.0}, ALERT), (ALL, None)],
)
def test_the_first_stage_that_is_missing_is_the_culprit(heard: dict[Stage, float], missing: Stage | None) -> None:
    """Those behind it only follow from it."""
    assert Outcome(heard).missing is missing


@pytest.mark.parametrize(
    ("before", "after", "expected"),
    [
        (None, ALL, None),
        (None, {}, Change.LOST),
        (ALL, ALL, None),
        (ALL, {ACCEPTED: 1.0}, Change.LOST),
        ({ACCEPTED: 1.0}, {ACCEPTED: 2.0}, None),
        ({ACCEPTED: 1.0}, {}, Change.LOST),
        ({}, ALL, Change.BACK),
    ],
)
def test_only_what_changes_is_said(
    before: dict[Stage, float] | None, after: dict[Stage, float], expected: Change | None
) -> None:
    """One line when it is lost or lost elsewhere, one when it is back, and none in between."""
    assert change(Outcome(before) if before is not None else None, Outcome(after)) is expected


def test_what_is_sent_is_a_touchpoint_of_the_canary() -> None:
    """Sent again it is a duplicate; the two of a round are about one subject, that of no other round."""
    sang, rested = (ONE.touchpoint(kind, 1_790_000_000_000) for kind in (canary.SANG, canary.RESTED))
    assert sang["source"] == canary.SOURCE
    assert (sang["id"], rested["id"]) == ("4f1d-sang", "4f1d-rested")
    assert sang["subject"] == rested["subject"] != Round("4f1e", "canary-7").subject
