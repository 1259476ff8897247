"""A fence without a broker: takes batches in order, acknowledges when told to, can be lost."""

import asyncio
from typing import Any, Final

from streams.worker.fence import FenceLost

BATCH_RECORDS: Final = 3

Record = tuple[bytes | None, bytes | None]


class Batch:
    """A batch that is full after BATCH_RECORDS."""

    def __init__(self) -> None:
        self.records: list[Record] = []
        self.headers: dict[Record, list[tuple[str, bytes]]] = {}

    def append(
        self,
        *,
        timestamp: int | None,
        key: bytes | None,
        value: bytes | None,
        headers: list[tuple[str, bytes]],
    ) -> object | None:
        """Take a record; None when full."""
        if len(self.records) == BATCH_RECORDS:
            return None
        self.records.append((key, value))
        if headers:
            self.headers[key, value] = headers
        return self

    def record_count(self) -> int:
        """Return how many records it holds."""
        return len(self.records)


class ManualFence:
    """Stands in for `worker.fence.Fence`; `log` holds (topic, key, value) in the order in which they were queued.

    With `acknowledges` everything is acknowledged at once; else each topic waits for `acknowledge(topic)`.
    """

    def __init__(self, *, acknowledges: bool = True) -> None:
        """Own everything."""
        self.epoch = (1, 0)
        self.acknowledged_at = 0.0
        self.log: list[tuple[str, bytes | None, bytes | None]] = []
        self.headers: dict[Record, list[tuple[str, bytes]]] = {}  # of the records that have any
        self.acknowledges = acknowledges
        self._offsets: dict[str, int] = {}
        self._waiting: list[tuple[str, int, asyncio.Future[int]]] = []
        self._is_lost = False

    async def claim(self) -> None:
        """Own it."""

    def batch(self) -> Batch:
        """Return an empty batch."""
        return Batch()

    async def send(self, batch: Batch, topic: str, partition: int) -> "asyncio.Future[Any]":
        """Queue."""
        self._check()
        await asyncio.sleep(0)
        base = self._offsets.get(topic, 0)
        self._offsets[topic] = base + len(batch.records)
        self.headers |= batch.headers
        self.log += [(topic, key, value) for key, value in batch.records]
        future: asyncio.Future[int] = asyncio.get_running_loop().create_future()
        if self.acknowledges:
            future.set_result(base)
        else:
            self._waiting.append((topic, base, future))
        return future

    async def settle(self, future: "asyncio.Future[Any]") -> int:
        """Wait for the acknowledgement."""
        offset: int = await future
        self._check()
        return offset

    def acknowledge(self, topic: str) -> int:
        """Acknowledge what was queued for a topic; return how many batches."""
        mine = [entry for entry in self._waiting if entry[0] == topic]
        self._waiting = [entry for entry in self._waiting if entry[0] != topic]
        for _, base, future in mine:
            future.set_result(base)
        return len(mine)

    def lose(self) -> None:
        """Refuse everything from now on, and what waits."""
        self._is_lost = True
        for _, base, future in self._waiting:
            future.set_result(base)
        self._waiting.clear()

    async def close(self) -> None:
        """Let go."""

    def of(self, topic: str) -> list[tuple[bytes | None, bytes | None]]:
        """Return what was queued for a topic."""
        return [(key, value) for name, key, value in self.log if name == topic]

    def _check(self) -> None:
        if self._is_lost:
            raise FenceLost("told to")
