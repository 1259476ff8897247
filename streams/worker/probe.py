"""Asks the broker where partitions end, with a client of its own: whether it answers must not depend on who hangs."""

import asyncio
from collections.abc import Iterable, Mapping
from typing import Final

from aiokafka import AIOKafkaConsumer, TopicPartition, errors

from streams.settings.kafka import client_options

ANSWER_SEC: Final = 10.0
STOP_SEC: Final = 1.0


async def ends(bootstrap_servers: str, partitions: Iterable[TopicPartition]) -> Mapping[TopicPartition, int] | None:
    """Return where these partitions end for who reads what is committed; None when the broker does not say in time."""
    consumer = AIOKafkaConsumer(
        bootstrap_servers=bootstrap_servers,
        enable_auto_commit=False,
        isolation_level="read_committed",
        **client_options(),
    )

    async def ask() -> Mapping[TopicPartition, int]:
        await consumer.start()
        found: Mapping[TopicPartition, int] = await consumer.end_offsets(list(partitions))
        return found

    try:
        return await asyncio.wait_for(ask(), ANSWER_SEC)
    except (errors.KafkaError, OSError, TimeoutError):
        return None
    finally:
        stopping = asyncio.ensure_future(consumer.stop())
        await asyncio.wait([stopping], timeout=STOP_SEC)
