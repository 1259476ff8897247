"""Sends what the store says must be sent, in its order, and forgets what the broker has acknowledged."""

import asyncio
import logging
from typing import Final

from aiokafka import AIOKafkaProducer
from aiokafka.partitioner import murmur2

from streams.desk.store import outbox
from streams.desk.store.database import Database

BATCH: Final = 500
IDLE_SEC: Final = 5.0  # a look without being woken: another desk may have ended before it sent
RETRY_SEC: Final = 1.0
_log = logging.getLogger("touchpoint.desk")


class Publisher:
    """`run` until it is cancelled; `wake` when something was written. Sent at least once, always in order."""

    def __init__(self, database: Database, bootstrap_servers: str) -> None:
        self._database = database
        self._servers = bootstrap_servers
        self._woken = asyncio.Event()

    def wake(self) -> None:
        """Look now."""
        self._woken.set()

    async def run(self) -> None:
        """Send for ever; the broker and the database may come and go."""
        while True:
            try:
                await self._run()
            except Exception as error:  # noqa: BLE001 - what is kept is sent when they are back
                _log.warning("nothing can be published (%s), trying again", type(error).__name__)
                await asyncio.sleep(RETRY_SEC)

    async def _run(self) -> None:
        producer = AIOKafkaProducer(
            bootstrap_servers=self._servers, acks="all", enable_idempotence=True, partitioner=_partition
        )
        try:
            await producer.start()
            while True:
                self._woken.clear()
                if await self.publish(producer) < BATCH:
                    try:
                        async with asyncio.timeout(IDLE_SEC):
                            await self._woken.wait()
                    except TimeoutError:
                        pass
        finally:
            await producer.stop()

    async def publish(self, producer: AIOKafkaProducer) -> int:
        """Send what is pending, once; return how many records that were."""
        async with self._database.read() as connection:
            records = await outbox.pending(connection, BATCH)
        if records:
            for sent in [await producer.send(each.topic, each.value, key=each.key) for each in records]:
                await sent
            async with self._database.write() as connection:
                await outbox.sent(connection, records)
        return len(records)


def _partition(key: bytes, all_partitions: list[int], _available: list[int]) -> int:
    """Choose as Kafka's own clients do, so that a customer's touchpoints meet on one partition."""
    place: int = (murmur2(key) & 0x7FFFFFFF) % len(all_partitions)
    return all_partitions[place]
