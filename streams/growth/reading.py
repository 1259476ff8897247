"""Reads a stretch of one partition, from an offset up to another."""

from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from typing import Any, Final

from aiokafka import AIOKafkaConsumer, TopicPartition

from streams.broker.connect import consumer
from streams.growth.partition import Left

_FETCH_BYTES: Final = 32 << 20  # a journey at every bound, and a broker gives at least one record
_FETCH_WAIT_MS: Final = 50


class Reading:
    """One consumer, outside any group; one stretch at a time."""

    def __init__(self, client: AIOKafkaConsumer) -> None:
        self._client = client

    async def begins(self, places: list[TopicPartition]) -> dict[TopicPartition, int]:
        """Return the first offset of each partition."""
        return dict(await self._client.beginning_offsets(places)) if places else {}

    async def ends(self, places: list[TopicPartition]) -> dict[TopicPartition, int]:
        """Return the offset behind the last record of each partition that is certain to stay."""
        return dict(await self._client.end_offsets(places)) if places else {}

    async def stretch(self, place: TopicPartition, start: int, end: int) -> AsyncGenerator[list[Any]]:
        """Yield the committed records from `start` on and before `end`; `start` must be there."""
        self._client.assign([place])
        await self._client.position(place)  # the client's own first look-up would win over a seek before it
        self._client.seek(place, start)
        while await self._client.position(place) < end:
            for records in (await self._client.getmany(place, timeout_ms=500)).values():
                yield [record for record in records if record.offset < end]

    async def left(self, place: TopicPartition, start: int, end: int) -> Left:
        """Return what a partition of the changelog holds."""
        left = Left(place.partition)
        async for records in self.stretch(place, start, end):
            for record in records:
                left.take(record.key, record.value)
        return left


@asynccontextmanager
async def reading(servers: str) -> AsyncGenerator[Reading]:
    """Give a reading; raises BrokerError as every client does."""
    options = {"max_partition_fetch_bytes": _FETCH_BYTES, "fetch_max_wait_ms": _FETCH_WAIT_MS}
    async with consumer(servers, enable_auto_commit=False, auto_offset_reset="earliest", **options) as client:
        yield Reading(client)
