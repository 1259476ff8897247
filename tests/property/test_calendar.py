"""Working time against a walk from minute to minute, over the days on which the clock is put forward and back."""

from datetime import UTC, date, datetime, timedelta
from typing import Final
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from streams import documents
from streams.codec import calendars
from streams.rules.fields import Findings
from streams.touchpoints.calendar import (
    DAY_MS,
    LAST_YEAR,
    Calendar,
    Working,
    after,
    earlier,
    is_open,
    later,
    next_opening,
)

MINUTE_MS: Final = 60_000
ZONES: Final = ("Europe/Madrid", "America/New_York", "Australia/Lord_Howe", "Asia/Kolkata", "UTC")
CHRISTMAS: Final = date(2026, 12, 25)
# Around both changes of the clock, a holiday, and a plain week.
STARTS: Final = tuple(
    datetime(*day, tzinfo=UTC)
    for day in ((2026, 3, 27), (2026, 10, 23), (2026, 12, 23), (2026, 6, 1), (2026, 3, 6), (2026, 10, 30), (2026, 4, 3))
)
HOURS: Final = (
    ((540, 1080),),
    ((540, 840), (960, 1140)),
    ((0, 1440),),
    ((90, 150),),  # where clocks change at night
    ((0, 150), (165, 1440)),
    (),
)
TEXT: Final = "{{a: {{time_zone: {zone}, open: {{{opens}}}, holidays: {{dates: [{closed}]}}}}}}"
CALENDARS: Final = st.builds(
    lambda zone, hours: (zone, hours),
    st.sampled_from(ZONES),
    st.lists(st.sampled_from(HOURS), min_size=7, max_size=7).filter(any),
)
Week = list[tuple[tuple[int, int], ...]]


def clock(minute: int) -> str:
    """Return a minute of the day as a calendar file says it."""
    return f"{minute // 60:02}:{minute % 60:02}"


def made(zone: str, week: Week) -> Calendar:
    """Return the calendar of these hours, read from the text that a person would write."""
    said = [
        f'{day}: "{", ".join(f"{clock(a)}-{clock(b)}" for a, b in ranges)}"'
        for day, ranges in zip(calendars.WEEKDAYS, week, strict=True)
        if ranges
    ]
    node = documents.read(TEXT.format(zone=zone, opens=", ".join(said), closed=CHRISTMAS), "own.yaml")
    findings = Findings("own.yaml")
    assert node is not None
    found = calendars.read(node, findings)
    findings.raise_any()
    return found["a"]


class Walk:
    """The obvious way: look at the wall clock once a minute."""

    def __init__(self, zone: str, week: Week) -> None:
        """Remember the hours."""
        self._zone, self._week = ZoneInfo(zone), week

    def ranges(self, day: date) -> tuple[tuple[int, int], ...]:
        """Return the hours of a local date."""
        return () if day == CHRISTMAS else self._week[day.weekday()]

    def is_open(self, at: datetime) -> bool:
        """Return whether it is open in the minute that begins now."""
        local = at.astimezone(self._zone)
        minute = local.hour * 60 + local.minute
        return any(opens <= minute < closes for opens, closes in self.ranges(local.date()))

    def after_open(self, at: datetime, minutes: int) -> datetime:
        """Return when so many open minutes are over."""
        while minutes:
            minutes -= self.is_open(at)
            at += timedelta(minutes=1)
        return at

    def after_days(self, at: datetime, days: int) -> datetime:
        """Return the last closing of the nth working day after this one."""
        day = at.astimezone(self._zone).date()
        while days:
            day += timedelta(days=1)
            days -= bool(self.ranges(day))
        minute = datetime(day.year, day.month, day.day, tzinfo=UTC) + timedelta(days=2)
        while minute.astimezone(self._zone).date() != day or not self.is_open(minute):
            minute -= timedelta(minutes=1)
        return minute + timedelta(minutes=1)


def ms(at: datetime) -> int:
    """Return ms since the epoch."""
    return int(at.timestamp()) * 1000


@settings(deadline=None, max_examples=150)
@given(CALENDARS, st.sampled_from(STARTS), st.integers(0, 5 * 1440), st.integers(1, 2000))
def test_open_time_is_what_a_walk_counts(chosen: tuple[str, Week], start: datetime, minutes: int, length: int) -> None:
    """Whatever the hours, the zone and the changes of its clock."""
    calendar, walk, at = made(*chosen), Walk(*chosen), start + timedelta(minutes=minutes)
    assert is_open(calendar, ms(at)) == walk.is_open(at)
    due = walk.after_open(at, length)
    working = Working(calendar, open_ms=length * MINUTE_MS)
    assert later(ms(at), 1, working) == after(ms(at), working) == ms(due)
    begun = earlier(ms(due), 1, working)
    assert begun <= ms(at)
    assert after(begun, working) == ms(due)
    opening = at
    while not walk.is_open(opening):
        opening += timedelta(minutes=1)
    assert next_opening(calendar, ms(at)) == ms(opening)


@settings(deadline=None, max_examples=100)
@given(CALENDARS, st.sampled_from(STARTS), st.integers(0, 5 * 1440), st.integers(1, 12))
def test_working_days_are_what_a_calendar_on_the_wall_counts(
    chosen: tuple[str, Week], start: datetime, minutes: int, days: int
) -> None:
    """The day itself does not count; the last one counts to its closing."""
    zone, week = chosen
    week = [() if ranges == HOURS[3] else ranges for ranges in week]  # hours that a change of the clock may swallow
    if not any(week):
        week[0] = HOURS[0]
    calendar, walk, at = made(zone, week), Walk(zone, week), start + timedelta(minutes=minutes)
    working = Working(calendar, days=days)
    assert after(ms(at), working) == ms(walk.after_days(at, days))
    begun = earlier(after(ms(at), working), 1, working)
    assert begun <= ms(at)
    assert after(begun, working) == after(ms(at), working)


@pytest.mark.parametrize("days", [0, 1, 400])
def test_beyond_its_years_a_calendar_is_always_open(days: int) -> None:
    """So a deadline always comes, and nothing is held back for ever."""
    calendar = made("Europe/Madrid", [HOURS[0], *[()] * 6])
    at = ms(datetime(LAST_YEAR + 1, 1, 3, tzinfo=UTC)) + days * DAY_MS
    assert is_open(calendar, at)
    assert next_opening(calendar, at) == at
    assert after(at, Working(calendar, open_ms=90 * DAY_MS)) == at + 90 * DAY_MS
    assert after(at, Working(calendar, days=3)) == at + 3 * DAY_MS
    assert earlier(at + 3 * DAY_MS, 1, Working(calendar, days=3)) == at
