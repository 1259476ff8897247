"""Reads what all partitions have counted of crowds, for those crowds whose home is owned here.

`journey-stats` is read from its beginning whenever a partition is claimed: counts are absolute, so nothing has to be
remembered of how far it was read, and nothing is said before its end has been reached once. Crowds that were at home
here before the deployment had more partitions are left out.
"""

import asyncio
from typing import Any, Final

from aiokafka import TopicPartition

from streams.codec.partitioner import home_of
from streams.codec.stats import CROWD, decode_count
from streams.worker.store import Lanes

_WAIT_MS: Final = 200
_STEP: Final = 500  # records taken in at a stretch


class CrowdFeed:
    """One consumer for all owned partitions, outside the group."""

    def __init__(self, lanes: Lanes) -> None:
        self._lanes = lanes
        self._owned: dict[TopicPartition, Any] = {}  # lanes
        self._ends: dict[TopicPartition, int] = {}  # of those that have not reached them

    async def run(self) -> None:
        """Run until cancelled; raises what the client raises, and CorruptError."""
        consumer = self._lanes.kit.clients.reader()
        await consumer.start()
        try:
            while True:
                await self._follow(consumer)
                if not self._owned:
                    await asyncio.sleep(_WAIT_MS / 1000)
                    continue
                for partition, records in (await consumer.getmany(timeout_ms=_WAIT_MS)).items():
                    await self._take(partition, records)
                await self._open(consumer)
        finally:
            await consumer.stop()

    async def _follow(self, consumer: Any) -> None:
        """Read what is owned now, new partitions from their beginning."""
        topic = self._lanes.kit.topics.stats
        counting = [
            lane for lane in self._lanes.ready() if lane.teller.counting.tally.types
        ]  # some rule is over a crowd
        owned = {TopicPartition(topic, lane.number): lane for lane in counting}
        if owned == self._owned:
            return
        new = [each for each, lane in owned.items() if self._owned.get(each) is not lane]
        at = {each: await consumer.position(each) for each in owned if each not in new}
        self._owned = owned
        self._ends = {each: end for each, end in self._ends.items() if each in at}
        if not owned:
            consumer.unsubscribe()
            return
        consumer.assign(list(owned))
        for each, offset in at.items():
            consumer.seek(each, offset)
        if new:
            self._ends |= await consumer.end_offsets(new)
            await consumer.seek_to_beginning(*new)

    async def _take(self, partition: TopicPartition, records: list[Any]) -> None:
        lane = self._owned[partition]
        for start in range(0, len(records), _STEP):
            for record in records[start : start + _STEP]:
                if record.key is not None and record.key.startswith(CROWD):
                    count = decode_count(record.value)
                    if home_of(count.contribution.over.encode(), self._lanes.kit.partitions) == lane.number:
                        lane.teller.crowds.take([count.contribution], count.partition)
            await asyncio.sleep(0)

    async def _open(self, consumer: Any) -> None:
        for partition, end in list(self._ends.items()):
            if await consumer.position(partition) >= end:
                del self._ends[partition]
                lane = self._owned[partition]
                lane.teller.open(lane.core.clock)
