"""How long partitions stood still: what the group commits, looked at all the time."""

import asyncio
import time
from collections.abc import Mapping
from typing import Final

from streams.broker.connect import admin
from streams.errors import BrokerError

LOOK_SEC: Final = 0.5


class Watch:
    """Measures for each partition the longest time without progress while touchpoints kept coming.

    Progress is what is committed, so a pause includes the wait for the next flush, and outages of the broker.
    """

    def __init__(self, servers: str, group: str) -> None:
        """Prepare."""
        self.pauses: dict[int, list[float]] = {}
        self._servers = servers
        self._group = group
        self._reached: dict[int, tuple[int, float]] = {}  # partition -> sum of its offsets, and since when

    def longest_sec(self, now: float) -> float:
        """Return the longest pause of any partition, those that still last included."""
        ended = [max(pauses) for pauses in self.pauses.values()]
        return max([0.0, *ended, *(now - since for _, since in self._reached.values())])

    def median_sec(self) -> float:
        """Return the time that usually lies between two commits of a partition."""
        every = sorted(pause for pauses in self.pauses.values() for pause in pauses)
        return every[len(every) // 2] if every else 0.0

    async def run(self) -> None:
        """Look until cancelled."""
        while True:
            try:
                async with admin(self._servers) as client:
                    while True:
                        found = await client.list_consumer_group_offsets(self._group)
                        sums: dict[int, int] = {}
                        for place, there in found.items():
                            sums[place.partition] = sums.get(place.partition, 0) + max(0, there.offset)
                        self.see(sums, time.monotonic())
                        await asyncio.sleep(LOOK_SEC)
            except BrokerError:
                await asyncio.sleep(LOOK_SEC)

    async def wait_progress(self, since: float, partitions: int, patience_sec: float) -> None:
        """Return once so many partitions have got on after `since` (monotonic), or the patience is over."""
        until = time.monotonic() + patience_sec
        while time.monotonic() < until:
            if sum(at > since for _, at in self._reached.values()) >= partitions:
                return
            await asyncio.sleep(LOOK_SEC)

    def see(self, sums: Mapping[int, int], now: float) -> None:
        """Take note of what is committed now."""
        for partition, total in sums.items():
            before = self._reached.get(partition)
            if before is None or total > before[0]:
                if before is not None:
                    self.pauses.setdefault(partition, []).append(now - before[1])
                self._reached[partition] = (total, now)
