"""What one partition counts beside its journeys, and what of it must outlive a crash.

State is kept by bucket, each with the source positions that it counts up to, so a replayed touchpoint is counted in
those buckets that do not have it yet and in no other. Counts leave only after their state is durable: what was said
never shrinks.
"""

from collections import deque
from collections.abc import Container, Iterable
from struct import iter_unpack, pack
from typing import Final, NamedTuple
from zlib import crc32

import msgspec

from streams.alerts.alert import Alert
from streams.alerts.count_records import CountsRecord, Positions, Settled, StatsRecord
from streams.alerts.crowds.counts import bucket_of
from streams.alerts.crowds.crowds import Contribution
from streams.alerts.crowds.seen import Seen
from streams.alerts.crowds.tally import Tally
from streams.alerts.stat import Stat
from streams.alerts.stats import Stats
from streams.journeys.limits import Limits
from streams.rules.compile import Plan
from streams.touchpoints.touchpoint import Touchpoint
from streams.touchpoints.vocabulary import Vocabulary

# Keys begin with these.
STATS, COUNTS, SEEN, RECENT, SETTLED = b"\x00stats/", b"\x00counts/", b"\x00seen/", b"\x00recent", b"\x00counted"
_MOST_SOURCES: Final = 10_000
_PLACE_BITS: Final = 48  # of an offset, below the topic's number

Input = tuple[int, int, bytes | None, Touchpoint]


_encode: Final = msgspec.msgpack.Encoder().encode
_decode_stats: Final = msgspec.msgpack.Decoder(StatsRecord).decode
_decode_counts: Final = msgspec.msgpack.Decoder(CountsRecord).decode
_decode_settled: Final = msgspec.msgpack.Decoder(Settled).decode


class Written(NamedTuple):
    """What must become durable, in this order; and what may be said after that."""

    state: list[tuple[bytes, bytes | None]]
    stats: list[Stat]
    counts: list[Contribution]


