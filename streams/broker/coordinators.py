"""A new broker makes its topics for groups and transactions at their first use, which costs that user two seconds."""

import asyncio
import time
from typing import Final

from aiokafka import TopicPartition
from aiokafka.admin import AIOKafkaAdminClient
from aiokafka.errors import KafkaError

from streams.broker.connect import admin, producer

PATIENCE_SEC: Final = 60.0

_NAME: Final = "touchpoint-first-use"
_RETRY_SEC: Final = 0.1


async def wake(servers: str) -> None:
    """Be that first user, so that a worker which is still loading its code finds both coordinators there.

    Returns when they answer. Raises BrokerError when there is no broker.
    """
    await asyncio.gather(_wake_groups(servers), _wake_transactions(servers))


async def committed(client: AIOKafkaAdminClient, group: str) -> dict[TopicPartition, int]:
    """Return a group's offsets where it has committed any; a coordinator that is still coming up is waited for."""
    deadline = time.monotonic() + PATIENCE_SEC
    while True:
        try:
            found = await client.list_consumer_group_offsets(group)
        except KafkaError as error:
            if not error.retriable or time.monotonic() > deadline:
                raise
            await asyncio.sleep(_RETRY_SEC)
        else:
            return {partition: there.offset for partition, there in found.items() if there.offset >= 0}


async def _wake_groups(servers: str) -> None:
    async with admin(servers) as client:
        await committed(client, _NAME)


async def _wake_transactions(servers: str) -> None:
    async with producer(servers, transactional_id=_NAME):
        return
