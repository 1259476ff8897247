"""The face of AIOKafkaProducer that a fence uses, over the model broker.

As aiokafka does it: one batch of a partition is under way and one waits, a request that failed is sent again under its
sequence number for ever, and what the broker refuses for good fails everything that follows.
"""

import asyncio
from types import SimpleNamespace
from typing import Any, Final

from aiokafka import errors

from tests.simulation.log import Logs, Place, Unstored
from tests.simulation.loop import PROCESS, VirtualLoop
from tests.simulation.network import Network

QUEUE_SEC: Final = 30.0  # aiokafka's request time-out: so long a batch waits for its turn
RETRY_SEC: Final = 0.1
BATCH_RECORDS: Final = 4
FATAL: Final = (errors.ProducerFenced, errors.OutOfOrderSequenceNumber)


class Batch:
    """A batch that is full early, so that most writes are several requests."""

    def __init__(self, loop: VirtualLoop) -> None:
        self.records: list[Unstored] = []
        self.sequence = -1
        self.future: asyncio.Future[Any] = loop.create_future()
        self._loop = loop

    def append(self, *, timestamp: int | None, key: bytes | None, value: bytes | None, headers: Any) -> object | None:
        """Take a record; None when full."""
        if len(self.records) == BATCH_RECORDS:
            return None
        self.records.append((int(self._loop.wall() * 1000) if timestamp is None else timestamp, key, value))
        return self

    def record_count(self) -> int:
        """Return how many records it holds."""
        return len(self.records)


class ModelProducer:
    """One idempotent producer of one process."""

    def __init__(self, loop: VirtualLoop, network: Network, logs: Logs) -> None:
        self.client = Client(network, logs)
        self._txn_manager = SimpleNamespace(set_pid_and_epoch=self._own)
        self._loop, self._network, self._logs = loop, network, logs
        self._epoch = (-1, -1)
        self._next: dict[Place, int] = {}
        self._waiting: dict[Place, Batch] = {}
        self._drained: dict[Place, asyncio.Event] = {}
        self._sending: dict[Place, asyncio.Task[None]] = {}
        self._fatal: Exception | None = None

    def _own(self, producer_id: int, epoch: int) -> None:
        self._epoch = (producer_id, epoch)

    async def start(self) -> None:
        """Connect."""

    async def stop(self) -> None:
        """Wait for every batch, for ever if need be."""
        if sending := list(self._sending.values()):
            await asyncio.wait(sending)

    def create_batch(self) -> Batch:
        """Return an empty batch."""
        return Batch(self._loop)

    async def send_batch(self, batch: Batch, topic: str, *, partition: int) -> "asyncio.Future[Any]":
        """Queue a batch once none waits before it; raises KafkaTimeoutError when that takes too long."""
        place = (topic, partition)
        until = self._loop.time() + QUEUE_SEC
        while place in self._waiting:
            try:
                await asyncio.wait_for(self._drained[place].wait(), until - self._loop.time())
            except TimeoutError:
                raise errors.KafkaTimeoutError from None
        if self._fatal is not None:
            raise self._fatal
        self._waiting[place] = batch
        self._drained[place] = asyncio.Event()
        if place not in self._sending:
            self._sending[place] = asyncio.ensure_future(self._send(place))
        return batch.future

    async def _send(self, place: Place) -> None:
        while (batch := self._waiting.pop(place, None)) is not None:
            self._drained[place].set()
            batch.sequence = self._next.get(place, 0)
            self._next[place] = batch.sequence + len(batch.records)
            try:
                offset = await self._deliver(place, batch)
            except Exception as error:  # noqa: BLE001 - whatever it is belongs to who waits for the batch
                if isinstance(error, FATAL):
                    self._fatal = error
                batch.future.set_exception(error)
                batch.future.exception()  # somebody has looked: whoever crashed does not
            else:
                batch.future.set_result(SimpleNamespace(offset=offset))
        del self._sending[place]

    async def _deliver(self, place: Place, batch: Batch) -> int:
        process = PROCESS.get()
        while True:
            if self._fatal is not None:
                raise self._fatal
            try:
                return await self._network.call(
                    f"{len(batch.records)} records to {place[0]}/{place[1]}",
                    lambda: self._logs.produce(
                        place, self._epoch, batch.sequence, batch.records, self._loop.time(), process
                    ),
                )
            except errors.RequestTimedOutError:
                await asyncio.sleep(RETRY_SEC)


class Client:
    """The face of AIOKafkaClient with which an epoch is claimed."""

    def __init__(self, network: Network, logs: Logs) -> None:
        self._network = network
        self._logs = logs

    async def bootstrap(self) -> None:
        """Connect."""

    async def coordinator_lookup(self, kind: Any, name: str) -> int:
        """Return the one node."""
        return 0

    async def ready(self, node: int, *, group: Any) -> bool:
        """Return that it is there."""
        return True

    async def send(self, node: int, request: Any, *, group: Any) -> Any:
        """Claim the next epoch of the transactional id in the request."""
        name = request._transactional_id
        producer_id, epoch = await self._network.call(f"claim of {name}", lambda: self._logs.claim(name))
        return SimpleNamespace(error_code=0, producer_id=producer_id, producer_epoch=epoch)
