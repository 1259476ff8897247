"""A new broker makes its topics for groups and transactions at their first use, which costs that user two seconds."""

import asyncio
from typing import Final

from aiokafka.errors import KafkaError

from streams.broker.connect import admin, producer

_NAME: Final = "touchpoint-first-use"
_RETRY_SEC: Final = 0.1


async def wake(servers: str) -> None:
    """Be that first user, so that a worker which is still loading its code finds both coordinators there.

    Returns when they answer. Raises BrokerError when there is no broker.
    """
    await asyncio.gather(_wake_groups(servers), _wake_transactions(servers))


async def _wake_groups(servers: str) -> None:
    async with admin(servers) as client:
        while True:
            try:
                await client.list_consumer_group_offsets(_NAME)
            except KafkaError as error:
                if not error.retriable:
                    raise
                await asyncio.sleep(_RETRY_SEC)
            else:
                return


async def _wake_transactions(servers: str) -> None:
    async with producer(servers, transactional_id=_NAME):
        return
