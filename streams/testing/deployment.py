"""A deployment of its own on a test broker: topics under a namespace, touchpoints in, everything out again."""

import asyncio
import time
from collections.abc import Iterable, Mapping
from typing import Any, Final

from aiokafka import AIOKafkaConsumer, AIOKafkaProducer, TopicPartition
from aiokafka.admin import AIOKafkaAdminClient, NewTopic

from streams.alerts.alert import Alert
from streams.codec import alert as alert_codec
from streams.codec import catalogue
from streams.codec import dead_letter as dead_letter_codec
from streams.codec.dead_letter import DeadLetter
from streams.codec.registry import SchemaStore
from streams.codec.touchpoint import encode
from streams.touchpoints.touchpoint import Touchpoint
from streams.touchpoints.vocabulary import Vocabulary

GROUP: Final = "journeys"
_RESERVED: Final = b"\x00"
_POLL_SEC: Final = 0.2
_LARGEST_BYTES: Final = 4 << 20


class Deployment:
    """Topics of the catalogue under one namespace."""

    def __init__(self, bootstrap_servers: str, namespace: str, vocabulary: Vocabulary, partitions: int = 4) -> None:
        """Prepare; `create` makes the topics."""
        self.bootstrap_servers = bootstrap_servers
        self.namespace = namespace
        self.partitions = partitions
        self._vocabulary = vocabulary
        self._store = SchemaStore()

    @property
    def environ(self) -> dict[str, str]:
        """What a worker of this deployment needs to know."""
        return {
            "TOUCHPOINT_BOOTSTRAP_SERVERS": self.bootstrap_servers,
            "TOUCHPOINT_PARTITIONS": str(self.partitions),
            "TOUCHPOINT_LANE_NAMESPACE": self.namespace,
            "TOUCHPOINT_LANE_SESSION_SEC": "6",
            "TOUCHPOINT_METRICS_PORT": "0",
        }

    @property
    def sources(self) -> list[str]:
        """The touchpoint topics."""
        return [self.namespace + topic.name for topic in catalogue.sources()]

    def topic(self, kind: str) -> str:
        """Return the topic of a touchpoint type."""
        return f"{self.namespace}{catalogue.TOUCHPOINTS}{self._vocabulary.kinds[kind].topic}"

    async def create(self, overrides: Mapping[str, int] | None = None, *, only: Iterable[str] = ()) -> None:
        """Create the topics; `overrides` gives single ones another number of partitions, `only` names some of them."""
        chosen = set(only) or {topic.name for topic in catalogue.shipped()}
        admin = AIOKafkaAdminClient(bootstrap_servers=self.bootstrap_servers)
        await admin.start()
        try:
            await admin.create_topics(
                [
                    NewTopic(
                        self.namespace + topic.name,
                        (overrides or {}).get(topic.name, topic.count(self.partitions)),
                        1,
                        topic_configs=topic.settings | {"retention.ms": "-1"},
                    )
                    for topic in catalogue.shipped()
                    if topic.name in chosen
                ]
            )
        finally:
            await admin.close()

    async def delete_all(self) -> None:
        """Delete all topics."""
        await self.delete(*(topic.name for topic in catalogue.shipped()))

    async def delete(self, *topics: str) -> None:
        """Delete topics, given without the namespace."""
        admin = AIOKafkaAdminClient(bootstrap_servers=self.bootstrap_servers)
        await admin.start()
        await admin.delete_topics([self.namespace + topic for topic in topics])
        await admin.close()

    async def send(self, touchpoints: Iterable[Touchpoint], per_sec: float = 0.0, **options: Any) -> None:
        """Send touchpoints to their topics, keyed by customer; `options` are those of the producer."""
        producer = AIOKafkaProducer(
            bootstrap_servers=self.bootstrap_servers, linger_ms=5, enable_idempotence=True, **options
        )
        await producer.start()
        started, sent = time.monotonic(), []
        for number, one in enumerate(touchpoints):
            sent.append(
                await producer.send(self.topic(one.type), encode(one), key=one.customer.encode() or one.source.encode())
            )
            if per_sec and number % 50 == 0:
                await asyncio.sleep(max(0.0, started + number / per_sec - time.monotonic()))
        await asyncio.gather(*sent)
        await producer.stop()

    async def send_raw(self, topic: str, records: Iterable[tuple[bytes | None, bytes | None]], **options: Any) -> None:
        """Send any key and value to a topic, given without the namespace; `options` are those of `send`."""
        producer = AIOKafkaProducer(
            bootstrap_servers=self.bootstrap_servers, linger_ms=5, max_request_size=_LARGEST_BYTES
        )
        await producer.start()
        await asyncio.gather(
            *[await producer.send(self.namespace + topic, value, key=key, **options) for key, value in records]
        )
        await producer.stop()

    async def read(self, topics: Iterable[str]) -> list[Any]:
        """Return all records of these topics (given with the namespace), by topic, partition and offset."""
        consumer = AIOKafkaConsumer(
            bootstrap_servers=self.bootstrap_servers,
            auto_offset_reset="earliest",
            isolation_level="read_committed",
            max_poll_records=20_000,
            fetch_max_wait_ms=50,
        )
        await consumer.start()
        try:
            tps = [TopicPartition(topic, number) for topic in topics for number in await _numbers(consumer, topic)]
            consumer.assign(tps)
            ends = await consumer.end_offsets(tps)
            await consumer.seek_to_beginning(*tps)
            records: list[Any] = []
            while [tp for tp in tps if await consumer.position(tp) < ends[tp]]:
                for batch in (await consumer.getmany(timeout_ms=200)).values():
                    records += batch
        finally:
            await consumer.stop()
        return sorted(records, key=lambda record: (record.topic, record.partition, record.offset))

    async def alerts(self) -> list[Alert]:
        """Return every alert revision, in the order of each partition."""
        records = await self.read([self.namespace + catalogue.ALERTS])
        return [
            alert_codec.decode(record.value, self._store) for record in records if not record.key.startswith(_RESERVED)
        ]

    async def dead_letters(self) -> list[DeadLetter]:
        """Return every dead letter."""
        records = await self.read([self.namespace + catalogue.DEAD])
        return [dead_letter_codec.decode(record.value, self._store) for record in records]

    async def lag(self) -> int:
        """Return how many touchpoint records the group has not committed."""
        consumer = AIOKafkaConsumer(bootstrap_servers=self.bootstrap_servers)
        admin = AIOKafkaAdminClient(bootstrap_servers=self.bootstrap_servers)
        await asyncio.gather(consumer.start(), admin.start())
        try:
            tps = [TopicPartition(topic, number) for topic in self.sources for number in range(self.partitions)]
            ends = await consumer.end_offsets(tps)
            offsets = await admin.list_consumer_group_offsets(self.namespace + GROUP)
            return sum(ends[tp] - max(0, offsets[tp].offset if tp in offsets else 0) for tp in tps)
        finally:
            await asyncio.gather(consumer.stop(), admin.close())

    async def wait_committed(self, timeout_sec: float = 60.0) -> float:
        """Return after how many seconds everything was committed; raise TimeoutError when it is not."""
        started = time.monotonic()
        while (lag := await self.lag()) > 0:
            if time.monotonic() - started > timeout_sec:
                raise TimeoutError(f"{lag} records are not committed after {timeout_sec} s")
            await asyncio.sleep(_POLL_SEC)
        return time.monotonic() - started


async def _numbers(consumer: AIOKafkaConsumer, topic: str) -> list[int]:
    await consumer._client._wait_on_metadata(topic)  # noqa: SLF001 - an unassigned consumer has asked for no metadata
    return sorted(consumer.partitions_for_topic(topic) or ())
