"""Shifts from iCalendar files."""

from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Final
from zoneinfo import ZoneInfo

import pytest

from streams.desk.routing.oncall import Shift, Whose, on_call
from streams.desk.settings import ical
from streams.desk.settings.load import load
from streams.errors import LoadError

MADRID: Final = ZoneInfo("Europe/Madrid")
NOW: Final = datetime(2026, 3, 16, tzinfo=UTC)
PEOPLE: Final = {"Ana Pérez": "ana", "luis@shop.example": "luis", "Eva": "eva"}


def ms(text: str) -> int:
    """Return an instant in ms."""
    return int(datetime.fromisoformat(text).timestamp()) * 1000


def calendar(*events: str) -> str:
    """Return a file with these events, each a few lines, with a UID of its own unless it has one."""
    named = [event if "UID:" in event else f"UID:{number}@x\n{event}" for number, event in enumerate(events)]
    parts = [f"BEGIN:VEVENT\nDTSTAMP:20260101T000000Z\n{event}\nEND:VEVENT" for event in named]
    return "\n".join(["BEGIN:VCALENDAR", "VERSION:2.0", "PRODID:-//x//EN", *parts, "END:VCALENDAR", ""])


def shifts(*events: str, people: Mapping[str, str] = PEOPLE) -> list[Shift]:
    """Return the shifts of these events."""
    return list(ical.read(calendar(*events), "front.ics", people, MADRID, NOW))


HOUR: Final = "DTSTART:20260320T100000Z\nDTEND:20260320T110000Z\n"


@pytest.mark.parametrize(
    ("event", "receivers"),
    [
        ("SUMMARY:Ana Pérez", ["ana"]),
        ("SUMMARY:On call: ana pérez (first line)", ["ana"]),
        ("SUMMARY:Front\nATTENDEE;CN=Ana Pérez:mailto:a@shop.example", ["ana"]),
        ("SUMMARY:Front\nATTENDEE:mailto:luis@shop.example\nATTENDEE;CN=Eva:mailto:e@shop.example", ["eva", "luis"]),
        ("SUMMARY:Eva and Ana Pérez", ["ana", "eva"]),
        ("SUMMARY:Eva\nSTATUS:CANCELLED", []),
    ],
)
def test_an_event_names_its_people(event: str, receivers: list[str]) -> None:
    """In its summary or as attendees, by name or by mail; several are on call together."""
    assert [each.receiver for each in shifts(HOUR + event)] == receivers


def test_a_name_within_another_word_is_nobody() -> None:
    """Eva is not in Evaluation; what is said does not repeat the text, which may be a name."""
    with pytest.raises(LoadError) as caught:
        shifts(HOUR + "SUMMARY:Evaluation of Juan")
    (finding,) = caught.value.findings
    assert (finding.path, finding.line) == ("front.ics", 6)
    assert "names nobody" in finding.message
    assert "Juan" not in str(finding)


def test_recurring_shifts_follow_the_local_clock() -> None:
    """Nine o'clock stays nine o'clock when summer begins on 29 March."""
    found = shifts(
        "DTSTART;TZID=Europe/Madrid:20260309T090000\nDTEND;TZID=Europe/Madrid:20260316T090000\n"
        "RRULE:FREQ=WEEKLY;COUNT=4\nSUMMARY:Eva"
    )
    assert [(each.starts_at, each.ends_at) for each in found] == [
        (ms("2026-03-09T09:00:00+01:00"), ms("2026-03-16T09:00:00+01:00")),
        (ms("2026-03-16T09:00:00+01:00"), ms("2026-03-23T09:00:00+01:00")),
        (ms("2026-03-23T09:00:00+01:00"), ms("2026-03-30T09:00:00+02:00")),
        (ms("2026-03-30T09:00:00+02:00"), ms("2026-04-06T09:00:00+02:00")),
    ]


@pytest.mark.parametrize(
    ("event", "starts", "ends"),
    [
        ("DTSTART:20260328T220000\nDTEND:20260329T060000", "2026-03-28T22:00:00+01:00", "2026-03-29T06:00:00+02:00"),
        (
            "DTSTART;VALUE=DATE:20260329\nDTEND;VALUE=DATE:20260330",
            "2026-03-29T00:00:00+01:00",
            "2026-03-30T00:00:00+02:00",
        ),
        ("DTSTART;VALUE=DATE:20260320", "2026-03-20T00:00:00+01:00", "2026-03-21T00:00:00+01:00"),
        (
            "DTSTART;TZID=America/New_York:20260320T090000\nDURATION:PT8H",
            "2026-03-20T14:00:00+01:00",
            "2026-03-20T22:00:00+01:00",
        ),
    ],
)
def test_times_without_a_zone_are_in_that_of_the_rota(event: str, starts: str, ends: str) -> None:
    """Whole days, too; a length may stand for the end."""
    (found,) = shifts(f"{event}\nSUMMARY:Eva")
    assert (found.starts_at, found.ends_at) == (ms(starts), ms(ends))


