"""Touchpoints from a file to their topics, in whole batches, paced by event time where that is wanted."""

import asyncio
import time
from collections import deque
from collections.abc import Callable, Iterable, Mapping
from typing import Any, Final

import msgspec
from aiokafka import AIOKafkaProducer
from aiokafka.partitioner import murmur2

from streams.broker import topics
from streams.broker.connect import missing, producer
from streams.codec import catalogue, checks
from streams.codec.files import Line
from streams.codec.touchpoint import encode
from streams.touchpoints.rejection import Rejection
from streams.touchpoints.touchpoint import Touchpoint
from streams.touchpoints.vocabulary import Vocabulary

BATCH_BYTES: Final = 1 << 18
MAX_REQUEST_BYTES: Final = 4 << 20
IN_FLIGHT: Final = 64  # batches that wait for their acknowledgement
KEPT_BAD: Final = 1_000  # bad lines that are named one by one
PAUSE_SEC: Final = 0.02  # shorter waits are not worth a flush
LINGER_MS: Final = 50  # no record waits longer for its batch to fill: topics stay abreast of one another

_CUSTOMERS: Final = 1 << 17  # whose partition is remembered: hashing costs more than all the rest


class BadLine(msgspec.Struct, frozen=True):
    """A line that was not sent, and why."""

    line: int
    reason: str
    detail: str


class Sent(msgspec.Struct):
    """What came of a file. `expiring` counts records that are older than their topic keeps them."""

    lines: int = 0
    sent: int = 0
    bad: int = 0
    expiring: int = 0
    seconds: float = 0.0
    topics: dict[str, int] = {}
    bad_lines: list[BadLine] = []

    def refuse(self, number: int, rejection: Rejection) -> None:
        """Count a bad line, and name it while there are few."""
        self.bad += 1
        if len(self.bad_lines) < KEPT_BAD:
            self.bad_lines.append(BadLine(number, rejection.reason, rejection.detail))


class Pace:
    """Holds a replay back so that event time moves `speed` times as fast as the clock; 0 = as fast as it goes.

    An event that is earlier than one before it is due at once: time does not go back.
    """

    def __init__(self, speed: float, clock: Callable[[], float] = time.monotonic) -> None:
        self._speed = speed
        self._clock = clock
        self._start: tuple[int, float] | None = None

    def wait_sec(self, event_ms: int) -> float:
        """Return how long an event must still wait; 0 or less when it is due."""
        if not self._speed:
            return 0.0
        if self._start is None:
            self._start = (event_ms, self._clock())
        first_ms, began = self._start
        return began + (event_ms - first_ms) / 1_000 / self._speed - self._clock()


def check(lines: Iterable[Line], vocabulary: Vocabulary) -> Sent:
    """Read all lines and find the bad ones; nothing is sent."""
    summary = Sent()
    now_ms = _now_ms()
    for number, outcome, recorded_ms in lines:
        summary.lines += 1
        judged = _judge(outcome, now_ms if recorded_ms is None else recorded_ms, vocabulary)
        if isinstance(judged, Rejection):
            summary.refuse(number, judged)
    return summary


async def send(lines: Iterable[Line], servers: str, vocabulary: Vocabulary, pace: Pace) -> Sent:
    """Send each good line to its topic under its customer; return when the broker has acknowledged all of them.

    A record's timestamp is when the line says that it was recorded, else now. Raises BrokerError when a topic is
    missing or the broker gives up.
    """
    began = time.monotonic()
    found = await topics.found(servers)
    if absent := [topic.name for topic in catalogue.sources() if topic.name not in found]:
        raise missing(absent[0], servers)
    async with producer(servers, max_batch_size=BATCH_BYTES, max_request_size=MAX_REQUEST_BYTES) as client:
        summary = await _Sender(client, found, vocabulary).send(lines, pace)
    summary.seconds = time.monotonic() - began
    return summary


class _Sender:
    """Fills one batch per partition and hands it over when it is full, or when time must pass."""

    def __init__(
        self, client: AIOKafkaProducer, found: Mapping[str, topics.TopicState], vocabulary: Vocabulary
    ) -> None:
        self._client = client
        self._vocabulary = vocabulary
        self._topic_of = {kind.name: f"{catalogue.TOUCHPOINTS}{kind.topic}" for kind in vocabulary.kinds.values()}
        self._partitions = {name: state.partitions for name, state in found.items()}
        self._kept_ms = {
            name: int(state.config.get("retention.ms", catalogue.FOREVER)) for name, state in found.items()
        }
        self._hashes: dict[bytes, int] = {}
        self._batches: dict[tuple[str, int], Any] = {}
        self._waiting: deque[asyncio.Future[Any]] = deque()

    async def send(self, lines: Iterable[Line], pace: Pace) -> Sent:
        summary = Sent()
        flushed_ms = _now_ms()
        for number, outcome, recorded in lines:
            summary.lines += 1
            now_ms = _now_ms()
            if now_ms - flushed_ms > LINGER_MS:
                flushed_ms = now_ms
                await self._flush()
            recorded_ms = now_ms if recorded is None else recorded
            judged = _judge(outcome, recorded_ms, self._vocabulary)
            if isinstance(judged, Rejection):
                summary.refuse(number, judged)
                continue
            wait_sec = pace.wait_sec(judged.time)
            if wait_sec > PAUSE_SEC:
                await self._flush()
                await asyncio.sleep(wait_sec)
                recorded_ms = _now_ms() if recorded is None else recorded
            topic = self._topic_of[judged.type]
            await self._append(topic, judged, recorded_ms)
            summary.sent += 1
            summary.topics[topic] = summary.topics.get(topic, 0) + 1
            summary.expiring += 0 <= self._kept_ms[topic] < now_ms - recorded_ms
        await self._flush()
        while self._waiting:
            await self._waiting.popleft()
        return summary

    async def _append(self, topic: str, touchpoint: Touchpoint, recorded_ms: int) -> None:
        key = touchpoint.customer.encode() or touchpoint.source.encode()  # without a customer any key will do
        place = (topic, self._hash(key) % self._partitions[topic])
        record = {"timestamp": recorded_ms, "key": key, "value": encode(touchpoint)}
        batch = self._batches.get(place)
        if batch is not None and batch.append(**record) is None:
            await self._hand_over(place)
            batch = None
        if batch is None:
            batch = self._batches[place] = self._client.create_batch()
            batch.append(**record)

    def _hash(self, key: bytes) -> int:
        """Return what Kafka's default partitioner makes of a key."""
        known = self._hashes.get(key)
        if known is None:
            if len(self._hashes) >= _CUSTOMERS:
                self._hashes.clear()
            known = self._hashes[key] = murmur2(key) & 0x7FFFFFFF
        return known

    async def _flush(self) -> None:
        for place in tuple(self._batches):
            await self._hand_over(place)

    async def _hand_over(self, place: tuple[str, int]) -> None:
        topic, partition = place
        batch = self._batches.pop(place)
        batch.close()
        self._waiting.append(await self._client.send_batch(batch, topic, partition=partition))
        while len(self._waiting) > IN_FLIGHT:
            await self._waiting.popleft()


def _judge(outcome: Touchpoint | Rejection, recorded_ms: int, vocabulary: Vocabulary) -> Touchpoint | Rejection:
    if isinstance(outcome, Rejection):
        return outcome
    return checks.check_type(outcome, vocabulary) or checks.check_ahead(outcome, recorded_ms) or outcome


def _now_ms() -> int:
    return time.time_ns() // 1_000_000
