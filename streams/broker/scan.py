"""All records of a topic, read without a consumer group: nothing is committed, and nobody else is disturbed."""

from collections.abc import AsyncGenerator
from typing import Any, Final

from aiokafka import AIOKafkaConsumer, TopicPartition

from streams.broker.connect import admin, consumer, missing
from streams.broker.ends import partitions_of

POLL_MS: Final = 200
FETCH_BYTES: Final = 32 << 20  # a dead letter may be large


async def scan(
    servers: str,
    topic: str,
    *,
    from_beginning: bool = True,
    exit_at_end: bool = True,
    reached: dict[TopicPartition, int] | None = None,
) -> AsyncGenerator[Any]:
    """Yield committed records, each partition in its order; close the generator (`aclosing`) when leaving it early.

    With `exit_at_end` the end is where it was at the start, so that a busy topic ends too; else it goes on for ever.
    `reached` is kept up to date with where each partition goes on once whoever reads has taken all before.
    Raises BrokerError when the topic is missing or the broker goes away.
    """
    async with admin(servers) as asking:
        partitions = await partitions_of(asking, [topic])
    if not partitions:
        raise missing(topic, servers)
    if exit_at_end and not from_beginning:
        return
    # Seeking races with the client's own first look-up of the position, which then wins: let that one do it.
    start = {"auto_offset_reset": "earliest" if from_beginning else "latest"}
    limits = {"fetch_max_bytes": FETCH_BYTES, "max_partition_fetch_bytes": FETCH_BYTES}
    async with consumer(servers, **start, **limits) as client:
        client.assign(partitions)
        ends = await client.end_offsets(partitions)
        while True:
            for records in (await client.getmany(timeout_ms=POLL_MS)).values():
                for record in records:
                    if not exit_at_end or record.offset < ends[TopicPartition(topic, record.partition)]:
                        yield record
            if reached is not None:  # past what is no record: marks of transactions, and what was aborted
                for partition in partitions:
                    reached[partition] = await client.position(partition)
            if exit_at_end and await _is_at(client, ends):
                return


async def _is_at(client: AIOKafkaConsumer, ends: dict[TopicPartition, int]) -> bool:
    for partition, end in ends.items():
        if await client.position(partition) < end:
            return False
    return True
