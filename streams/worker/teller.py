"""What a lane counts beside its journeys, made durable and told; and the crowds whose home it is."""

import struct
import time

import msgspec

from streams.alerts.crowds.crowds import KEY
from streams.codec.partitioner import home_of
from streams.codec.stats import CrowdCount, encode_count, encode_stat, key_of_count, key_of_stat
from streams.errors import CorruptError
from streams.journeys.watermark import Mode
from streams.rules.compile import Plan
from streams.worker.effects import Effects, Record
from streams.worker.kit import Kit


class Teller:
    """The counting side of one owned partition."""

    def __init__(self, number: int, kit: Kit) -> None:
        self.counting = kit.new_counting(number)
        self.crowds = kit.new_crowds()
        self._number = number
        self._kit = kit
        self._is_open = False  # not before all that was counted of the crowds is here
        self._told_at = 0.0

    def adopt(self, plan: Plan, now_ms: int) -> None:
        """Count and judge by the rules of this plan from now on."""
        self.counting.adopt(plan)
        self.crowds.adopt(plan, now_ms)

    def restore(self, key: bytes, record: bytes | None) -> None:
        """Take a record with a reserved key back, in order; others than ours are left alone.

        Raises CorruptError for what this version cannot read.
        """
        try:
            if key.startswith(KEY):
                self.crowds.restore(key, record)
            else:
                self.counting.restore(key, record)
        except (msgspec.MsgspecError, struct.error, ValueError) as error:
            raise CorruptError(
                "what an earlier owner counted cannot be read",
                place=f"journeys-changelog, partition {self._number}",
                remedy="run the version of the worker that wrote it, or a newer one",
            ) from error

    def open(self, clock: int) -> None:
        """Begin to say what crowds come to: all that was counted of them before is here."""
        self.crowds.start(clock)
        self._is_open = True

    def look(self, clock: int, now_ms: int) -> bool:
        """Look at crowds that have news or a deadline; return whether there is something to say."""
        if not self._is_open:
            return False
        crowds = self.crowds
        if self._kit.mode is Mode.WALL:
            clock -= int(self._kit.settings.crowd_grace_sec * 1000)
        due = crowds.next_due
        if due is not None and due <= max(clock, crowds.clock):
            crowds.advance(clock, now_ms)
        else:
            crowds.clock = max(crowds.clock, clock)
        if not crowds.raised:
            return False
        self._kit.signals.raised(crowds.raised, now_ms)
        crowds.raised.clear()
        return True

    def uncounted(self) -> dict[str, int]:
        """Return what has met each bound so far."""
        stats, tally = self.counting.stats, self.counting.tally
        return {
            "stats_group": stats.overflow,
            "stats_late": stats.too_late,
            "crowd_late": tally.too_late,
            "crowd_counts": tally.left_out,
            "crowds": self.crowds.left_out,
        }

    def is_due(self, now: float) -> bool:
        """Return whether counts of crowds should be told; `now` is monotonic."""
        return self.counting.is_urgent and now - self._told_at >= self._kit.settings.counts_sec

    async def tell(self, effects: Effects, positions: dict[str, int], clock: int, *, everything: bool) -> None:
        """Make durable what was counted up to `positions` by topic, then tell it. Raises what the effects raise."""
        if not self.counting.is_on:
            return
        self._told_at = time.monotonic()
        numbers = self._kit.topics.touchpoints
        counted = {numbers[topic]: offset for topic, offset in positions.items()}
        written = self.counting.take_written(counted, clock, everything=everything)
        if written.state:
            await effects.notes(written.state)
        homes: dict[int, list[Record]] = {}
        if written.stats:
            homes[self._number] = [(key_of_stat(stat), encode_stat(stat)) for stat in written.stats]
        for each in written.counts:
            count = CrowdCount(self._number, each)
            home = home_of(each.over.encode(), self._kit.partitions)
            homes.setdefault(home, []).append((key_of_count(count), encode_count(count)))
        for home, records in homes.items():
            await effects.records(self._kit.topics.stats, records, home)
