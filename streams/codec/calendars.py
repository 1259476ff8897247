"""Business calendars of vocabulary files: read, checked and spelt out into plain intervals.

Time zones come from the tz database, public holidays from the package `holidays`; both are asked here once, so that
the rules see nothing but numbers. That takes a third of a second, so a calendar is spelt out when it is first asked
for, and `holidays` is imported when a country must be known.
"""

import functools
import re
from collections.abc import Iterator
from collections.abc import Mapping as Map
from datetime import UTC, date, datetime, timedelta
from typing import Any, Final, NamedTuple
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError, available_timezones

from streams.documents import Items, Mapping, Node, Scalar
from streams.rules.fields import Fields, Findings, did_you_mean, nearest
from streams.touchpoints.calendar import DAY_MS, FIRST_YEAR, LAST_YEAR, Calendar, expand

WEEKDAYS: Final = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
_NAME: Final = re.compile(r"[a-z][a-z0-9_]*(-[a-z0-9_]+)*")
_COUNTRY: Final = re.compile(r"[A-Z]{2}")
_CLOCK: Final = re.compile(r"([01][0-9]|2[0-4]):([0-5][0-9])")
_MINUTE_MS: Final = 60_000
_SECOND: Final = timedelta(seconds=1)
_EPOCH: Final = date(1970, 1, 1)
_HOURS_REMEDY: Final = 'write open: {mon-fri: "09:00-14:00, 16:00-19:00", sat: "10:00-14:00"}'
_DATES_REMEDY: Final = "write dates: [2026-12-24, 2026-12-31]"

Ranges = tuple[tuple[int, int], ...]


class Declared(NamedTuple):
    """What a file says of a calendar; `dates` are days since 1970-01-01 on which it stays closed."""

    name: str
    zone: str
    hours: tuple[Ranges, ...]
    country: str
    part: str
    dates: frozenset[int]


class Calendars(Map[str, Calendar]):
    """Calendars by name, each spelt out when it is first asked for."""

    def __init__(self, declared: Map[str, Declared | Calendar]) -> None:
        """Take what was declared without a mistake."""
        self.declared = dict(declared)

    def __getitem__(self, name: str) -> Calendar:
        found = self.declared[name]
        return _spelt_out(found) if isinstance(found, Declared) else found

    def __contains__(self, name: object) -> bool:
        return name in self.declared

    def __iter__(self) -> Iterator[str]:
        return iter(self.declared)

    def __len__(self) -> int:
        return len(self.declared)

    def over(self, base: Map[str, Calendar]) -> "Calendars":
        """Return these and those of `base` that none of them replaces."""
        return Calendars({**(base.declared if isinstance(base, Calendars) else base), **self.declared})


def read(node: Node, findings: Findings, *, is_known_right: bool = False) -> Calendars:
    """Return the calendars that a mapping declares; what is wrong with them goes to `findings`.

    `is_known_right`: the countries are not looked up.
    """
    if not isinstance(node, Mapping):
        findings.add(node, "`calendars` must be a mapping", "name the calendar, then its time zone and hours")
        return Calendars({})
    found: dict[str, Declared] = {}
    for key, value in node.entries.items():
        if not _NAME.fullmatch(key.text):
            findings.add(key, f"`{key.text}` is not a calendar name", "use lower case and dashes: support-es")
        elif not isinstance(value, Mapping):
            findings.add(value, f"calendar `{key.text}` must be a mapping", f"begin with time_zone; {_HOURS_REMEDY}")
        else:
            fields = Fields(value, "the calendar", ("time_zone", "open", "holidays"), findings)
            before = len(findings.found)
            zone, hours = _zone(fields), _hours(fields)
            country, part, dates = _closed(fields, is_known_right) if "holidays" in fields else ("", "", frozenset())
            if len(findings.found) == before:
                found[key.text] = Declared(key.text, zone, hours, country, part, dates)
    return Calendars(found)


@functools.cache
def _spelt_out(said: Declared) -> Calendar:
    return expand(said.name, said.hours, _offsets(said.zone), said.dates | _public(said.country, said.part))


def _zone(fields: Fields) -> str:
    name = fields.text("time_zone", "name it as the tz database does: time_zone: Europe/Madrid")
    try:
        ZoneInfo(name or "UTC")
    except (ZoneInfoNotFoundError, ValueError, OSError):
        near = nearest(name, available_timezones())
        remedy = f"did you mean `{near}`?" if near else "name it as in Europe/Madrid, America/Bogota or UTC"
        fields.findings.add(fields.node_of("time_zone"), f"unknown time zone `{name}`", remedy)
    return name


def _hours(fields: Fields) -> tuple[Ranges, ...]:
    node = fields.mapping("open", _HOURS_REMEDY)
    by_day: dict[str, Ranges] = {}
    for key, value in node.entries.items() if node is not None else ():
        ranges = _ranges(value, fields.findings)
        for day in _days(key, fields.findings):
            if day in by_day:
                fields.findings.add(key, f"`{day}` is there twice", "give each day of the week once")
            by_day[day] = ranges
    if node is not None and not node.entries:
        fields.findings.add(node, "the calendar is never open", _HOURS_REMEDY)
    return tuple(by_day.get(day, ()) for day in WEEKDAYS)


