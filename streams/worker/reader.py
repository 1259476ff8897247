"""Records to touchpoints to the fold, and those that cannot be: the hottest loop of the program."""

import time
from collections.abc import Sequence
from operator import attrgetter
from typing import Final

from streams.alerts import holds
from streams.alerts.counting import Counting
from streams.alerts.partition import Partition
from streams.codec.dead_letter import DeadLetter
from streams.codec.partitioner import home_of
from streams.journeys.replay_clock import ReplayWatermark
from streams.journeys.sources import Sightings
from streams.journeys.watermark import Mode, Watermark
from streams.touchpoints.rejection import Reason, Rejection
from streams.touchpoints.touchpoint import Touchpoint
from streams.worker.intake import BYTES, OFFSET, RECORDED, TOPIC, Entry
from streams.worker.kit import Kit
from streams.worker.meta import RESERVED
from streams.worker.ties import MixedInput, settle

Clock = Watermark | ReplayWatermark
Counted = tuple[int, int, Touchpoint]  # number of the topic, offset

_time = attrgetter("time")
_SOURCES: Final = 1_024  # whose touchpoints are looked at between two reports; more are only counted


class Reader:
    """The reading side of one owned partition; holds its dead letters until a flush takes them."""

    def __init__(self, number: int, core: Partition, kit: Kit, counting: Counting | None = None) -> None:
        self.refused: list[DeadLetter] = []
        self.sightings = Sightings(_SOURCES)
        self._refused_bytes = 0
        self._most_bytes = kit.settings.held_bytes // kit.partitions
        self._number = number
        self._core = core
        self._kit = kit
        self._counting = counting if counting is not None and counting.is_on else None

    @property
    def is_full(self) -> bool:
        """Whether so many dead letters wait to be written that nothing more should be read."""
        return self._refused_bytes >= self._most_bytes

    def fold(self, entries: Sequence[Entry], watermark: Clock, now_ms: int) -> tuple[int, set[int]]:
        """Fold a slice, in its order.

        Returns:
            How many of the entries were folded, skipped or refused, and the schema ids to ask for before the next one
            can be read: usually all and none.
        """
        numbers, core, decode = self._kit.topics.touchpoints, self._core, self._kit.decoder.decode
        refused_before, in_replay = len(self.refused), self._kit.mode is Mode.EVENT
        taken, is_replay, busy = core.taken, core.is_replay, core.busy
        inputs: list[MixedInput] = []
        timestamps: list[int] = []  # of these, in a replay
        passed: dict[str, list[Touchpoint]] = {}
        sampled: dict[tuple[str, str], tuple[int, int]] = {}  # source, type -> of the last one: time, record timestamp
        questions: set[int] = set()
        consumed, replayed = len(entries), 0
        counting, besides = self._counting, list[Counted]()
        for index, entry in enumerate(entries):
            recorded, topic, offset, timestamp, key, value, headers = entry
            number = numbers[topic]
            touchpoint = decode(value, key, headers, timestamp)
            if isinstance(touchpoint, Rejection):
                if touchpoint.reason is Reason.UNKNOWN_SCHEMA and (questions := self._kit.schemas.take_questions()):
                    consumed = index
                    break
                self._refuse(entry, touchpoint)  # again, perhaps: that its journey got further says nothing of letters
            elif offset <= taken.get(number, -1) and key is not None and is_replay(key, number, offset):
                replayed += 1
                if counting is not None and counting.needs(number, offset) and not holds.is_own(touchpoint):
                    counting.take_again(number, offset, touchpoint)
            elif not touchpoint.customer:
                besides.append((number, offset, touchpoint))
                (passed.get(topic) or passed.setdefault(topic, [])).append(touchpoint)
            elif key not in busy and (rejection := self._check_partition(key, touchpoint)):
                self._refuse(entry, rejection)
            elif touchpoint.type != holds.TYPE or not holds.is_own(touchpoint):  # ours come back and change nothing
                inputs.append((number, offset, key, touchpoint))
                if in_replay:
                    timestamps.append(recorded)
                sampled[touchpoint.source, touchpoint.type] = (touchpoint.time, recorded)
                (passed.get(topic) or passed.setdefault(topic, [])).append(touchpoint)
        self._sight(sampled, now_ms)
        if counting is not None:
            core.copies = set()
        core.fold_mixed(settle(inputs, timestamps) if in_replay else inputs, now_ms, follow=in_replay)
        if counting is not None:
            self._count(counting, inputs, besides)
        times = {topic: list(map(_time, touchpoints)) for topic, touchpoints in passed.items()}
        self._read(entries[:consumed], passed, times, watermark)
        if len(self.refused) > refused_before:
            self._weigh(entries[:consumed], {(one.topic, one.offset): one for one in self.refused[refused_before:]})
        else:
            for topic, touchpoints in passed.items():
                self._kit.breaker.passed(topic, len(touchpoints))
        self._kit.signals.folded(passed, times, replayed, core.clock)
        return consumed, questions

    def _count(self, counting: Counting, inputs: Sequence[MixedInput], besides: Sequence[Counted]) -> None:
        counting.take_all(inputs, self._core.copies or ())
        for number, offset, touchpoint in besides:
            counting.take(number, offset, touchpoint)

    def _read(
        self,
        entries: Sequence[Entry],
        passed: dict[str, list[Touchpoint]],
        times: dict[str, list[int]],
        watermark: Clock,
    ) -> None:
        """Tell the clock how far each topic was read; of sources with a fast clock, by the right time."""
        ahead = self._kit.ahead
        for topic, recorded in {entry[TOPIC]: entry[RECORDED] for entry in entries}.items():
            event = max(times[topic]) if topic in times else 0
            if ahead and topic in passed:
                event = max(one.time - ahead.get(one.source, 0) for one in passed[topic])
            if event > recorded:  # what is dated ahead must not take the clock along
                event = max((time for time in times[topic] if time <= recorded), default=0)
            watermark.read(self._kit.topics.touchpoints[topic], recorded, event)

    def _sight(self, sampled: dict[tuple[str, str], tuple[int, int]], now_ms: int) -> None:
        """Take note of the sources. What they say of the time is compared with ours, as far as that is known."""
        clock, is_wall = self._core.clock, self._kit.mode is Mode.WALL
        for (source, kind), (time_ms, recorded) in sampled.items():
            arrived = min(max(recorded, clock), now_ms) if is_wall else max(time_ms, clock)
            self.sightings.add(source, kind, time_ms, arrived)

    def _weigh(self, entries: Sequence[Entry], refused: dict[tuple[str, int], DeadLetter]) -> None:
        """Show the breaker a slice with dead letters, in its order."""
        for entry in entries:
            letter = refused.get((entry[TOPIC], entry[OFFSET]))
            if letter is None:
                self._kit.breaker.passed(entry[TOPIC], 1)
            else:
                self._kit.breaker.refused(letter.topic, letter.reason, letter.timestamp, int(time.time() * 1000))

    def take_refused(self) -> list[tuple[bytes | None, bytes | None]]:
        """Return the held dead letters as records, and forget them."""
        letters, self.refused, self._refused_bytes = self.refused, [], 0
        return [(letter.place.encode(), self._kit.encode_dead_letter(letter)) for letter in letters]

    def _check_partition(self, key: bytes | None, touchpoint: Touchpoint) -> Rejection | None:
        """Refuse a new customer who does not belong here: the producer uses another partitioner than Kafka's own."""
        name = touchpoint.customer.encode() if key is None else key
        if name in self._core:
            return None
        if name.startswith(RESERVED):
            return Rejection(Reason.WRONG_KEY, "a customer cannot begin with a zero byte")
        home = home_of(name, self._kit.partitions)
        if home == self._number:
            return None
        return Rejection(
            Reason.WRONG_KEY, f"the customer belongs on partition {home}: the producer's partitioner is not murmur2"
        )

    def _refuse(self, entry: Entry, rejection: Rejection) -> None:
        _, topic, offset, timestamp, key, value, headers = entry
        self._refused_bytes += BYTES + len(value or b"")
        self.refused.append(
            DeadLetter(
                topic,
                self._number,
                offset,
                timestamp,
                key,
                value,
                tuple(headers),
                rejection.reason,
                rejection.detail,
            )
        )
        self._kit.signals.refused(topic, rejection.reason)
