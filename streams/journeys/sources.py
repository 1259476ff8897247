"""What is known of each source, and who is blind: a function of what was sighted and of the time.

A source is blind from the time of the newest touchpoint that we have of it, once that lies further back than its
rhythm allows; whether nothing comes or what comes is old is the same to a deadline. It has come back when current
touchpoints come and, for a while, none that are late: then its backlog is here. See `rhythm` for how a silence is
judged. Times are ms since the epoch; `recorded` is when the system learnt of a touchpoint.
"""

from collections.abc import Iterable
from enum import StrEnum
from typing import Final

import msgspec

from streams.journeys.holds import Outage
from streams.journeys.limits import DAY_MS
from streams.journeys.rhythm import SLOT_MS, Matcher, Policy, blind_at, learn
from streams.journeys.state import NEVER
from streams.touchpoints.canary import is_canary
from streams.touchpoints.touchpoint import SKEW_MS

_WINDOW_MS: Final = 600_000  # of each, the least delay is a look at the clock of the source
_WINDOWS: Final = 9
_ENOUGH: Final = 3
_PENDING: Final = 128  # active minutes that are not counted yet
_KEPT: Final = 8  # outages
_FORGOTTEN_MS: Final = 30 * DAY_MS
_SLOTS: Final = 64  # active minutes in one sighting


class Sight(StrEnum):
    """How a source stands; also a metric label."""

    SEEING = "seeing"
    SILENT = "silent"  # blind: nothing comes
    LAGGING = "lagging"  # blind: what comes is old
    GONE = "gone"  # blind for so long that nothing waits for it any more


BLIND: Final = (Sight.SILENT, Sight.LAGGING)


class Sighting(msgspec.Struct, array_like=True):
    """What came of one source in a while.

    `time` is the largest event time and `recorded` the largest record time; `least` and `most` are the delays between
    the two. `slots` are the minutes in which something happened.
    """

    source: str
    time: int
    recorded: int
    least: int
    most: int
    types: set[str]
    slots: set[int]


