"""Shifts from an iCalendar file, with recurrences spelt out over a bounded time and the clock changes of their zone."""

import re
from collections.abc import Iterator, Mapping
from datetime import UTC, date, datetime, time, timedelta, tzinfo
from typing import Final

import recurring_ical_events
from icalendar import Calendar, Event

from streams.codec.times import to_ms
from streams.desk.routing.oncall import MOST_SHIFTS, Shift
from streams.errors import Finding, LoadError

BEHIND: Final = timedelta(days=7)  # a shift that began before now may still last
AHEAD: Final = timedelta(days=180)
LONGEST: Final = timedelta(days=60)  # of a shift
FIRST_YEAR: Final = 2000
MOST_CHARACTERS: Final = 2_000_000
MOST_EVENTS: Final = 2_000
MOST_RECURRING: Final = 200
_FREQUENCIES: Final = {"DAILY", "WEEKLY", "MONTHLY", "YEARLY"}
_FINE: Final = ("BYMINUTE", "BYSECOND")
_RULES: Final = ("RRULE", "EXRULE")
_MEND: Final = "export the schedule again, as iCalendar (.ics)"


def read(text: str, path: str, people: Mapping[str, str], zone: tzinfo, now: datetime) -> tuple[Shift, ...]:
    """Return the shifts around `now`, up to AHEAD of it. `people` maps names in the file to receivers.

    Times without a zone, and whole days, are in `zone`. `path` only names the file. Raises LoadError.
    """
    if len(text) > MOST_CHARACTERS:
        raise LoadError([Finding(path, 1, 1, f"more than {MOST_CHARACTERS} characters", "export fewer months")])
    try:
        found = _read(text, path, people, zone, now)
    except LoadError:
        raise
    except Exception as error:  # the two libraries raise all sorts of errors on what is no calendar
        message = f"this is no iCalendar file that can be read: {type(error).__name__}"
        raise LoadError([Finding(path, 1, 1, message, _MEND)]) from error
    if len(found) > MOST_SHIFTS:
        raise LoadError([Finding(path, 1, 1, f"more than {MOST_SHIFTS} shifts", "use a file with fewer")])
    return tuple(sorted(found, key=lambda shift: (shift.starts_at, shift.ends_at, shift.receiver)))


def _read(text: str, path: str, people: Mapping[str, str], zone: tzinfo, now: datetime) -> list[Shift]:
    calendars = Calendar.from_ical(text, multiple=True)
    if not calendars:
        raise LoadError([Finding(path, 1, 1, "there is no calendar in this file", _MEND)])
    events = [event for calendar in calendars for event in calendar.events]
    findings = _check(events, text, path, people, zone)
    if findings:
        raise LoadError(findings)
    return [shift for calendar in calendars for shift in _shifts(calendar, people, zone, now)]


def _check(events: list[Event], text: str, path: str, people: Mapping[str, str], zone: tzinfo) -> list[Finding]:
    if len(events) > MOST_EVENTS:
        return [Finding(path, 1, 1, f"more than {MOST_EVENTS} events", "export fewer months")]
    if sum("RRULE" in event for event in events) > MOST_RECURRING:
        return [Finding(path, 1, 1, f"more than {MOST_RECURRING} recurring events", "use several files")]
    wrong = ((event, _wrong(event, people, zone)) for event in events)
    return [Finding(path, _line(event, text), 1, *found) for event, found in wrong if found]


def _wrong(event: Event, people: Mapping[str, str], zone: tzinfo) -> tuple[str, str] | None:
    """Return what is wrong with an event and what to do; so bounded, it unfolds to few shifts."""
    if event.errors:
        return f"the event's {event.errors[0][0]} cannot be read", _MEND
    if "DTSTART" not in event:
        return "an event without a beginning", _MEND
    if event.start.year < FIRST_YEAR:
        return f"an event from before {FIRST_YEAR}", "let it begin with the schedule"
    lasts = timedelta(milliseconds=_instant(event.end, zone) - _instant(event.start, zone))
    if not timedelta() < lasts <= LONGEST:
        return "a shift must last longer than nothing, and 60 days at the most", "mend its DTEND"
    if not all(map(_is_slow, _recurrences(event))):
        return "an event recurs more than once a day", "let a shift recur by day, week, month or year"
    if not _is_cancelled(event) and not _receivers(event, people):
        # Without the text: it may be the name of somebody else.
        return "this event names nobody of `people`", "add the name, as it stands in SUMMARY or ATTENDEE, to `people`"
    return None


def _recurrences(event: Event) -> Iterator[Mapping[str, list[str]]]:
    for name in _RULES:
        rules = event.get(name, [])
        yield from rules if isinstance(rules, list) else [rules]


def _is_slow(rule: Mapping[str, list[str]]) -> bool:
    return set(rule.get("FREQ", [])) <= _FREQUENCIES and not any(
        len(rule.get(name, [])) > 1 for name in (*_FINE, "BYHOUR")
    )


def _shifts(calendar: Calendar, people: Mapping[str, str], zone: tzinfo, now: datetime) -> Iterator[Shift]:
    for event in recurring_ical_events.of(calendar).between(now - BEHIND, now + AHEAD):
        if not _is_cancelled(event):
            starts, ends = _instant(event.start, zone), _instant(event.end, zone)
            for receiver in _receivers(event, people):
                yield Shift(receiver, starts, ends)


def _is_cancelled(event: Event) -> bool:
    return str(event.get("STATUS", "")).upper() == "CANCELLED"


def _receivers(event: Event, people: Mapping[str, str]) -> tuple[str, ...]:
    """Return whom an event names: people whose name stands as words in its summary, or as one of its attendees."""
    attendees = event.get("ATTENDEE", [])
    said = [str(event.get("SUMMARY", ""))]
    for each in attendees if isinstance(attendees, list) else [attendees]:
        said += [str(each).removeprefix("mailto:").removeprefix("MAILTO:"), str(each.params.get("CN", ""))]
    found = {
        receiver
        for name, receiver in people.items()
        if any(re.search(rf"(?<!\w){re.escape(name)}(?!\w)", text, re.IGNORECASE) for text in said)
    }
    return tuple(sorted(found))


def _instant(at: datetime | date, zone: tzinfo) -> int:
    if not isinstance(at, datetime):
        at = datetime.combine(at, time(), zone)
    return to_ms((at if at.tzinfo is not None else at.replace(tzinfo=zone)).astimezone(UTC))


def _line(event: Event, text: str) -> int:
    """Return where the event stands, by its UID."""
    uid = str(event.get("UID", ""))
    place = text.find(uid) if uid else -1
    return text.count("\n", 0, place) + 1 if place >= 0 else 1
