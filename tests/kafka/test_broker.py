"""The embedded broker, as the other tests see it."""

from collections.abc import Callable

import pytest
from aiokafka import AIOKafkaConsumer, AIOKafkaProducer
from aiokafka.errors import UnknownTopicOrPartitionError

from streams.broker.connect import admin
from streams.broker.embedded import EmbeddedKafka
from streams.broker.topics import TopicState, make
from streams.errors import BrokerError

pytestmark = pytest.mark.kafka


async def _send(kafka: EmbeddedKafka, topic: str, value: bytes) -> None:
    async with admin(kafka.bootstrap_servers) as client:
        await make(client, [TopicState(topic, 1, 1, {})], kafka.bootstrap_servers)
    async with AIOKafkaProducer(bootstrap_servers=kafka.bootstrap_servers, acks="all") as producer:
        await producer.send_and_wait(topic, value)


async def _read(kafka: EmbeddedKafka, topic: str) -> bytes | None:
    async with AIOKafkaConsumer(
        topic,
        bootstrap_servers=kafka.bootstrap_servers,
        auto_offset_reset="earliest",
        group_id=f"{topic}-readers",
        enable_auto_commit=False,
    ) as consumer:
        value: bytes | None = (await consumer.getone()).value
        return value


async def test_a_record_sent_comes_back(broker: EmbeddedKafka) -> None:
    """The session's broker takes records and serves consumer groups."""
    await _send(broker, "broker-test", b"value")
    assert await _read(broker, "broker-test") == b"value"


async def test_topics_do_not_appear_by_themselves(broker: EmbeddedKafka) -> None:
    """A mistyped topic is an error, not a new topic."""
    async with admin(broker.bootstrap_servers) as client:
        (found,) = await client.describe_topics(["broker-test-mistyped"])
    assert found["error_code"] == UnknownTopicOrPartitionError.errno


async def test_data_survive_a_stop_and_a_crash(fresh_broker: Callable[..., EmbeddedKafka]) -> None:
    """Records are there after a clean stop and after a kill, on the same port."""
    kafka = fresh_broker()
    port = kafka.port
    await _send(kafka, "kept", b"value")
    kafka.stop()
    kafka.start()
    assert await _read(kafka, "kept") == b"value"
    kafka.kill()
    kafka.start()
    assert await _read(kafka, "kept") == b"value"
    assert kafka.port == port


def test_a_folder_belongs_to_one_broker(fresh_broker: Callable[..., EmbeddedKafka]) -> None:
    """A second broker on the same data is refused; with the first gone it may."""
    kafka = fresh_broker()
    second = EmbeddedKafka(kafka.data)
    with pytest.raises(BrokerError, match="another broker is using this data folder"):
        second.start()
    kafka.kill()
    with second:
        assert second.port


def test_a_broker_that_ends_says_so(fresh_broker: Callable[..., EmbeddedKafka]) -> None:
    """Whoever waits for the broker learns why it is gone."""
    kafka = fresh_broker()
    kafka.jvm.kill()
    with pytest.raises(BrokerError, match="killed by signal 9"):
        kafka.wait()


def test_a_setting_that_kafka_refuses_is_quoted(fresh_broker: Callable[..., EmbeddedKafka]) -> None:
    """A wrong override ends in Kafka's own words, not in a time-out."""
    with pytest.raises(BrokerError, match=r"num\.io\.threads"):
        fresh_broker(overrides={"num.io.threads": "many"})


def test_too_little_space_is_refused_before_the_start(fresh_broker: Callable[..., EmbeddedKafka]) -> None:
    """A broker that would soon die of a full disk does not start."""
    with pytest.raises(BrokerError, match="disk space") as caught:
        fresh_broker(least_free_bytes=1 << 62)
    assert "--data" in caught.value.remedy
