"""The face of AIOKafkaConsumer with which journeys and alerts are read back, over the model broker."""

import asyncio
import random
from collections.abc import Iterable
from typing import Any, Final

from aiokafka import TopicPartition, errors

from tests.simulation.log import Logs, Record
from tests.simulation.network import Network

MOST_RECORDS: Final = 12  # of one partition at a time, so that a recovery is many steps
POLL_SEC: Final = 0.05


class ModelReader:
    """Reads given partitions; nothing is committed."""

    def __init__(self, network: Network, logs: Logs, draw: random.Random) -> None:
        self._network, self._logs, self._random = network, logs, draw
        self._positions: dict[Any, int] = {}
        self._paused: set[Any] = set()

    def assign(self, partitions: Iterable[Any]) -> None:
        """Read these."""
        self._positions = dict.fromkeys(partitions, 0)

    async def start(self) -> None:
        """Connect."""
        await asyncio.sleep(self._network.latency())

    def seek(self, partition: Any, offset: int) -> None:
        """Go on from there."""
        self._positions[partition] = offset

    def pause(self, partition: Any) -> None:
        """Read no more of it."""
        self._paused.add(partition)

    async def stop(self) -> None:
        """Let go."""
        await asyncio.sleep(self._network.latency())

    async def getmany(self, *, timeout_ms: int) -> dict[Any, list[Record]]:
        """Return what there is of some partitions; nothing when the broker is away."""
        limit = self._random.randint(1, MOST_RECORDS)
        wanted = [each for each in self._positions if each not in self._paused]
        try:
            found = await self._network.call("read back", lambda: {each: self._read(each, limit) for each in wanted})
        except errors.KafkaError:
            return {}
        batches = {each: batch for each, batch in found.items() if batch}
        for each, batch in batches.items():
            self._positions[each] = batch[-1].offset + 1
        if not batches:
            await asyncio.sleep(POLL_SEC)
        return batches

    def _read(self, partition: TopicPartition, limit: int) -> list[Record]:
        return self._logs.log((partition.topic, partition.partition)).read(self._positions[partition], limit)
