"""Puts records on the broker as fast as one process can, each on the partition that its key asks for."""

from collections.abc import Iterable
from typing import Any, Final

from aiokafka import AIOKafkaProducer
from aiokafka.partitioner import murmur2

from streams.broker.connect import admin
from streams.broker.topics import TopicState, make
from streams.codec.catalogue import TOUCHPOINTS
from streams.codec.vocabulary import shipped
from tests.bench.sessions import Record

BATCH_BYTES: Final = 256_000


def topic_names() -> dict[str, str]:
    """Return each type's Kafka topic."""
    return {name: TOUCHPOINTS + kind.topic for name, kind in shipped().kinds.items()}


async def create_outputs(servers: str, topics: Iterable[str], partitions: int) -> None:
    """Make the topics that the peers send their alerts to; their changelogs they make themselves."""
    async with admin(servers) as client:
        await make(client, [TopicState(topic, partitions, 1, {}) for topic in topics], servers)


async def load(servers: str, records: Iterable[Record], partitions: int) -> int:
    """Send all records with their own times as timestamps; return how many."""
    topics = topic_names()
    producer = AIOKafkaProducer(
        bootstrap_servers=servers, compression_type="lz4", max_batch_size=BATCH_BYTES, acks="all"
    )
    await producer.start()
    open_batches: dict[tuple[str, int], Any] = {}
    sent: list[Any] = []
    total = 0
    for record in records:
        total += 1
        place = (topics[record.kind], (murmur2(record.key) & 0x7FFFFFFF) % partitions)
        batch = open_batches.get(place) or open_batches.setdefault(place, producer.create_batch())
        if batch.append(key=record.key, value=record.value, timestamp=record.time) is None:
            sent.append(await producer.send_batch(batch, place[0], partition=place[1]))
            batch = open_batches[place] = producer.create_batch()
            batch.append(key=record.key, value=record.value, timestamp=record.time)
    for (topic, partition), batch in open_batches.items():
        sent.append(await producer.send_batch(batch, topic, partition=partition))
    for future in sent:
        await future
    await producer.stop()
    return total
