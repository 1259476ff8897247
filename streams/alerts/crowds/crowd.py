"""One crowd under one rule: its counts, how it stands, and what was said of it."""

from typing import Final

import msgspec

from streams.alerts.alert import Alert
from streams.alerts.crowds.counts import Counted, Counts
from streams.alerts.crowds.course import Course, Standing
from streams.alerts.ledger import Ledger
from streams.alerts.publish import Publisher
from streams.journeys.folded import State
from streams.journeys.limits import Limits
from streams.journeys.state import NEVER, Episode, key
from streams.rules.crowd import BUCKET_MS
from streams.touchpoints.touchpoint import SKEW_MS

KEPT: Final = 16  # episodes of which it is remembered what was said


class Record(msgspec.Struct, array_like=True):
    """What must outlive a crash: how things stood at the floor, and what was said. The counts come again."""

    floor: int
    standing: Standing
    ledger: Ledger


_encode: Final = msgspec.msgpack.Encoder().encode
_decode: Final = msgspec.msgpack.Decoder(Record).decode


class Crowd:
    """Pure; `clock` and `now` come from the caller, in ms since the epoch."""

    def __init__(self, course: Course, limits: Limits) -> None:
        """Start with nothing counted and nothing said."""
        self._limits = limits
        self.follow(course)
        self.counts = Counts()
        self.due = NEVER
        self.ledger = Ledger({}, [])
        self._floor = -1  # bucket; what is older can change nothing
        self._standing = Standing()
        self._episodes: dict[str, Episode] = {}

    def follow(self, course: Course) -> None:
        """Go on under another version of the rule, with the counts there are."""
        self.course = course
        self._kept = course.reach + (self._limits.lateness_ms + SKEW_MS) // BUCKET_MS + 1

    def restore(self, record: bytes) -> None:
        """Take what `record` returned before a crash."""
        found = _decode(record)
        self._floor, self._standing, self.ledger = found.floor, found.standing, found.ledger

    def record(self) -> bytes:
        """Return what must outlive a crash."""
        return _encode(Record(self._floor, self._standing, self.ledger))

    def put(self, bucket: int, owner: int, counted: Counted) -> bool:
        """Take what one owner has counted of a bucket in all; return whether it may be news.

        What is older than the floor only counts towards averages, and only if it is taken before the first look.
        """
        if not self.counts.put(bucket, owner, counted):
            return False
        self.counts.forget(self.counts.last - self._kept)
        return bool(self._episodes or self._standing.episode or self.ledger.said) or self._may_surge(bucket)

    def look(self, publisher: Publisher, clock: int, now: int) -> list[Alert]:
        """Say what is new at `clock`, which never goes back; return the revisions added to the outbox."""
        first = next(iter(self.counts.between(0, self.counts.last + 1)), -1)
        start = first if self._floor < 0 else self._floor
        if start < 0:
            return []
        standing = msgspec.structs.replace(self._standing)
        episodes, self.due = self.course.follow(standing, self.counts, start, NEVER, clock)
        self._episodes = {key(each.rule, each.subject, str(each.ordinal)): each for each in episodes}
        names = dict.fromkeys((*self._episodes, *self.ledger.said))
        state = State()
        state.episodes = self._episodes
        added = publisher.publish("", state, self.ledger, names, clock, now)
        self._move_floor(start, (clock - self._limits.lateness_ms) // BUCKET_MS, clock)
        return added

    @property
    def is_idle(self) -> bool:
        """Whether it may be forgotten: nothing is counted any more, and nothing was ever said."""
        return self.is_silent and not self.counts.at

    @property
    def is_silent(self) -> bool:
        """Whether there is nothing to remember but counts, which come again."""
        return not self._standing.ordinal and not self.ledger.said and not self.ledger.forgotten

    def _move_floor(self, start: int, floor: int, clock: int) -> None:
        """Let what is too old to change go; what was said of it stays as it is."""
        if floor <= start:
            return
        episodes, _ = self.course.follow(self._standing, self.counts, start, floor, clock)
        self.ledger.finish(
            [key(each.rule, each.subject, str(each.ordinal)) for each in episodes if each.ended_at], KEPT
        )
        self._floor = floor
        self.counts.forget(floor - self.course.reach)

    def _may_surge(self, bucket: int) -> bool:
        """Return whether a window around a bucket holds enough matches; whoever they are of, no fewer will do."""
        window, at = self.course.window, self.counts.at
        around = self.counts.between(bucket - window + 1, bucket + window)
        return sum(at[each].matches for each in around) >= self.course.crowd.at_least
