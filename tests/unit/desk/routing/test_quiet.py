"""Calendars that must agree before anybody is told, and what severities ask for."""

from datetime import datetime

import pytest

from streams.codec import calendars
from streams.desk.routing.quiet import QuietPolicy, Urgency, closing, first_open, is_fresh
from streams.documents import read
from streams.rules.fields import Findings
from streams.touchpoints.calendar import Calendar

TEXT = """
office: {time_zone: Europe/Madrid, open: {mon-fri: "09:00-18:00"}}
saturday: {time_zone: Europe/Madrid, open: {sat: "10:00-14:00"}}
night: {time_zone: Europe/Madrid, open: {mon-sun: "00:00-10:00, 22:00-24:00"}}
always: {time_zone: Europe/Madrid, open: {mon-sun: "00:00-24:00"}}
"""


def ms(text: str) -> int:
    """Return an instant in ms."""
    return int(datetime.fromisoformat(text).timestamp()) * 1000


@pytest.fixture(scope="module")
def known() -> dict[str, Calendar]:
    """Return the calendars of the text above."""
    findings, node = Findings("f"), read(TEXT, "f")
    assert node is not None
    return dict(calendars.read(node, findings))


@pytest.mark.parametrize(
    ("at", "active", "mute", "hours", "expected"),
    [
        ("2026-03-02T08:00:00+01:00", [], [], "", "2026-03-02T08:00:00+01:00"),
        ("2026-03-02T08:00:00+01:00", [], [], "office", "2026-03-02T09:00:00+01:00"),
        ("2026-03-02T08:00:00+01:00", [], ["night"], "office", "2026-03-02T10:00:00+01:00"),
        ("2026-03-06T18:00:00+01:00", [], [], "office", "2026-03-09T09:00:00+01:00"),
        ("2026-03-06T18:00:00+01:00", ["office", "saturday"], [], "", "2026-03-07T10:00:00+01:00"),
        ("2026-03-06T18:00:00+01:00", ["saturday"], ["night"], "", "2026-03-07T10:00:00+01:00"),
        ("2026-03-27T18:00:00+01:00", [], [], "office", "2026-03-30T09:00:00+02:00"),  # summer begins in between
    ],
)
def test_the_first_instant_at_which_all_agree(
    known: dict[str, Calendar], at: str, active: list[str], mute: list[str], hours: str, expected: str
) -> None:
    """One of the active ones and the working hours are open, and no mute one is."""
    found = first_open(
        ms(at), active=[known[name] for name in active], mute=[known[name] for name in mute], hours=known.get(hours)
    )
    assert found == ms(expected)


def test_calendars_that_never_agree_are_told_apart_from_a_long_wait(known: dict[str, Calendar]) -> None:
    """There is no such instant."""
    now = ms("2026-03-02T08:00:00+01:00")
    assert first_open(now, active=[known["office"]], mute=[known["always"]], hours=None) is None
    assert first_open(now, active=[known["saturday"]], mute=[], hours=known["office"]) is None


def test_when_an_open_calendar_closes(known: dict[str, Calendar]) -> None:
    """The end of the hours that it is in; midnight between two ranges is none."""
    assert closing(known["office"], ms("2026-03-02T09:00:00+01:00")) == ms("2026-03-02T18:00:00+01:00")
    assert closing(known["night"], ms("2026-03-02T23:00:00+01:00")) == ms("2026-03-03T10:00:00+01:00")


def test_old_news_is_what_began_before_the_horizon() -> None:
    """Seen from when it was detected."""
    assert is_fresh(1_000, 2_000, 1_000)
    assert not is_fresh(1_000, 2_001, 1_000)


def test_an_unknown_severity_is_taken_for_the_worst() -> None:
    """Rather a page too many than a case lost."""
    assert [QuietPolicy().of(each) for each in ("low", "medium", "high", "critical", "?")] == [
        Urgency.DIGEST,
        Urgency.QUEUE,
        Urgency.HOURS,
        Urgency.PAGE,
        Urgency.PAGE,
    ]