def test_a_changed_and_a_left_out_occurrence() -> None:
    """Of three days, one is somebody else's and later, and one is left out."""
    found = shifts(
        "UID:a\nDTSTART:20260320T100000Z\nDTEND:20260320T110000Z\nRRULE:FREQ=DAILY;COUNT=3\n"
        "EXDATE:20260322T100000Z\nSUMMARY:Eva",
        "UID:a\nDTSTART:20260321T120000Z\nDTEND:20260321T130000Z\nRECURRENCE-ID:20260321T100000Z\nSUMMARY:Ana Pérez",
    )
    assert found == [
        Shift("eva", ms("2026-03-20T10:00:00Z"), ms("2026-03-20T11:00:00Z")),
        Shift("ana", ms("2026-03-21T12:00:00Z"), ms("2026-03-21T13:00:00Z")),
    ]


def test_an_endless_recurrence_is_spelt_out_for_half_a_year() -> None:
    """Bounded ahead, and read again every day."""
    found = shifts("DTSTART:20200101T100000Z\nDTEND:20200101T110000Z\nRRULE:FREQ=DAILY\nSUMMARY:Eva")
    assert len(found) in range(185, 190)
    assert found[-1].starts_at < int((NOW + ical.AHEAD).timestamp()) * 1000


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "no calendar"),
        ("hello", "no iCalendar file"),
        ("BEGIN:VCALENDAR", "no calendar"),
        (calendar("SUMMARY:Eva"), "without a beginning"),
        (calendar("DTSTART:19990320T100000Z\nDTEND:19990320T110000Z\nRRULE:FREQ=DAILY\nSUMMARY:Eva"), "before 2000"),
        (calendar("DTSTART:20260320T100000Z\nDTEND:20260320T090000Z\nSUMMARY:Eva"), "longer than nothing"),
        (calendar("DTSTART:20260320T100000Z\nDTEND:20990320T100000Z\nSUMMARY:Eva"), "60 days at the most"),
        (calendar(HOUR + "SUMMARY:Eva\nRRULE:FREQ=NEVER"), "the event's RRULE cannot be read"),
        (calendar(HOUR + "SUMMARY:Eva\nRRULE:FREQ=SECONDLY"), "more than once a day"),
        (calendar(HOUR + "SUMMARY:Eva\nRRULE:FREQ=DAILY;BYMINUTE=1,2"), "more than once a day"),
        (calendar(*["X:1"] * (ical.MOST_EVENTS + 1)), "more than 2000 events"),
        (calendar(*[HOUR + "SUMMARY:Eva\nRRULE:FREQ=DAILY"] * (ical.MOST_RECURRING + 1)), "more than 200 recurring"),
        ("x" * (ical.MOST_CHARACTERS + 1), "characters"),
    ],
)
def test_what_is_no_rota_is_refused(text: str, message: str) -> None:
    """With the remedy, whatever the text."""
    with pytest.raises(LoadError, match=message) as caught:
        ical.read(text, "front.ics", PEOPLE, MADRID, NOW)
    assert all(each.remedy for each in caught.value.findings)


def test_a_rota_of_the_desks_file(tmp_path: Path) -> None:
    """Its file stands beside it; the gap after the shift is the fallback's, and so is everything beyond."""
    (tmp_path / "front.ics").write_text(calendar(HOUR + "SUMMARY:Eva"))
    text = (
        "receivers: [{name: eva-phone, channels: [{kind: x}]}, {name: chat, channels: [{kind: x}]}]\n"
        "on_call: [{name: front, file: front.ics, people: {Eva: eva-phone}, fallback: chat}]\n"
    )
    rota = load(text, "desk.yaml", tmp_path, NOW).rotas["front"]
    asked = [on_call(rota, ms(at)) for at in ("2026-03-20T10:30:00Z", "2026-03-20T11:30:00Z", "2027-03-20T10:30:00Z")]
    assert [(each.receivers, each.whose) for each in asked] == [
        (("eva-phone",), Whose.SHIFT),
        (("chat",), Whose.GAP),
        (("chat",), Whose.BEYOND),
    ]
    (tmp_path / "front.ics").write_text(calendar(HOUR + "SUMMARY:Zoe"))
    with pytest.raises(LoadError, match="names nobody"):
        load(text, "desk.yaml", tmp_path, NOW)
