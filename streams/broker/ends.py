"""Where topics end for those who read committed records."""

import asyncio
import time
from collections.abc import Collection
from typing import Final

from aiokafka import TopicPartition
from aiokafka.admin import AIOKafkaAdminClient

from streams.broker.connect import admin, consumer

MARKED_SEC: Final = 5.0  # an ordinary commit is marked within milliseconds; what nobody commits is not waited for
_LOOK_SEC: Final = 0.01


async def partitions_of(client: AIOKafkaAdminClient, topics: Collection[str]) -> list[TopicPartition]:
    """Return the partitions of topics. All topics are asked for, since asking for one by name may create it."""
    return [
        TopicPartition(found["topic"], each["partition"])
        for found in await client.describe_topics()
        if found["topic"] in topics
        for each in found["partitions"]
    ]


async def committed_ends(servers: str, topics: Collection[str]) -> dict[TopicPartition, int]:
    """Return where committed records end, once all that is written now is committed or `MARKED_SEC` are over.

    A broker acknowledges a commit before it marks the records of every partition: who looks at once sees fewer. Raises
    BrokerError as `admin` does.
    """
    async with (
        admin(servers) as asking,
        consumer(servers) as client,
        consumer(servers, isolation_level="read_uncommitted") as any_record,
    ):
        partitions = await partitions_of(asking, topics)
        written = await any_record.end_offsets(partitions)
        until = time.monotonic() + MARKED_SEC
        while True:
            ends: dict[TopicPartition, int] = await client.end_offsets(partitions)
            if all(ends[each] >= written[each] for each in partitions) or time.monotonic() > until:
                return ends
            await asyncio.sleep(_LOOK_SEC)
