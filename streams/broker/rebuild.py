"""Lets all journeys be folded again from the touchpoints that are still kept: after the changelog was lost."""

import asyncio
import time
from typing import Final

from aiokafka.admin import AIOKafkaAdminClient
from aiokafka.client import AIOKafkaClient, CoordinationType
from aiokafka.errors import GroupIdNotFound, NonEmptyGroup, for_code
from aiokafka.protocol.admin import DeleteGroupsRequest

from streams.broker import topics
from streams.broker.connect import admin, explained
from streams.codec import catalogue
from streams.errors import BrokerError
from streams.settings.kafka import client_options

GROUP: Final = "journeys"  # of the workers
PATIENCE_SEC: Final = 90.0  # a worker that was killed is a member until its session is over
SETTLED_SEC: Final = 30.0
_POLL_SEC: Final = 0.5


async def rebuild(servers: str, *, patience_sec: float = PATIENCE_SEC) -> int:
    """Forget what the workers have read, and make the changelog anew; return its number of partitions.

    It may be called again where it was interrupted. Raises BrokerError while workers run, or when the touchpoint topics
    are not there.
    """
    async with admin(servers) as client:
        found = await topics.describe(client)
    source = found.get(catalogue.sources()[0].name)
    if source is None:
        raise BrokerError("there are no touchpoint topics", place=servers, remedy="touchpoint topics create")
    async with explained(servers):
        await _forget(servers, patience_sec)
    async with admin(servers) as client:
        if catalogue.CHANGELOG in found:
            await client.delete_topics([catalogue.CHANGELOG])
        await _gone(client, servers)
    wanted = topics.Deployment(partitions=source.partitions, replication_factor=source.replication_factor)
    await topics.create(servers, wanted)
    return source.partitions


async def _forget(servers: str, patience_sec: float) -> None:
    """Delete the group with its offsets; the broker refuses that while it has members."""
    client = AIOKafkaClient(bootstrap_servers=servers, **client_options())
    deadline = time.monotonic() + patience_sec
    try:
        await client.bootstrap()
        while True:
            node = await client.coordinator_lookup(CoordinationType.GROUP, GROUP)
            answer = await client.send(node, DeleteGroupsRequest([GROUP]))
            ((_, code),) = answer.results
            error = for_code(code)
            if not code or error is GroupIdNotFound:
                return
            if error is not NonEmptyGroup:
                raise error
            if time.monotonic() > deadline:
                raise BrokerError(
                    "workers still run, or have been killed a moment ago", place=servers, remedy="stop them all first"
                )
            await asyncio.sleep(_POLL_SEC)
    finally:
        await client.close()


async def _gone(client: AIOKafkaAdminClient, servers: str) -> None:
    """Wait until the changelog is gone everywhere, or it could not be made again."""
    deadline = time.monotonic() + SETTLED_SEC
    while catalogue.CHANGELOG in await topics.describe(client):
        if time.monotonic() > deadline:
            raise BrokerError(f"{catalogue.CHANGELOG} is still there", place=servers, remedy="delete.topic.enable=true")
        await asyncio.sleep(_POLL_SEC)
