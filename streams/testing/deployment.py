"""A deployment of its own on a test broker: topics under a namespace, touchpoints in, everything out again."""

import asyncio
import time
from collections.abc import Iterable, Mapping
from contextlib import suppress
from typing import Any, Final

from aiokafka import AIOKafkaConsumer, AIOKafkaProducer, TopicPartition

from streams.alerts.alert import Alert
from streams.broker.connect import admin, consumer
from streams.broker.coordinators import wake
from streams.broker.ends import marked
from streams.broker.topics import TopicState, make
from streams.codec import alert as alert_codec
from streams.codec import catalogue
from streams.codec import dead_letter as dead_letter_codec
from streams.codec.dead_letter import DeadLetter
from streams.codec.registry import SchemaStore
from streams.codec.touchpoint import encode
from streams.errors import BrokerError
from streams.testing.patience import PATIENCE_SEC
from streams.touchpoints.touchpoint import Touchpoint
from streams.touchpoints.vocabulary import Vocabulary

GROUP: Final = "journeys"
SESSION_SEC: Final = "10"
_RESERVED: Final = b"\x00"
_POLL_SEC: Final = 0.2
_MARKED_SEC: Final = 2.0  # a worker that was killed may leave a transaction open
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
            "TOUCHPOINT_LANE_SESSION_SEC": SESSION_SEC,  # a claim has a part of it, also where the machine is loaded
            "TOUCHPOINT_METRICS_PORT": "0",
        }

    @property
    def sources(self) -> list[str]:
        """The touchpoint topics."""
        return [self.namespace + topic.name for topic in catalogue.sources()]

    def topic(self, kind: str) -> str:
        """Return the topic of a touchpoint type."""
        return f"{self.namespace}{catalogue.TOUCHPOINTS}{self._vocabulary.kinds[kind].topic}"

    async def create(
        self,
        overrides: Mapping[str, int] | None = None,
        *,
        only: Iterable[str] = (),
        settings: Mapping[str, Mapping[str, str]] | None = None,
    ) -> None:
        """Create the topics; `only` names some of them.

        Single ones may have another number of partitions (`overrides`) and other `settings`. The broker's own
        topics are there afterwards, too: a claim that had to wait for them could be too late.
        """
        chosen = set(only) or {topic.name for topic in catalogue.shipped()}
        wanted = [
            TopicState(
                self.namespace + topic.name,
                (overrides or {}).get(topic.name, topic.count(self.partitions)),
                1,
                {**topic.settings, "retention.ms": "-1", **(settings or {}).get(topic.name, {})},
            )
            for topic in catalogue.shipped()
            if topic.name in chosen
        ]
        async with admin(self.bootstrap_servers) as client:
            await make(client, wanted, self.bootstrap_servers)
        await wake(self.bootstrap_servers)

    async def delete_all(self) -> None:
        """Delete all topics."""
        await self.delete(*(topic.name for topic in catalogue.shipped()))

    async def delete(self, *topics: str) -> None:
        """Delete topics, given without the namespace."""
        async with admin(self.bootstrap_servers) as client:
            await client.delete_topics([self.namespace + topic for topic in topics])

    async def send(self, touchpoints: Iterable[Touchpoint], per_sec: float = 0.0, **options: Any) -> None:
        """Send touchpoints to their topics, keyed by customer; `options` are those of the producer."""
        async with self._producer(enable_idempotence=True, **options) as producer:
            started, sent = time.monotonic(), []
            for number, one in enumerate(touchpoints):
                key = one.customer.encode() or one.source.encode()
                sent.append(await producer.send(self.topic(one.type), encode(one), key=key))
                if per_sec and number % 50 == 0:
                    await asyncio.sleep(max(0.0, started + number / per_sec - time.monotonic()))
            await asyncio.gather(*sent)

    async def send_raw(self, topic: str, records: Iterable[tuple[bytes | None, bytes | None]], **options: Any) -> None:
        """Send any key and value to a topic, given without the namespace; `options` are those of `send`."""
        async with self._producer(max_request_size=_LARGEST_BYTES) as producer:
            await asyncio.gather(
                *[await producer.send(self.namespace + topic, value, key=key, **options) for key, value in records]
            )

    def _producer(self, **options: Any) -> AIOKafkaProducer:
        """Return a producer that waits for a broker that restarts."""
        return AIOKafkaProducer(
            bootstrap_servers=self.bootstrap_servers,
            linger_ms=5,
            request_timeout_ms=int(PATIENCE_SEC * 1_000),
            **options,
        )

    async def read(self, topics: Iterable[str]) -> list[Any]:
        """Return all records of these topics (given with the namespace), by topic, partition and offset."""
        client = AIOKafkaConsumer(
            bootstrap_servers=self.bootstrap_servers,
            auto_offset_reset="earliest",
            isolation_level="read_committed",
            max_poll_records=20_000,
            fetch_max_wait_ms=50,
        )
        await client.start()
        try:
            tps = [TopicPartition(topic, number) for topic in topics for number in await _numbers(client, topic)]
            client.assign(tps)
            async with AIOKafkaConsumer(bootstrap_servers=self.bootstrap_servers) as any_record:
                written = await any_record.end_offsets(tps)
            ends = await marked(client, written, _MARKED_SEC)
            await client.seek_to_beginning(*tps)
            records: list[Any] = []
            while [tp for tp in tps if await client.position(tp) < ends[tp]]:
                for batch in (await client.getmany(timeout_ms=200)).values():
                    records += batch
        finally:
            await client.stop()
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
        tps = [TopicPartition(topic, number) for topic in self.sources for number in range(self.partitions)]
        async with admin(self.bootstrap_servers) as asking, consumer(self.bootstrap_servers) as client:
            ends = await client.end_offsets(tps)
            offsets = await asking.list_consumer_group_offsets(self.namespace + GROUP)
            return sum(ends[tp] - max(0, offsets[tp].offset if tp in offsets else 0) for tp in tps)

    async def wait_committed(self, timeout_sec: float = PATIENCE_SEC) -> float:
        """Return after how many seconds everything was committed; raise TimeoutError when it is not.

        A broker that is just being hurt may leave a question unanswered: it is asked again.
        """
        started, lag = time.monotonic(), -1
        while time.monotonic() - started <= timeout_sec:
            with suppress(BrokerError):
                lag = await self.lag()
                if lag == 0:
                    return time.monotonic() - started
            await asyncio.sleep(_POLL_SEC)
        raise TimeoutError(f"{lag} records are not committed after {timeout_sec} s")


async def _numbers(consumer: AIOKafkaConsumer, topic: str) -> list[int]:
    await consumer._client._wait_on_metadata(topic)  # noqa: SLF001 - an unassigned consumer has asked for no metadata
    return sorted(consumer.partitions_for_topic(topic) or ())