class Sightings:
    """Gathers what came of each source; bounded, what is beyond is only counted."""

    def __init__(self, limit: int) -> None:
        """Start with nothing; `limit` sources are gathered between two takes."""
        self._limit = limit
        self._seen: dict[str, Sighting] = {}
        self.overlooked = 0

    def add(self, source: str, kind: str, time: int, recorded: int) -> None:
        """Take note of one touchpoint."""
        seen, delay = self._seen.get(source), recorded - time
        if seen is None:
            if len(self._seen) >= self._limit:
                self.overlooked += 1
                return
            slot = min(time, recorded) // SLOT_MS
            self._seen[source] = Sighting(source, time, recorded, delay, delay, {kind}, {slot})
            return
        seen.time, seen.recorded = max(seen.time, time), max(seen.recorded, recorded)
        seen.least, seen.most = min(seen.least, delay), max(seen.most, delay)
        seen.types.add(kind)
        if len(seen.slots) < _SLOTS:
            seen.slots.add(min(time, recorded) // SLOT_MS)

    def take(self) -> list[Sighting]:
        """Return what was gathered since the last take."""
        taken, self._seen = list(self._seen.values()), {}
        return taken


class Source(msgspec.Struct, kw_only=True, omit_defaults=True):
    """What is known of one source, or of one group; on the `sources` topic as it is.

    `frontier`: its newest event time, with its clock set right. `heard`: the newest record time. `late_at`: when the
    last touchpoint came that was late. `back_at`: when the first current one came since it went blind. `skew_ms`: how
    far its clock is behind that of the broker, negative where it is ahead, the usual delivery time included. `ordinal`:
    how many outages there were. `outages`: the last few of them. `revision` and `said`: of the alert about the last
    outage, what there is to say and what the broker has acknowledged. `counted`, `pending`: minutes up to which, and
    which, activity is learnt. `window`, `window_least`, `minima`: the delays of which the skew is the median.
    """

    source: str
    state: Sight = Sight.SEEING
    types: tuple[str, ...] = ()
    frontier: int = 0
    heard: int = 0
    late_at: int = 0
    back_at: int = 0
    skew_ms: int = 0
    ordinal: int = 0
    outages: tuple[Outage, ...] = ()
    revision: int = 0
    said: int = 0
    counted: int = 0
    pending: tuple[int, ...] = ()
    cells: list[int] = []
    window: int = 0
    window_least: int = 0
    minima: tuple[int, ...] = ()

    @property
    def is_blind(self) -> bool:
        """Whether deadlines wait for it."""
        return self.state in BLIND


class Watch:
    """All sources. `observe` what came, then `judge` them at a time up to which everything was observed."""

    def __init__(self, policy: Policy, known: Iterable[Source] = ()) -> None:
        """Go on from what was known."""
        self.policy = policy
        self.sources = {source.source: source for source in known}
        self.overlooked = 0  # sightings of sources beyond the bound
        self.forgotten: list[str] = []  # since the owner last looked (it clears it)
        self._matcher = Matcher(policy.expectations)
        self._due: dict[str, tuple[int, int]] = {}  # frontier, and when it is blind if that stays

    def observe(self, sighting: Sighting) -> None:
        """Take note of what came of a source; the canary is none, and has a watch of its own."""
        if is_canary(sighting.source):
            return
        name = self._matcher.name(sighting.source)
        source = self.sources.get(name)
        if source is None:
            if len(self.sources) >= self.policy.sources:
                self.overlooked += 1
                return
            source = self.sources[name] = Source(source=name)
        recorded = sighting.recorded
        delay_ms = max(0, sighting.least - source.skew_ms)
        source.frontier = max(source.frontier, min(sighting.time + source.skew_ms, recorded))
        source.heard = max(source.heard, recorded)
        late_ms = self._late_ms(name)
        if sighting.most - source.skew_ms > late_ms:
            source.late_at = max(source.late_at, recorded)
        if source.state is Sight.SEEING:
            if name == sighting.source:  # the clocks of a group are not one
                self._look_at_clock(source, sighting)
        elif delay_ms <= late_ms and not source.back_at and recorded > source.outages[-1].decided:
            source.back_at = recorded
        if not sighting.types.issubset(source.types) and len(source.types) < self.policy.types:
            source.types = tuple(sorted(sighting.types.union(source.types)))[: self.policy.types]
        fresh = {slot for slot in sighting.slots if slot > source.counted}.union(source.pending)
        source.pending = tuple(sorted(fresh)[-_PENDING:])

    def judge(self, now: int) -> list[Source]:
        """Return the sources of which the state has changed by `now`; who was not heard of for long is forgotten."""
        for name in [name for name, source in self.sources.items() if now - source.heard > _FORGOTTEN_MS]:
            if not self.sources[name].is_blind:
                del self.sources[name]
                self._due.pop(name, None)
                self.forgotten.append(name)
        return [source for source in self.sources.values() if self._judge(source, now)]

    def outages(self) -> list[Outage]:
        """Return the last outages of all sources, those that are not over among them."""
        return [outage for source in self.sources.values() for outage in source.outages]

    def _late_ms(self, name: str) -> int:
        declared = self._matcher.find(name)
        return (declared.late_ms if declared is not None else 0) or self.policy.late_ms

    def _judge(self, source: Source, now: int) -> bool:
        if source.state is Sight.SEEING:
            self._learn(source, now)
            at = self._blind_at(source)
            if at > now:
                return False
            self._begin(source, at)
            return True
        outage = source.outages[-1]
        if source.back_at and (back := self._back(source)) <= now:
            self._end(source, outage.until or max(back, outage.decided), Sight.SEEING)
            source.counted, source.pending = source.frontier // SLOT_MS, ()
            return True
        if source.state is not Sight.GONE and now - outage.since > self.policy.hold_most_ms:
            self._end(source, max(outage.decided, outage.since + self.policy.hold_most_ms), Sight.GONE)
            return True
        if source.state is Sight.SILENT and source.heard > outage.decided:
            source.state = Sight.LAGGING
            return True
        return False

    def _back(self, source: Source) -> int:
        """Return when nothing late has come for a while; at the latest once it was back for as long as it was away."""
        late_ms, away_ms = self._late_ms(source.source), source.back_at - source.outages[-1].since
        return min(max(source.back_at, source.late_at), source.back_at + away_ms) + late_ms

    def _begin(self, source: Source, at: int) -> None:
        outage = Outage(source=source.source, since=source.frontier, decided=at, types=source.types)
        source.outages = (*source.outages[1 - _KEPT :], outage)
        source.ordinal += 1
        source.revision, source.said, source.back_at = 1, 0, 0
        source.state = Sight.LAGGING if source.late_at > source.frontier else Sight.SILENT

    def _end(self, source: Source, at: int, state: Sight) -> None:
        last = source.outages[-1]
        if not last.until:
            source.outages = (*source.outages[:-1], msgspec.structs.replace(last, until=at))
            source.revision += 1
        source.state = state

    def _blind_at(self, source: Source) -> int:
        frontier, due = self._due.get(source.source, (-1, NEVER))
        if frontier != source.frontier:
            expectation = self._matcher.find(source.source)
            due = blind_at(source.frontier, expectation, source.cells, self.policy)
            self._due[source.source] = (source.frontier, due)
        return due

    def _learn(self, source: Source, now: int) -> None:
        complete = [slot for slot in source.pending if slot < now // SLOT_MS]
        for slot in complete:
            learn(source.cells, source.counted, slot)
            source.counted = slot
        if complete:
            source.pending = source.pending[len(complete) :]

    def _look_at_clock(self, source: Source, sighting: Sighting) -> None:
        window = sighting.recorded // _WINDOW_MS
        if window > source.window:
            if source.window:
                source.minima = (*source.minima[1 - _WINDOWS :], source.window_least)
                if len(source.minima) >= _ENOUGH:
                    middle = sorted(source.minima)[len(source.minima) // 2]
                    source.skew_ms = max(-SKEW_MS, min(SKEW_MS, middle))
            source.window, source.window_least = window, sighting.least
        elif window == source.window:
            source.window_least = min(source.window_least, sighting.least)