def _days(key: Scalar, findings: Findings) -> tuple[str, ...]:
    first, _, last = key.text.partition("-")
    last = last or first
    if first in WEEKDAYS and last in WEEKDAYS and WEEKDAYS.index(first) <= WEEKDAYS.index(last):
        return WEEKDAYS[WEEKDAYS.index(first) : WEEKDAYS.index(last) + 1]
    findings.add(key, f"`{key.text}` is not a day of the week", f"write {', '.join(WEEKDAYS)}, or a range: mon-fri")
    return ()


def _ranges(node: Node, findings: Findings) -> Ranges:
    text = node.text if isinstance(node, Scalar) else ""
    found: list[tuple[int, int]] = []
    for part in text.split(","):
        first, _, last = part.strip().partition("-")
        opens, closes = _clock(first), _clock(last)
        if opens is None or closes is None or opens >= closes:
            findings.add(node, f"`{part.strip()}` is no range of hours", 'write "09:00-18:00"; a day ends at 24:00')
        elif found and opens < found[-1][1]:
            findings.add(node, f"`{part.strip()}` begins before the hours in front of it end", "put them in order")
        else:
            found.append((opens, closes))
    return tuple(found)


def _clock(text: str) -> int | None:
    match = _CLOCK.fullmatch(text.strip())
    minutes = int(match[1]) * 60 + int(match[2]) if match else None
    return minutes * _MINUTE_MS if minutes is not None and minutes * _MINUTE_MS <= DAY_MS else None


def _closed(fields: Fields, is_known_right: bool) -> tuple[str, str, frozenset[int]]:
    """Return country, subdivision and dates."""
    node = fields.mapping("holidays", "write holidays: {country: ES, subdivision: MD}")
    if node is None:
        return "", "", frozenset()
    inner = Fields(node, "`holidays`", ("country", "subdivision", "dates"), fields.findings)
    country = inner.text("country", "write country: ES", "")
    part = inner.text("subdivision", "write subdivision: MD", "")
    if part and not country:
        inner.need("country", "say of which country it is a part: country: ES")
    if not country and "dates" not in inner:
        fields.findings.add(node, "`holidays` names none", f"write country: ES, or {_DATES_REMEDY}")
    if country and not is_known_right:
        _check_country(inner, country, part)
    return country, part, _dates(inner)


def _check_country(fields: Fields, country: str, part: str) -> None:
    import holidays  # noqa: PLC0415 - slow, and most calendars are never looked at

    known: Any = getattr(holidays, country, None) if _COUNTRY.fullmatch(country) else None
    if known is None:
        remedy = "write its ISO code: ES, DE, US"
        fields.findings.add(fields.node_of("country"), f"unknown country `{country}`", remedy)
    elif part and part not in known.subdivisions:
        remedy = did_you_mean(part, known.subdivisions) if known.subdivisions else "leave it out: it has none"
        fields.findings.add(fields.node_of("subdivision"), f"unknown subdivision `{part}` of {country}", remedy)


def _public(country: str, part: str) -> frozenset[int]:
    if not country:
        return frozenset()
    import holidays  # noqa: PLC0415 - slow, and most calendars are never looked at

    found = holidays.country_holidays(country, subdiv=part or None, years=range(FIRST_YEAR, LAST_YEAR + 1))
    return frozenset((day - _EPOCH).days for day in found)


def _dates(fields: Fields) -> frozenset[int]:
    found = set()
    node = fields.node_of("dates") if "dates" in fields else Items(1, 1, ())
    if not isinstance(node, Items):
        fields.findings.add(node, "`dates` must be a list", _DATES_REMEDY)
        return frozenset()
    for each in node.items:
        try:
            found.add((date.fromisoformat(each.text if isinstance(each, Scalar) else "") - _EPOCH).days)
        except ValueError:
            fields.findings.add(each, "this is not a date", _DATES_REMEDY)
    return frozenset(found)


@functools.cache
def _offsets(zone: str) -> tuple[tuple[int, int, int], ...]:
    """Return from, to and offset of every stretch of the span in which the local clock is not put forward or back."""
    local = ZoneInfo(zone)
    at, end = datetime(FIRST_YEAR, 1, 1, tzinfo=UTC), datetime(LAST_YEAR + 1, 1, 1, tzinfo=UTC)
    starts = [(at, _ahead(at, local))]
    while at < end:
        later = at + timedelta(days=1)
        if _ahead(later, local) != starts[-1][1]:
            starts.append((_change(at, later, local), _ahead(later, local)))
        at = later
    edges = [*(_ms(start) for start, _ in starts), _ms(end)]
    return tuple((edges[n], edges[n + 1], ahead) for n, (_, ahead) in enumerate(starts))


def _change(before: datetime, after: datetime, zone: ZoneInfo) -> datetime:
    """Return the first second, by halving, at which the offset is no longer that of `before`."""
    old = _ahead(before, zone)
    while after - before > _SECOND:
        middle = before + (after - before) // _SECOND // 2 * _SECOND
        if _ahead(middle, zone) == old:
            before = middle
        else:
            after = middle
    return after


def _ahead(at: datetime, zone: ZoneInfo) -> int:
    offset = at.astimezone(zone).utcoffset() or timedelta()
    return int(offset.total_seconds()) * 1000


def _ms(at: datetime) -> int:
    return int(at.timestamp()) * 1000
