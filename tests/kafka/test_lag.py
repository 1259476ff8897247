import uuid

import pytest
from aiokafka import TopicPartition

from streams.broker.connect import admin, consumer, producer
from streams.broker.embedded import EmbeddedKafka
from streams.broker.lag import lag
from streams.broker.topics import TopicState, make

pytestmark = pytest.mark.kafka


async def test_what_is_not_committed_is_counted(broker: EmbeddedKafka) -> None:
    """Over all partitions of the topics; a group that never was is behind everything."""
    servers, name = broker.bootstrap_servers, f"lag-{uuid.uuid4().hex}"
    async with admin(servers) as client:
        await make(client, [TopicState(name, 2, 1, {})], servers)
    async with producer(servers) as sender:
        for partition, count in ((0, 3), (1, 2)):
            for _ in range(count):
                await sender.send_and_wait(name, b"x", partition=partition)
    assert await lag(servers, name, [name]) == 5
    async with consumer(servers, group_id=name, enable_auto_commit=False) as reader:
        reader.assign([TopicPartition(name, 0)])
        await reader.commit({TopicPartition(name, 0): 2})
    assert await lag(servers, name, [name]) == 3
