"""How large a record a topic takes, changed while a test runs: the way to fail one kind of record and no other."""

import asyncio
from typing import Final

from aiokafka import AIOKafkaProducer
from aiokafka.admin import AIOKafkaAdminClient
from aiokafka.admin.config_resource import ConfigResource, ConfigResourceType
from aiokafka.errors import MessageSizeTooLargeError

KEY: Final = b"\x00probe"  # which readers of alerts pass over


async def limit(servers: str, topic: str, largest: int, probe: bytes, key: bytes = KEY) -> None:
    """Let a topic take records up to a size; return once its broker takes this one, or refuses it, accordingly.

    The broker answers before it does so, and what it says of its settings is no proof either. The probe may arrive
    meanwhile, more than once.
    """
    admin = AIOKafkaAdminClient(bootstrap_servers=servers)
    await admin.start()
    try:
        await admin.alter_configs(
            [ConfigResource(ConfigResourceType.TOPIC, topic, {"max.message.bytes": str(largest)})]
        )
    finally:
        await admin.close()
    producer = AIOKafkaProducer(bootstrap_servers=servers)
    await producer.start()
    try:
        while await _is_taken(producer, topic, probe, key) != (len(probe) < largest):  # noqa: ASYNC110 - the broker has no event for it
            await asyncio.sleep(0.05)
    finally:
        await producer.stop()


async def _is_taken(producer: AIOKafkaProducer, topic: str, probe: bytes, key: bytes) -> bool:
    try:
        await producer.send_and_wait(topic, probe, key=key, partition=0)
    except MessageSizeTooLargeError:
        return False
    return True
