"""The right to write to one partition: a claimed producer epoch.

From the new owner's first write on, the broker refuses every older owner (DESIGN 8.1). A transactional id gives the
epoch; the producer that carries it is idempotent but not transactional, because transactions cost 25 ms each.
"""

import asyncio
import logging
import time
from typing import Any, Final

from aiokafka import errors
from aiokafka.client import AIOKafkaClient, ConnectionGroup, CoordinationType
from aiokafka.protocol.transaction import InitProducerIdRequest

from streams.worker.clients import Clients

FENCED: Final = (errors.ProducerFenced, errors.InvalidProducerEpoch, errors.OutOfOrderSequenceNumber)
CLOSE_SEC: Final = 1.0
_RETRY_SEC: Final = 0.05
_log = logging.getLogger("touchpoint.worker")


class FenceLost(Exception):  # noqa: N818 - it names an event, and is no fault
    """Raise when this owner may no longer write: somebody else has claimed, or nobody can know any more."""


class Fence:
    """One claimed epoch. Use from the loop that created it; after FenceLost it is of no more use."""

    def __init__(self, clients: Clients, transactional_id: str, *, lifetime_sec: float) -> None:
        """Prepare; nothing is claimed yet. Without a write for `lifetime_sec` the broker may have forgotten us."""
        self._id = transactional_id
        self._lifetime_sec = lifetime_sec
        self._producer = clients.producer()
        self.epoch = (-1, -1)
        self.acknowledged_at = time.time()

    async def claim(self) -> None:
        """Take the epoch over from whoever has it; from our first write on, theirs are refused."""
        client = self._producer.client
        await client.bootstrap()
        self.epoch = await _init_producer_id(client, self._id)
        # What AIOKafkaProducer would get without a transactional id is an epoch that fences nobody.
        self._producer._txn_manager.set_pid_and_epoch(*self.epoch)  # noqa: SLF001
        await self._producer.start()
        self.acknowledged_at = time.time()
        _log.debug("%s: claimed epoch %s", self._id, self.epoch)

    def batch(self) -> Any:
        """Return an empty batch (`clients` has its size); a single larger record still fits."""
        return self._producer.create_batch()

    async def send(self, batch: Any, topic: str, partition: int) -> "asyncio.Future[Any]":
        """Queue the batch behind all that were queued before; return what `settle` takes.

        Waits while a batch is queued already, so memory stays bounded. Callers keep the order by not calling it twice
        at a time for the same topic.
        """
        if time.time() - self.acknowledged_at > self._lifetime_sec:
            raise FenceLost(
                f"{self._id}: nothing was written for {self._lifetime_sec:.0f} s, the epoch may be forgotten"
            )
        while True:
            try:
                future: asyncio.Future[Any] = await self._producer.send_batch(batch, topic, partition=partition)
            except errors.KafkaTimeoutError:  # the batch was not queued: the broker is away, and so is everybody's
                continue
            except FENCED as error:
                raise FenceLost(f"{self._id}: {type(error).__name__}") from error
            except errors.ProducerClosed as error:  # the lane was let go of while a flush was under way
                raise FenceLost(f"{self._id}: it is closed") from error
            else:
                return future

    async def settle(self, future: "asyncio.Future[Any]") -> int:
        """Wait until the batch is acknowledged by all replicas; return the offset of its first record."""
        try:
            metadata = await future
        except (*FENCED, errors.NotLeaderForPartitionError, errors.LeaderNotAvailableError) as error:
            # The last two come when aiokafka gave a batch up without knowing whether it landed.
            raise FenceLost(f"{self._id}: {type(error).__name__}") from error
        self.acknowledged_at = time.time()
        return int(metadata.offset)

    async def close(self) -> None:
        """Let go. Batches under way may still land: whoever claims next ends that."""
        # AIOKafkaProducer.stop() waits for every batch, for ever if the broker is away.
        stopping = asyncio.ensure_future(self._producer.stop())
        await asyncio.wait([stopping], timeout=CLOSE_SEC)
        if not stopping.done():
            stopping.cancel()
        elif not stopping.cancelled() and (error := stopping.exception()):
            _log.debug("%s: closing: %r", self._id, error)


async def _init_producer_id(client: AIOKafkaClient, transactional_id: str) -> tuple[int, int]:
    """Ask the transaction coordinator for the next epoch of the id; retries until the caller's deadline."""
    request = InitProducerIdRequest(transactional_id=transactional_id, transaction_timeout_ms=60_000)
    while True:
        # A broker that has never seen a transactional id answers the look-up with error 15 at first, and
        # ConcurrentTransactions is not marked as retriable.
        try:
            node = await client.coordinator_lookup(CoordinationType.TRANSACTION, transactional_id)
            if await client.ready(node, group=ConnectionGroup.COORDINATION):
                answer = await client.send(node, request, group=ConnectionGroup.COORDINATION)
                if not answer.error_code:
                    return answer.producer_id, answer.producer_epoch
                raise errors.for_code(answer.error_code)
        except errors.KafkaError as error:
            if not (error.retriable or isinstance(error, errors.ConcurrentTransactions)):
                raise
        await asyncio.sleep(_RETRY_SEC)
