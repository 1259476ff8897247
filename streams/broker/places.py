"""The partitions of a topic, for a client that reads it without a group."""

from aiokafka import AIOKafkaConsumer, TopicPartition


async def places_of(client: AIOKafkaConsumer, topic: str) -> list[TopicPartition]:
    """Return all partitions; none for a topic that is not there."""
    await client._client._wait_on_metadata(topic)  # noqa: SLF001 - an unassigned consumer has asked for no metadata
    return [TopicPartition(topic, number) for number in sorted(client.partitions_for_topic(topic) or ())]
