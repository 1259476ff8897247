"""Sends what the store says must be sent, in its order, and forgets what the broker has acknowledged."""

import asyncio
import logging
from typing import Final

from aiokafka import AIOKafkaProducer

from streams.desk.service import waking
from streams.desk.store import outbox
from streams.desk.store.database import Database
from streams.settings.kafka import client_options

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
        # Its own partitioner is that of Kafka's clients, so that a customer's touchpoints meet on one partition.
        producer = AIOKafkaProducer(
            bootstrap_servers=self._servers, acks="all", enable_idempotence=True, **client_options()
        )
        try:
            await producer.start()
            while True:
                self._woken.clear()
                if await self.publish(producer) < BATCH:
                    await waking.wait(self._woken, IDLE_SEC)
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
