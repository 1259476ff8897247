"""When a source is usually active, and from when on its silence says that it is blind.

Declared: so long a silence within its opening hours. Learnt: a source without a declaration is judged like a node in
the phi accrual failure detector (Hayashibara, Défago, Yared, Katayama, SRDS 2004), with time cut into minutes. For each
hour of the week we know in what share p of the minutes it was active, an idle hour added as doubt. In a silence, the
sum of p over the minutes is how many active minutes are missing. If minutes were independent, the chance of a silence
that misses m of them would be at most exp(-m): for 18 missing minutes 1 in 60 million, which is where Cassandra's use
of the detector convicts (phi 8). At night a till that closes misses nothing, and an hour that has not been seen yet
misses nothing either.

A cell forgets: after eight weeks the old weigh less with each further one.
"""

import re
from bisect import bisect_right
from collections.abc import Iterable
from typing import Final

import msgspec

from streams.journeys.limits import DAY_MS, HOUR_MS
from streams.journeys.state import NEVER

SLOT_MS: Final = 60_000
QUARTER_MS: Final = 900_000
CELLS: Final = 168  # hours of the week; an epoch week begins on a Thursday, which makes no difference
_WEEK_MS: Final = 7 * DAY_MS
_WEEK_SLOTS: Final = _WEEK_MS // SLOT_MS
_HOUR_SLOTS: Final = HOUR_MS // SLOT_MS
_FULL_SLOTS: Final = 8 * _HOUR_SLOTS
_MONDAY_MS: Final = 4 * DAY_MS  # the epoch began on a Thursday
_FARTHEST_MS: Final = 4 * _WEEK_MS  # a silence that is judged in no such time is never judged


class Hours(msgspec.Struct, frozen=True):
    """Opening hours: `spans` of minutes of a local week from Monday, and from when on local time is UTC plus what.

    `offsets` are (ms since the epoch, ms), ascending; before the first one the first one counts. Both ends of a span
    are full quarters of an hour; it includes its first minute and not its last.
    """

    spans: tuple[tuple[int, int], ...]
    offsets: tuple[tuple[int, int], ...] = ((0, 0),)

    def is_open(self, time: int) -> bool:
        """Return whether it is open at `time` (ms since the epoch)."""
        place = bisect_right(self.offsets, (time, NEVER)) - 1
        local = time + self.offsets[max(0, place)][1]
        minute = (local - _MONDAY_MS) % _WEEK_MS // SLOT_MS
        return any(first <= minute < end for first, end in self.spans)


class Expectation(msgspec.Struct, frozen=True, kw_only=True):
    """What is declared of the sources whose names match `pattern`, in which `*` stands for any text.

    `blind_after_ms`: a silence so long, within `hours` if they are given, is one too long; 0: it is learnt.
    `late_ms`: a touchpoint that reaches us later than this shows that there is a backlog; 0: as for all.
    `is_group`: all that match are one source, named like the pattern.
    """

    pattern: str
    blind_after_ms: int = 0
    hours: Hours | None = None
    late_ms: int = 0
    is_group: bool = False


class Policy(msgspec.Struct, frozen=True, kw_only=True):
    """How sources are judged; `expectations`: the first one that matches counts.

    `missing`: so many active minutes must be missing in a learnt rhythm, and the silence must last `least_ms`.
    `late_ms`: how late a touchpoint may be before it shows a backlog; a source has come back once nothing has been that
    late for as long. `hold_most_ms`: deadlines wait no longer for a source, since after the lateness bound its backlog
    could only close. `sources`, `types`: so many are followed; more sources need a group.
    """

    expectations: tuple[Expectation, ...] = ()
    missing: int = 18
    least_ms: int = 5 * 60_000
    late_ms: int = 60_000
    hold_most_ms: int = 72 * HOUR_MS
    sources: int = 256
    types: int = 256


class Matcher:
    """Finds what is declared of a source; the last few thousand answers are remembered."""

    _remembered: Final = 4_096

    def __init__(self, expectations: Iterable[Expectation]) -> None:
        """Prepare the patterns."""
        self._tests = [(re.compile(".*".join(map(re.escape, each.pattern.split("*")))), each) for each in expectations]
        self._found: dict[str, Expectation | None] = {}

    def find(self, source: str) -> Expectation | None:
        """Return the first expectation that matches, if any."""
        try:
            return self._found[source]
        except KeyError:
            if len(self._found) >= self._remembered:
                self._found.clear()
            found = self._found[source] = next((each for test, each in self._tests if test.fullmatch(source)), None)
            return found

    def name(self, source: str) -> str:
        """Return the name under which a source is followed: its own or that of its group."""
        found = self.find(source)
        return found.pattern if found is not None and found.is_group else source


def learn(cells: list[int], after: int, slot: int) -> None:
    """Take note that the source was active in `slot`, and in none since slot `after`; 0: nothing is known before it.

    `cells` are two numbers for each hour of the week: active minutes, and minutes looked at.
    """
    if not cells:
        cells += [0] * (2 * CELLS)
    first = max(after + 1, slot - _WEEK_SLOTS) if after else slot
    while first < slot:
        end = min(slot, (first // _HOUR_SLOTS + 1) * _HOUR_SLOTS)
        _count(cells, first, 0, end - first)
        first = end
    _count(cells, slot, 1, 1)


def _count(cells: list[int], slot: int, active: int, looked: int) -> None:
    at = slot // _HOUR_SLOTS % CELLS * 2
    cells[at] += active
    cells[at + 1] += looked
    if cells[at + 1] > _FULL_SLOTS:
        cells[at] -= cells[at] // 8
        cells[at + 1] -= cells[at + 1] // 8


def blind_at(last: int, expectation: Expectation | None, cells: list[int], policy: Policy) -> int:
    """Return from when on a source is blind if nothing is heard of it after `last`; NEVER if it cannot be judged."""
    declared = expectation.blind_after_ms if expectation is not None else 0
    hours = expectation.hours if expectation is not None else None
    least = 0 if declared else policy.least_ms
    needed = float(declared or policy.missing * SLOT_MS)  # in ms of full activity
    if not declared and not cells:
        return NEVER
    at, farthest = last, last + _FARTHEST_MS
    while at < farthest:
        end = (at // QUARTER_MS + 1) * QUARTER_MS
        if hours is not None and not hours.is_open(at):
            share = 0.0
        elif declared:
            share = 1.0
        else:
            cell = at // HOUR_MS % CELLS * 2
            share = cells[cell] / (cells[cell + 1] + _HOUR_SLOTS)
        if share * (end - at) >= needed:
            return max(at + -int(-needed // share), last + least)
        needed -= share * (end - at)
        at = end
    return NEVER
