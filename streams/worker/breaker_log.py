"""The breaker's memory: the last trip or resume, on the `sources` topic, where operators write too."""

from typing import Any, Final

import msgspec
from aiokafka import AIOKafkaConsumer, AIOKafkaProducer, TopicPartition

from streams.errors import CorruptError
from streams.settings.kafka import client_options
from streams.worker.breaker import KEY, BreakerState

_POLL_MS: Final = 200


async def read(bootstrap_servers: str, topic: str) -> BreakerState:
    """Return the last state on the topic's one partition; an empty one when nothing was ever said."""
    partition = TopicPartition(topic, 0)
    consumer = AIOKafkaConsumer(
        bootstrap_servers=bootstrap_servers,
        auto_offset_reset="earliest",
        isolation_level="read_committed",
        **client_options(),
    )
    consumer.assign([partition])
    await consumer.start()
    said: bytes | None = None
    try:
        end = (await consumer.end_offsets([partition]))[partition]
        while await consumer.position(partition) < end:
            for record in _flat(await consumer.getmany(timeout_ms=_POLL_MS)):
                said = record.value if record.key == KEY else said
    finally:
        await consumer.stop()
    try:
        return msgspec.json.decode(said, type=BreakerState) if said else BreakerState()
    except msgspec.DecodeError as error:
        raise CorruptError(
            f"the record under the key `{KEY.decode()}` cannot be read: {error}",
            place=topic,
            remedy="write it anew with `touchpoint dead-letters resume`",
        ) from error


async def write(bootstrap_servers: str, topic: str, state: BreakerState) -> None:
    """Say that the breaker has tripped; returns once all replicas have it."""
    producer = AIOKafkaProducer(
        bootstrap_servers=bootstrap_servers, enable_idempotence=True, acks="all", **client_options()
    )
    await producer.start()
    try:
        await producer.send_and_wait(topic, msgspec.json.encode(state), key=KEY, partition=0)
    finally:
        await producer.stop()


def _flat(batches: dict[TopicPartition, list[Any]]) -> list[Any]:
    return [record for batch in batches.values() for record in batch]
