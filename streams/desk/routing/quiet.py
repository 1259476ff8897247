"""When people may be told: by severity, by calendars, and by how old it is already."""

from bisect import bisect_right
from collections.abc import Mapping, Sequence
from enum import StrEnum
from typing import Final

import msgspec

from streams.rules.model import Severity
from streams.touchpoints.calendar import Calendar, is_open, next_opening

DAY_MS: Final = 86_400_000
LONGEST_MS: Final = 400 * DAY_MS  # calendars that do not agree for longer never do
_MOST_CHANGES: Final = 2_000  # of them that are looked through


class Urgency(StrEnum):
    """What a severity asks for."""

    PAGE = "page"  # now
    HOURS = "page_in_hours"  # in working hours, otherwise when they begin
    QUEUE = "queue"
    DIGEST = "digest"


BY_SEVERITY: Final = {
    Severity.LOW.value: Urgency.DIGEST,
    Severity.MEDIUM.value: Urgency.QUEUE,
    Severity.HIGH.value: Urgency.HOURS,
    Severity.CRITICAL.value: Urgency.PAGE,
}


class QuietPolicy(msgspec.Struct, frozen=True, kw_only=True):
    """What severities ask for, the working hours (None: always), and how old news may be to page anybody."""

    urgency: Mapping[str, Urgency] = msgspec.field(default_factory=lambda: BY_SEVERITY)
    working_hours: Calendar | None = None
    horizon_ms: int = DAY_MS

    def of(self, severity: str) -> Urgency:
        """Return what a severity asks for; an unknown one is treated as if it were critical."""
        return self.urgency.get(severity, Urgency.PAGE)


def is_fresh(started_at: int, detected_at: int, horizon_ms: int) -> bool:
    """Return whether what started then was detected soon enough to page anybody."""
    return detected_at - started_at <= horizon_ms


def first_open(now: int, *, active: Sequence[Calendar], mute: Sequence[Calendar], hours: Calendar | None) -> int | None:
    """Return the first instant from `now` on at which one of `active` (none: always) and `hours` are open, no `mute`.

    None where that does not come: their open times leave none.
    """
    at = now
    for _ in range(_MOST_CHANGES):
        later = _moved(at, active=active, mute=mute, hours=hours)
        if later == at:
            return at
        if later - now > LONGEST_MS:
            return None
        at = later
    return None


def _moved(at: int, *, active: Sequence[Calendar], mute: Sequence[Calendar], hours: Calendar | None) -> int:
    """Return `at` where all agree to it, else the earliest instant at which somebody who does not may do so."""
    if active:
        at = min(next_opening(each, at) for each in active)
    if hours is not None:
        at = next_opening(hours, at)
    return max((closing(each, at) for each in mute if is_open(each, at)), default=at)


def closing(calendar: Calendar, at: int) -> int:
    """Return when a calendar that is open at this instant closes."""
    return calendar.closes[bisect_right(calendar.closes, at)]
