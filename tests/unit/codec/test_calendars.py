"""Calendars in vocabulary files: what they say, and what is wrong with them."""

import subprocess
import sys
from datetime import UTC, datetime

import pytest

from streams.codec.vocabulary import load, shipped
from streams.errors import LoadError
from streams.settings.places import SCHEMAS
from streams.touchpoints.calendar import Calendar, Working, after, is_open, next_opening
from streams.touchpoints.vocabulary import Due

TYPES = "types: {message.received: chat SMOT chat 0, message.sent: chat SMOT chat 0}\n"
MADRID = (
    'calendars: {support-es: {time_zone: Europe/Madrid, open: {mon-fri: "09:00-14:00, 16:00-19:00", '
    'sat: "10:00-14:00"}, holidays: {country: ES, subdivision: MD, dates: [2026-12-24]}}}\n'
)
HOUR_MS = 3_600_000


def ms(text: str) -> int:
    """Return an instant in ms."""
    return int(datetime.fromisoformat(text).timestamp()) * 1000


def support() -> Calendar:
    """Return the calendar of support."""
    return load(MADRID, "own.yaml").calendars["support-es"]


@pytest.mark.parametrize(
    ("at", "expected"),
    [
        ("2026-01-05T09:00:00+01:00", True),
        ("2026-01-05T08:59:59+01:00", False),
        ("2026-01-05T14:00:00+01:00", False),
        ("2026-01-05T16:30:00+01:00", True),
        ("2026-07-06T09:00:00+02:00", True),
        ("2026-01-10T13:00:00+01:00", True),
        ("2026-01-11T13:00:00+01:00", False),
        ("2026-01-06T10:00:00+01:00", False),  # Epiphany
        ("2026-12-24T10:00:00+01:00", False),  # of its own
        ("2026-05-02T11:00:00+02:00", False),  # a Saturday, and the day of Madrid
    ],
)
def test_when_it_is_open(at: str, expected: bool) -> None:
    """By the local clock, on the days of the week that are listed, and not on holidays."""
    assert is_open(support(), ms(at)) is expected


def test_working_time_skips_nights_weekends_and_holidays() -> None:
    """An hour from Monday evening before Epiphany ends on Wednesday morning."""
    hour = Working(support(), open_ms=HOUR_MS)
    assert after(ms("2026-01-05T18:30:00+01:00"), hour) == ms("2026-01-07T09:30:00+01:00")
    assert after(ms("2026-01-05T18:30:00+01:00"), Working(support(), days=1)) == ms("2026-01-07T19:00:00+01:00")
    assert next_opening(support(), ms("2026-01-05T20:00:00+01:00")) == ms("2026-01-07T09:00:00+01:00")


def test_promises_in_working_time() -> None:
    """Open time or working days, with a field before them or not."""
    text = TYPES + MADRID
    text += "promises: {reply: {opened_by: {message.received: %s}, kept_by: [message.sent]}}\n"
    for said, expected in (
        ("{working: 1h, calendar: support-es}", Due("", HOUR_MS, Working(support(), HOUR_MS))),
        (
            "{field: due_at, working_days: 3, calendar: support-es}",
            Due("due_at", 72 * HOUR_MS, Working(support(), 0, 3)),
        ),
    ):
        assert load(text % said, "own.yaml").promises["reply"].opened_by == {"message.received": expected}


def test_a_calendar_is_shipped() -> None:
    """Office hours in Spain; a calendar of the user's own may replace it."""
    assert is_open(shipped().calendars["office"], ms("2026-01-05T09:00:00+01:00"))
    own = load('calendars: {office: {time_zone: UTC, open: {sun: "00:00-24:00"}}}', "own.yaml", shipped())
    assert not is_open(own.calendars["office"], ms("2026-01-05T09:00:00+01:00"))
    assert is_open(own.calendars["office"], int(datetime(2026, 1, 4, tzinfo=UTC).timestamp()) * 1000)


def test_what_is_shipped_passes_the_checks_that_loading_it_leaves_out() -> None:
    """Countries are not looked up again on each machine."""
    path = SCHEMAS / "vocabulary.yaml"
    checked = load(path.read_text(), str(path)).calendars
    assert dict(checked) == dict(shipped().calendars)


def test_a_calendar_that_nobody_asks_for_costs_nothing() -> None:
    """Holidays are imported when a calendar with a country is first used."""
    told = (
        "import sys; from streams.codec.vocabulary import shipped; found = shipped().calendars;"
        "before = 'office' in found and 'holidays' in sys.modules; found['office'];"
        "print(before, 'holidays' in sys.modules)"
    )
    answer = subprocess.run([sys.executable, "-c", told], capture_output=True, text=True, check=True)
    assert answer.stdout.split() == ["False", "True"]


