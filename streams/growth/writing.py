"""Writes to many partitions in one transaction, in batches."""

import asyncio
from collections.abc import Sequence
from typing import Any, Final

from aiokafka import AIOKafkaProducer
from aiokafka.errors import KafkaTimeoutError

BATCH_BYTES: Final = 1 << 18
_MOST_AWAITED: Final = 1_000  # batches, of which all but a few have been acknowledged long since

Place = tuple[str, int]  # topic and partition
Headers = Sequence[tuple[str, bytes | None]]


class Writing:
    """What goes to one partition stays in its order. Used within the producer's transaction."""

    def __init__(self, producer: AIOKafkaProducer) -> None:
        self._producer = producer
        self._filling: dict[Place, Any] = {}
        self._sent: list[asyncio.Future[Any]] = []

    async def add(
        self, place: Place, key: bytes | None, value: bytes | None, timestamp: int | None = None, headers: Headers = ()
    ) -> None:
        """Queue a record; waits where its partition has a batch on the way already."""
        batch = self._filling.get(place)
        if batch is None:
            batch = self._filling[place] = self._producer.create_batch()
        if batch.append(timestamp=timestamp, key=key, value=value, headers=list(headers)) is None:
            await self._send(place)
            await self.add(place, key, value, timestamp, headers)

    async def settle(self) -> None:
        """Return once everything queued is acknowledged; raises what the client raises."""
        for place in list(self._filling):
            await self._send(place)
        await self._acknowledged()

    async def _send(self, place: Place) -> None:
        batch = self._filling.pop(place)
        while True:
            try:
                self._sent.append(await self._producer.send_batch(batch, place[0], partition=place[1]))
            except KafkaTimeoutError:  # it was not queued: the broker is away
                continue
            break
        if len(self._sent) >= _MOST_AWAITED:
            await self._acknowledged()

    async def _acknowledged(self) -> None:
        sent, self._sent = self._sent, []
        await asyncio.gather(*sent)
