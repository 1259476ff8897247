"""Touchpoints that keep coming, whatever happens to the broker."""

import asyncio
import time
from collections.abc import Iterator
from contextlib import suppress
from typing import Any, Final

import msgspec
from aiokafka import AIOKafkaProducer
from aiokafka.errors import KafkaError, KafkaTimeoutError

from streams.codec.touchpoint import encode
from streams.testing.deployment import Deployment
from streams.touchpoints.touchpoint import Touchpoint
from tests.soak.visits import Visits

LINGER_MS: Final = 20
RETRY_SEC: Final = 0.2
FLUSH_SEC: Final = 60.0
CLOSE_SEC: Final = 1.0
TRANSACTION_MS: Final = 8_000  # after this the broker aborts what a killed producer has left open
ABORTED_OF: Final = 3  # of so many transactions each second is committed


class Load:
    """One producer of visits that tries for ever; behind an outage everything comes at once."""

    def __init__(self, deployment: Deployment, *, seed: int, per_sec: float) -> None:
        """Prepare."""
        self.sent = 0
        self.acknowledged = 0
        self.unsure = 0  # neither acknowledged nor refused: what is on the topics tells
        self.undone = 0  # in transactions that were not committed
        self._deployment = deployment
        self._visits = Visits(seed=seed, start_ms=int(time.time() * 1000), per_sec=per_sec)
        self._further = Visits(seed=seed + 1, start_ms=0, per_sec=per_sec, prefix="t").touchpoints()
        self._stopped = asyncio.Event()
        self._producer: Any = None
        self._transactions = 0

    async def run(self) -> None:
        """Send each touchpoint when it is due, until `stop`."""
        started = time.monotonic()
        for due in self._visits.touchpoints():
            if not await self._wait(started + due.at / 1000 - time.monotonic()):
                break
            await self._send(due.touchpoint)
        if self._producer is not None:
            await asyncio.wait_for(self._producer.stop(), FLUSH_SEC)

    def stop(self) -> None:
        """Let `run` end, with everything sent."""
        self._stopped.set()

    async def transact(self, transactions: int, touchpoints: int) -> None:
        """Send touchpoints in transactions of which only each second of ABORTED_OF is committed."""
        producer = await self._transactional()
        try:
            for number in range(transactions):
                await producer.begin_transaction()
                await self._fill(producer, touchpoints)
                if number % ABORTED_OF == 1:
                    await producer.commit_transaction()
                else:
                    await producer.abort_transaction()
                    self.undone += touchpoints
        finally:
            await producer.stop()

    async def abandon(self, touchpoints: int) -> None:
        """Send touchpoints in a transaction, and vanish; the broker aborts it after TRANSACTION_MS."""
        producer = await self._transactional()
        await producer.begin_transaction()
        await self._fill(producer, touchpoints)
        self.undone += touchpoints
        await producer.stop()  # which ends no transaction

    async def _fill(self, producer: AIOKafkaProducer, touchpoints: int) -> None:
        sent = [await _put(self._deployment, producer, one) for one in self._take(touchpoints)]
        await asyncio.gather(*sent)

    def _take(self, count: int) -> Iterator[Touchpoint]:
        """Give further touchpoints, as if they had happened now."""
        for _ in range(count):
            yield msgspec.structs.replace(next(self._further).touchpoint, time=int(time.time() * 1000))

    async def _transactional(self) -> AIOKafkaProducer:
        self._transactions += 1
        producer = AIOKafkaProducer(
            bootstrap_servers=self._deployment.bootstrap_servers,
            transactional_id=f"{self._deployment.namespace}producer-{self._transactions}",
            transaction_timeout_ms=TRANSACTION_MS,
        )
        await producer.start()
        return producer

    async def _wait(self, seconds: float) -> bool:
        """Return False once it is told to stop."""
        if seconds > 0:
            try:
                await asyncio.wait_for(self._stopped.wait(), seconds)
            except TimeoutError:
                return True
        return not self._stopped.is_set()

    async def _send(self, touchpoint: Touchpoint) -> None:
        while True:
            try:
                if self._producer is None:
                    self._producer = await self._begin()
                future = await _put(self._deployment, self._producer, touchpoint)
            except KafkaTimeoutError:  # it was not queued
                continue
            except (KafkaError, AssertionError):  # the client is of no more use, or there is no broker
                await self._give_up()
                await asyncio.sleep(RETRY_SEC)
            else:
                self.sent += 1
                future.add_done_callback(self._settle)
                return

    async def _begin(self) -> AIOKafkaProducer:
        producer = AIOKafkaProducer(
            bootstrap_servers=self._deployment.bootstrap_servers, linger_ms=LINGER_MS, enable_idempotence=True
        )
        try:
            await producer.start()
        except KafkaError:
            await producer.stop()
            raise
        return producer

    async def _give_up(self) -> None:
        producer, self._producer = self._producer, None
        if producer is not None:
            with suppress(TimeoutError, KafkaError):  # what it still has is lost to it: what landed, the topics tell
                await asyncio.wait_for(producer.stop(), CLOSE_SEC)
            await producer.client.close()

    def _settle(self, future: "asyncio.Future[Any]") -> None:
        if future.cancelled() or future.exception() is not None:
            self.unsure += 1
        else:
            self.acknowledged += 1


async def _put(deployment: Deployment, producer: AIOKafkaProducer, one: Touchpoint) -> "asyncio.Future[Any]":
    future: asyncio.Future[Any] = await producer.send(
        deployment.topic(one.type), encode(one), key=one.customer.encode()
    )
    return future
