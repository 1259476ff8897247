"""Records to touchpoints to the fold, and those that cannot be: the hottest loop of the program."""

from typing import Any

from aiokafka.partitioner import murmur2

from streams.alerts.partition import Partition
from streams.codec.dead_letter import DeadLetter
from streams.journeys.watermark import Watermark
from streams.touchpoints.rejection import Reason, Rejection
from streams.touchpoints.touchpoint import Touchpoint
from streams.worker.kit import Kit
from streams.worker.meta import RESERVED


class Reader:
    """The reading side of one owned partition; holds its dead letters until a flush takes them."""

    def __init__(self, number: int, core: Partition, kit: Kit) -> None:
        self.refused: list[DeadLetter] = []
        self.consumed = 0  # records of the last run that were folded, skipped or refused
        self._number = number
        self._core = core
        self._kit = kit

    def fold(self, topic: str, records: list[Any], watermark: Watermark, now_ms: int) -> set[int]:
        """Fold a run of one topic; return schema ids to ask for before the rest can be read, usually none."""
        number, core = self._kit.topics.touchpoints[topic], self._core
        decode, is_replay = self._kit.decoder.decode, core.is_replay
        inputs: list[tuple[int, bytes | None, Touchpoint]] = []
        replayed = event = recorded = 0
        questions: set[int] = set()
        self.consumed = len(records)
        for index, record in enumerate(records):
            key, offset, at = record.key, record.offset, record.timestamp
            if key is not None and is_replay(key, number, offset):
                replayed += 1
                continue
            touchpoint = decode(record.value, key, record.headers, at)
            if isinstance(touchpoint, Rejection):
                if touchpoint.reason is Reason.UNKNOWN_SCHEMA and (questions := self._kit.schemas.take_questions()):
                    self.consumed = index
                    break
                self._refuse(record, touchpoint, now_ms)
                continue
            if (key is None or key not in core) and (rejection := self._check_partition(key, touchpoint)):
                self._refuse(record, rejection, now_ms)
                continue
            inputs.append((offset, key, touchpoint))
            # A touchpoint dated ahead must not take the clock along: it cannot have happened after it was recorded.
            event = max(event, min(touchpoint.time, at))
            recorded = max(recorded, at)
        if inputs:
            core.fold(number, inputs, now_ms)
            self._kit.breaker.passed(topic, len(inputs))
        if self.consumed:
            last = records[self.consumed - 1].timestamp
            watermark.read(number, max(recorded, last), event)
        self._kit.signals.folded(topic, inputs, replayed, core.clock)
        return questions

    def take_refused(self) -> list[tuple[bytes | None, bytes | None]]:
        """Return the held dead letters as records, and forget them."""
        letters, self.refused = self.refused, []
        return [(letter.place.encode(), self._kit.encode_dead_letter(letter)) for letter in letters]

    def _check_partition(self, key: bytes | None, touchpoint: Touchpoint) -> Rejection | None:
        """Refuse a new customer who does not belong here: the producer uses another partitioner than Kafka's own."""
        name = touchpoint.customer.encode() if key is None else key
        if name.startswith(RESERVED):
            return Rejection(Reason.WRONG_KEY, "a customer cannot begin with a zero byte")
        home = (murmur2(name) & 0x7FFFFFFF) % self._kit.partitions
        if home == self._number:
            return None
        return Rejection(
            Reason.WRONG_KEY, f"the customer belongs on partition {home}: the producer's partitioner is not murmur2"
        )

    def _refuse(self, record: Any, rejection: Rejection, now_ms: int) -> None:
        self.refused.append(
            DeadLetter(
                record.topic,
                record.partition,
                record.offset,
                record.timestamp,
                record.key,
                record.value,
                tuple(record.headers),
                rejection.reason,
                rejection.detail,
            )
        )
        self._kit.signals.refused(record.topic, rejection.reason)
        self._kit.breaker.refused(record.topic, rejection.reason, record.timestamp, now_ms)
