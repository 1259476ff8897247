"""Business calendars: when somebody is there, and time counted in what is open only.

A calendar is plain data: sorted intervals of open time in ms since the epoch, for the years FIRST_YEAR to LAST_YEAR.
Before and after these it is always open and every day is a working day, so that a deadline always comes.
"""

from bisect import bisect_left, bisect_right
from collections.abc import Collection, Iterable, Sequence
from typing import Final

import msgspec

FIRST_YEAR: Final = 2000  # no touchpoint is older
LAST_YEAR: Final = 2039
DAY_MS: Final = 86_400_000
NEVER: Final = 1 << 62
_THURSDAY: Final = 3  # 1970-01-01, counted from Monday

Hours = Sequence[Sequence[tuple[int, int]]]  # from Monday on, what is open: ms after midnight of the local clock
Offsets = Sequence[tuple[int, int, int]]  # from, to, and how far the local clock is ahead of UTC in between; all ms


class Calendar(msgspec.Struct, frozen=True):
    """When it is open: from each of `opens` to before the `closes` of the same place; these do not touch or overlap.

    `worked` is the open time before each of `opens`. `days` are the midnights at which working days begin, `day_ends`
    their last closing. All in ms, ascending.
    """

    name: str
    opens: tuple[int, ...]
    closes: tuple[int, ...]
    worked: tuple[int, ...]
    days: tuple[int, ...]
    day_ends: tuple[int, ...]


class Working(msgspec.Struct, frozen=True):
    """A duration by a calendar: `open_ms` of open time, or, where `days` is given, the end of the nth working day.

    A working day is a local date with open time; the day on which the time begins does not count.
    """

    calendar: Calendar
    open_ms: int = 0
    days: int = 0


def is_open(calendar: Calendar, at: int) -> bool:
    """Return whether it is open at this instant (ms since the epoch); at closing time it is closed."""
    place = bisect_right(calendar.opens, at) - 1
    return at < calendar.closes[place]


def next_opening(calendar: Calendar, at: int) -> int:
    """Return the first instant from `at` on at which it is open: `at` itself while it is."""
    return at if is_open(calendar, at) else calendar.opens[bisect_right(calendar.opens, at)]


def after(at: int, working: Working) -> int:
    """Return when the duration that begins at `at` (ms since the epoch, since FIRST_YEAR) is over."""
    if working.days:
        return _after_days(working.calendar, at, working.days)
    return _after_open(working.calendar, at, working.open_ms)


def later(at: int, duration_ms: int, working: Working | None) -> int:
    """Return `at` plus the duration: the working one where there is one, whatever `duration_ms` says."""
    return at + duration_ms if working is None else after(at, working)


def earlier(due: int, duration_ms: int, working: Working | None) -> int:
    """Return the earliest instant from which `later` comes to `due`."""
    if working is None:
        return due - duration_ms
    calendar = working.calendar
    if not working.days:
        return _reached(calendar, _worked(calendar, due) - working.open_ms)
    place = bisect_left(calendar.day_ends, due) - working.days
    return calendar.days[max(0, place)] if due <= calendar.day_ends[-1] else due - working.days * DAY_MS


def nominal(working: Working) -> int:
    """Return about how long it is in ms, to compare durations by: no shorter where it is open time."""
    return working.days * DAY_MS or working.open_ms


def _after_open(calendar: Calendar, at: int, open_ms: int) -> int:
    """Return the earliest instant at which `open_ms`, more than none, of open time have passed since `at`."""
    return _reached(calendar, _worked(calendar, at) + open_ms)


def _worked(calendar: Calendar, at: int) -> int:
    place = bisect_right(calendar.opens, at) - 1
    return calendar.worked[place] + min(at, calendar.closes[place]) - calendar.opens[place]


def _reached(calendar: Calendar, worked: int) -> int:
    """Return the earliest instant at which so much open time has passed."""
    place = max(0, bisect_left(calendar.worked, worked) - 1)
    return calendar.opens[place] + worked - calendar.worked[place]


def _after_days(calendar: Calendar, at: int, days: int) -> int:
    place = bisect_right(calendar.days, at) + days - 1
    if place < len(calendar.days):
        return calendar.day_ends[place]
    return max(at, calendar.day_ends[-1]) + (place - len(calendar.days) + 1) * DAY_MS


def expand(name: str, hours: Hours, offsets: Offsets, holidays: Collection[int]) -> Calendar:
    """Return the calendar of a local clock; `holidays` are days since 1970-01-01 on which it stays closed.

    `offsets` follow one another without a gap. There must be open time on some day.
    """
    spans: list[tuple[int, int]] = []
    days: list[int] = []
    ends: list[int] = []
    last = -1
    for start, end, ahead in offsets:
        for day in range((start + ahead) // DAY_MS, (end - 1 + ahead) // DAY_MS + 1):
            ranges = hours[(day + _THURSDAY) % 7]
            if not ranges or day in holidays:
                continue
            midnight = day * DAY_MS - ahead
            if day != last:
                days.append(max(midnight, start))
                ends.append(days[-1])
                last = day
            for opens, closes in ranges:
                span = (max(midnight + opens, start), min(midnight + closes, end))
                if span[0] < span[1]:
                    spans.append(span)
                    ends[-1] = max(ends[-1], span[1])
    return _of_spans(name, [(0, offsets[0][0]), *spans, (offsets[-1][1], NEVER)], days, ends)


def _of_spans(name: str, spans: Iterable[tuple[int, int]], days: list[int], ends: list[int]) -> Calendar:
    opens: list[int] = []
    closes: list[int] = []
    for start, end in spans:
        if closes and start <= closes[-1]:
            closes[-1] = max(closes[-1], end)
        else:
            opens.append(start)
            closes.append(end)
    worked = [0]
    for start, end in zip(opens, closes, strict=True):
        worked.append(worked[-1] + end - start)
    return Calendar(name, tuple(opens), tuple(closes), tuple(worked[:-1]), tuple(days), tuple(ends))
