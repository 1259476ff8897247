"""Durations in working time, as files say them, in place of `1h` wherever a deadline is declared.

`{working: 1h, calendar: office}` is open time, `{working_days: 3, calendar: office}` the end of the third working day.
"""

from collections.abc import Mapping as Map
from typing import Final

from streams.documents import Mapping
from streams.rules import durations
from streams.rules.fields import Fields, did_you_mean
from streams.touchpoints.calendar import Calendar, Working, nominal

KEYS: Final = ("working", "working_days", "calendar")
_MOST_DAYS: Final = 1_000
_REMEDY: Final = "write {working: 1h, calendar: office}, or {working_days: 3, calendar: office}"


def working(fields: Fields, calendars: Map[str, Calendar]) -> Working | None:
    """Read the keys of a working duration; None where one of them is wrong, which is noted."""
    before = len(fields.findings.found)
    if ("working" in fields) == ("working_days" in fields):
        fields.findings.add(fields.node, "say either `working` or `working_days`", _REMEDY)
    open_ms = fields.duration("working", _REMEDY, default=0)
    days = fields.whole("working_days", _REMEDY, least=1, default=1) if "working_days" in fields else 0
    if days > _MOST_DAYS:
        message = f"`working_days` must be {_MOST_DAYS} or less: {days}"
        fields.findings.add(fields.node_of("working_days"), message, "use a calendar time, as in 5d")
    chosen = calendar(fields, "calendar", calendars)
    return Working(chosen, open_ms, days) if chosen is not None and len(fields.findings.found) == before else None


def calendar(fields: Fields, key: str, calendars: Map[str, Calendar]) -> Calendar | None:
    """Read the name of a calendar, which must be there; None where there is no such calendar, which is noted."""
    name = fields.text(key, f"name a calendar of the vocabulary: {key}: office")
    if name and name not in calendars:
        known = did_you_mean(name, calendars) if calendars else "declare it under `calendars:` in a vocabulary file"
        fields.findings.add(fields.node_of(key), f"unknown calendar `{name}`", known)
    return calendars.get(name)


def duration(
    fields: Fields,
    key: str,
    remedy: str,
    calendars: Map[str, Calendar],
    *,
    default: int | None = None,
    zero: bool = False,
) -> tuple[int, Working | None]:
    """Read a duration in ms, or one in working time with about its length in ms."""
    node = fields.node_of(key)
    if key not in fields or not isinstance(node, Mapping):
        return fields.duration(key, remedy, default=default, zero=zero), None
    found = working(Fields(node, f"`{key}`", KEYS, fields.findings), calendars)
    return (nominal(found), found) if found is not None else (1, None)


def show(duration_ms: int, by: Working | None) -> str:
    """Return a duration as a person reads it."""
    if by is None:
        return durations.show(duration_ms)
    amount = f"{by.days} working days" if by.days else durations.show(by.open_ms)
    return f"{amount} of {by.calendar.name}"
