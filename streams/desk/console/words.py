"""Times, durations and amounts in words; the same short units in both languages, and in the script that ticks them."""

from datetime import UTC, datetime, tzinfo
from typing import Final

_SECOND: Final = 1000
_MINUTE: Final = 60 * _SECOND
_HOUR: Final = 60 * _MINUTE
_DAY: Final = 24 * _HOUR
_LAST: Final = 253_370_764_800_000  # 9999-01-01


def lasting(ms: int) -> str:
    """Return how long it is, the two largest units at the most: `3 min`, `2 h 5 min`, `4 d 1 h`; never negative."""
    ms = max(0, ms)
    if ms < _MINUTE:
        return f"{ms // _SECOND} s"
    if ms < _HOUR:
        return f"{ms // _MINUTE} min"
    large, unit, small, rest = (
        (ms // _HOUR, "h", ms % _HOUR // _MINUTE, "min") if ms < _DAY else (ms // _DAY, "d", ms % _DAY // _HOUR, "h")
    )
    return f"{large} {unit} {small} {rest}" if small else f"{large} {unit}"


def instant(ms: int) -> datetime:
    """Return the moment of ms since the epoch; data beyond the calendar are shown at its end."""
    return datetime.fromtimestamp(min(max(ms, 0), _LAST) / _SECOND, UTC)


def iso(ms: int) -> str:
    """Return it as machines read it."""
    return instant(ms).strftime("%Y-%m-%dT%H:%M:%SZ")


def clock(ms: int, now: int, zone: tzinfo) -> str:
    """Return the time of today as `14:05`, of another day as `3.11. 14:05`, of another year with the year."""
    at, today = instant(ms).astimezone(zone), instant(now).astimezone(zone)
    if at.date() == today.date():
        return f"{at:%H:%M}"
    year = at.year if at.year != today.year else ""
    return f"{at.day}.{at.month}.{year} {at:%H:%M}"


def amount(value: float, language: str, currency: str = "") -> str:
    """Return a number with two digits, or none where it is whole and large, as the language writes it."""
    text = f"{value:,.0f}" if value >= 1000 or value == int(value) else f"{value:,.2f}"
    if language == "es":
        text = text.translate(str.maketrans(",.", ".,"))
    return f"{text}\N{NO-BREAK SPACE}{currency}" if currency else text


def number(value: float) -> str:
    """Return a figure with two digits at the most: `3`, `0.25`, `184.9`."""
    return f"{round(value, 2):g}" if abs(value) < 10_000 else f"{value:,.0f}"


def share(part: int, whole: int) -> str:
    """Return `42 %`; a dash where there is nothing yet."""
    return f"{round(100 * part / whole)}\N{NO-BREAK SPACE}%" if whole else "\N{EN DASH}"
