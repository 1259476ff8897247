"""Where topics end for those who read committed records."""

import asyncio
import time
from collections.abc import Collection, Mapping
from typing import Final

from aiokafka import AIOKafkaConsumer, TopicPartition
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


async def marked(
    client: AIOKafkaConsumer, written: Mapping[TopicPartition, int], within_sec: float = MARKED_SEC
) -> dict[TopicPartition, int]:
    """Return where these partitions end for a client that reads committed records, once what is `written` is committed.

    A broker acknowledges a commit before it marks the records of every partition: who looks at once sees fewer. After
    `within_sec` the ends are returned as they are.
    """
    until = time.monotonic() + within_sec
    while True:
        ends: dict[TopicPartition, int] = await client.end_offsets(list(written))
        if all(ends[each] >= end for each, end in written.items()) or time.monotonic() > until:
            return ends
        await asyncio.sleep(_LOOK_SEC)


async def committed_ends(servers: str, topics: Collection[str]) -> dict[TopicPartition, int]:
    """Return where topics end, once all that is written now is `marked`; raises BrokerError as `admin` does."""
    async with (
        admin(servers) as asking,
        consumer(servers) as client,
        consumer(servers, isolation_level="read_uncommitted") as any_record,
    ):
        return await marked(client, await any_record.end_offsets(await partitions_of(asking, topics)))