def one(said: str) -> str:
    """Return a file with one calendar."""
    return f"calendars:\n  a: {said}\n"


@pytest.mark.parametrize(
    ("text", "line", "column", "message", "remedy"),
    [
        ("calendars: [a]", 1, 12, "`calendars` must be a mapping", ""),
        ("calendars: {A b: {}}", 1, 13, "`A b` is not a calendar name", "use lower case"),
        (one("x"), 2, 6, "calendar `a` must be a mapping", "time_zone"),
        (one("{open: {mon: '09:00-18:00'}}"), 2, 6, "the calendar lacks `time_zone`", "Europe/Madrid"),
        (one("{time_zone: UTC}"), 2, 6, "the calendar lacks `open`", "open: {mon-fri"),
        (one("{time_zone: Europe/Madird, open: {mon: '09:00-18:00'}}"), 2, 18, "unknown time zone", "`Europe/Madrid`"),
        (one("{time_zone: UTC, open: {}}"), 2, 29, "the calendar is never open", "open: {mon-fri"),
        (one("{time_zone: UTC, open: {fri-mon: '09:00-18:00'}}"), 2, 30, "`fri-mon` is not a day of the week", "mon"),
        (one("{time_zone: UTC, open: {mon: '18:00-09:00'}}"), 2, 35, "`18:00-09:00` is no range of hours", "24:00"),
        (one("{time_zone: UTC, open: {mon: '09:00-25:00'}}"), 2, 35, "`09:00-25:00` is no range of hours", "24:00"),
        (one("{time_zone: UTC, open: {mon: '09:00-12:00, 11:00-14:00'}}"), 2, 35, "begins before", "in order"),
        (one("{time_zone: UTC, open: {mon-tue: '09:00-12:00', tue: '09:00-11:00'}}"), 2, 54, "there twice", "once"),
        (one("{time_zone: UTC, open: {mon: '09:00-18:00'}, holidays: {country: XX}}"), 2, 71, "unknown country", "ISO"),
        (
            one("{time_zone: UTC, open: {mon: '09:00-18:00'}, holidays: {country: ES, subdivision: XX}}"),
            2,
            88,
            "unknown subdivision `XX` of ES",
            "MD",
        ),
        (one("{time_zone: UTC, open: {mon: '09:00-18:00'}, holidays: {dates: [soon]}}"), 2, 70, "not a date", "2026"),
        (one("{time_zone: UTC, open: {mon: '09:00-18:00'}, holidays: {}}"), 2, 61, "names none", "country"),
        (one("{time_zone: UTC, open: {mon: '09:00-18:00'}, closed: x}"), 2, 51, "unknown key `closed`", "holidays"),
    ],
)  # fmt: skip
def test_mistakes_are_found_where_they_stand(text: str, line: int, column: int, message: str, remedy: str) -> None:
    """With file, line, column and what to do about it."""
    with pytest.raises(LoadError) as raised:
        load(text, "own.yaml")
    found = raised.value.findings[0]
    assert (found.path, found.line, found.column) == ("own.yaml", line, column), found
    assert message in found.message
    assert remedy in found.remedy


@pytest.mark.parametrize(
    ("due", "message"),
    [
        ("{working: 1h}", "this lacks `calendar`"),
        ("{working: 1h, calendar: support}", "unknown calendar `support`"),
        ("{working: 1h, working_days: 2, calendar: support-es}", "say either `working` or `working_days`"),
        ("{calendar: support-es}", "say either `working` or `working_days`"),
        ("{working_days: 0, calendar: support-es}", "`working_days` must be a whole number, 1 or more: 0"),
        ("{working_days: 1001, calendar: support-es}", "`working_days` must be 1000 or less: 1001"),
        ("{working: soon, calendar: support-es}", "`working` is not a duration: soon"),
        ("{field: A b, working: 1h, calendar: support-es}", "`A b` is not a field of data"),
    ],
)
def test_mistakes_in_working_time_are_found(due: str, message: str) -> None:
    """The same for what uses a calendar."""
    text = f"{TYPES}{MADRID}promises: {{r: {{opened_by: {{message.received: {due}}}, kept_by: [message.sent]}}}}\n"
    with pytest.raises(LoadError) as raised:
        load(text, "own.yaml")
    assert raised.value.findings[0].message == message
    assert raised.value.findings[0].line == 3
    assert raised.value.findings[0].remedy