class Counting:
    """Pure bookkeeping of one partition. `limits.stats_groups` 0 switches the statistics off."""

    def __init__(self, number: int, plan: Plan, vocabulary: Vocabulary, limits: Limits | None = None) -> None:
        """Start with nothing counted."""
        limits = limits or Limits()
        self.stats = Stats(vocabulary, limits)
        self.tally = Tally(plan, limits)
        self.is_on = bool(limits.stats_groups or self.tally.types)
        self._number = number
        self._with_stats = limits.stats_groups > 0
        self._seen = Seen(limits.tally_seen)
        self._recent: deque[int] = deque(
            maxlen=limits.tally_seen
        )  # of customers' touchpoints, to tell copies after a crash
        self._sources: dict[str, int] = {}  # beginnings of hashes
        self._recent_once: set[int] | None = None  # and those of before the crash, while replays last
        self._unsaid: dict[int, set[tuple[str, str]]] = {}
        self._settled = Settled({}, {})
        self._stats_marks: dict[int, Positions] = {}
        self._counts_marks: dict[int, Positions] = {}
        self._ahead: Positions = {}  # beyond this nothing was counted before the start

    def adopt(self, plan: Plan) -> None:
        """Count for the rules of this plan from now on."""
        self.tally.adopt(plan)
        self.is_on = self._with_stats or bool(self.tally.types)

    # counting

    def needs(self, topic: int, offset: int) -> bool:
        """Return whether a record that the journeys have taken before may still have to be counted."""
        return self.is_on and not (
            self._is_settled(self._settled.stats, topic, offset, is_on=self._with_stats)
            and self._is_settled(self._settled.counts, topic, offset, is_on=bool(self.tally.types))
        )

    def take(self, topic: int, offset: int, touchpoint: Touchpoint, *, is_copy: bool = False) -> None:
        """Count the touchpoint of one record; `is_copy`: the journey knows another one of the same source and id."""
        watched = touchpoint.type in self.tally.types
        if watched or not touchpoint.customer:
            place = topic << _PLACE_BITS | offset
            is_copy = not self._seen.is_new(touchpoint.source, touchpoint.id, place) or is_copy
        elif self._with_stats:
            self._recent.append(self._name(touchpoint))
        if is_copy:
            return
        is_replay = offset < self._ahead.get(topic, 0)
        if self._with_stats and not (
            is_replay and self._has(self._settled.stats, self._stats_marks, topic, offset, touchpoint)
        ):
            self.stats.count(touchpoint)
        if watched and not (
            is_replay and self._has(self._settled.counts, self._counts_marks, topic, offset, touchpoint)
        ):
            for each in self.tally.count(touchpoint):
                self._unsaid.setdefault(each.bucket, set()).add((each.rule, each.over))

    def take_all(self, inputs: Iterable[Input], copies: Container[tuple[int, int]]) -> None:
        """Count customers' touchpoints: topic, offset, key, touchpoint. `copies`: topic and offset of what is known."""
        ahead, watched, recent, count = self._ahead, self.tally.types, self._recent.append, self.stats.count
        for topic, offset, _, touchpoint in inputs:
            if touchpoint.type in watched or not self._with_stats or offset < ahead.get(topic, 0):
                self.take(topic, offset, touchpoint, is_copy=(topic, offset) in copies)
                continue
            recent(self._name(touchpoint))
            if not copies or (topic, offset) not in copies:
                count(touchpoint)

    def _name(self, touchpoint: Touchpoint) -> int:
        """Return a short name of source and id; that of the source is kept."""
        source = self._sources.get(touchpoint.source)
        if source is None:
            if len(self._sources) >= _MOST_SOURCES:
                self._sources.clear()
            source = self._sources[touchpoint.source] = crc32(touchpoint.source.encode())
        return crc32(touchpoint.id.encode(), source)

    def take_again(self, topic: int, offset: int, touchpoint: Touchpoint) -> None:
        """Count the touchpoint of a record that its journey had taken before the crash: nobody else knows copies."""
        if self._recent_once is None:
            self._recent_once = set(self._recent)
        name = self._name(touchpoint)
        is_copy = bool(touchpoint.customer) and name in self._recent_once
        self._recent_once.add(name)
        self.take(topic, offset, touchpoint, is_copy=is_copy)

    def take_alerts(self, alerts: Iterable[Alert]) -> None:
        """Count what customers' alerts have come to."""
        if self._with_stats:
            self.stats.count_alerts(alerts)

    @property
    def is_urgent(self) -> bool:
        """Whether crowds have news."""
        return bool(self._unsaid)

    # effects

    def take_written(self, positions: Positions, clock: int, *, everything: bool) -> Written:
        """Return what changed, as of having counted up to `positions`: of crowds alone, or `everything`.

        In a replay that is less than what the state has counted, which it goes on to stand for.

        The state must be acknowledged before the rest is said; where that fails, the partition is of no more use.
        """
        state: list[tuple[bytes, bytes | None]] = []
        stats: list[Stat] = []
        counts: list[Contribution] = []
        state += [(COUNTS + str(bucket).encode(), None) for bucket in self.tally.forget(clock)]
        state += [(STATS + str(bucket).encode(), None) for bucket in self.stats.forget(clock)]
        for bucket, names in sorted(self._unsaid.items()):
            kept = self.tally.record(bucket)
            upto = _furthest(positions, self._settled.counts, self._counts_marks.get(bucket, {}))
            record = CountsRecord(upto, kept, sorted(names))
            state.append((COUNTS + str(bucket).encode(), _encode(record)))
            counts += [each for each in kept if (each.rule, each.over) in names]
        self._unsaid = {}
        self._settled.counts = _furthest(positions, self._settled.counts)
        if everything:
            for bucket in sorted(self.stats.dirty):
                upto = _furthest(positions, self._settled.stats, self._stats_marks.get(bucket, {}))
                record_of_stats = StatsRecord(upto, self.stats.record(bucket))
                state.append((STATS + str(bucket).encode(), _encode(record_of_stats)))
                stats += self.stats.said(bucket, self._number)
            if self.stats.dirty:
                state.append((RECENT, pack(f"<{len(self._recent)}I", *self._recent)))
            self.stats.dirty.clear()
            self._settled.stats = _furthest(positions, self._settled.stats)
        state += [(SEEN + str(number).encode(), record) for number, record in self._seen.take_records()]
        if state:
            state.append((SETTLED, _encode(self._settled)))
        return Written(state, stats, counts)

    # recovery

    def restore(self, key: bytes, record: bytes | None) -> bool:
        """Take a changelog record back, in order; return whether it was one of ours."""
        if key == SETTLED:
            if record is not None:
                self._settled = _decode_settled(record)
                self._note(self._settled.stats)
                self._note(self._settled.counts)
        elif key == RECENT:
            self._recent.extend(name for (name,) in iter_unpack("<I", record or b""))
        elif key.startswith(SEEN):
            if record is not None:
                self._seen.restore(int(key[len(SEEN) :]), record)
        elif key.startswith(STATS):
            bucket = int(key[len(STATS) :])
            kept = _decode_stats(record) if record is not None else StatsRecord({}, [])
            self.stats.restore(bucket, kept.cells)
            self._stats_marks[bucket] = kept.positions
            self._note(kept.positions)
        elif key.startswith(COUNTS):
            bucket = int(key[len(COUNTS) :])
            counted = _decode_counts(record) if record is not None else CountsRecord({}, [], [])
            self.tally.restore(bucket, counted.counts)
            self._unsaid[bucket] = set(counted.unsaid)
            self._counts_marks[bucket] = counted.positions
            self._note(counted.positions)
        else:
            return False
        return True

    def _note(self, positions: Positions) -> None:
        self._ahead = _furthest(positions, self._ahead)

    @staticmethod
    def _is_settled(settled: Positions, topic: int, offset: int, *, is_on: bool) -> bool:
        return not is_on or offset < settled.get(topic, 0)

    @staticmethod
    def _has(settled: Positions, marks: dict[int, Positions], topic: int, offset: int, touchpoint: Touchpoint) -> bool:
        """Return whether the bucket of a replayed touchpoint counts it already."""
        bucket = marks.get(bucket_of(touchpoint.time), settled)
        return offset < max(settled.get(topic, 0), bucket.get(topic, 0))


def _furthest(*all_of_them: Positions) -> Positions:
    """Return by topic the largest of these positions."""
    found: Positions = {}
    for positions in all_of_them:
        for topic, offset in positions.items():
            found[topic] = max(offset, found.get(topic, 0))
    return found


def reach(record: bytes) -> Positions:
    """Return by topic up to where anything was counted, of the record under SETTLED."""
    settled = _decode_settled(record)
    return _furthest(settled.stats, settled.counts)
