"""The embedded broker, as a user and as the other tests see it."""

import pytest
from aiokafka import AIOKafkaConsumer, AIOKafkaProducer
from aiokafka.admin import AIOKafkaAdminClient, NewTopic

from streams.broker.embedded import EmbeddedKafka

pytestmark = pytest.mark.kafka


async def test_a_record_sent_comes_back(broker: EmbeddedKafka) -> None:
    """The session's broker takes and gives records."""
    admin = AIOKafkaAdminClient(bootstrap_servers=broker.bootstrap_servers)
    await admin.start()
    await admin.create_topics([NewTopic("broker-test", 1, 1)])
    await admin.close()
    async with AIOKafkaProducer(bootstrap_servers=broker.bootstrap_servers, acks="all") as producer:
        await producer.send_and_wait("broker-test", b"value", key=b"key")
    async with AIOKafkaConsumer(
        "broker-test", bootstrap_servers=broker.bootstrap_servers, auto_offset_reset="earliest"
    ) as consumer:
        record = await consumer.getone()
    assert (record.key, record.value) == (b"key", b"value")
