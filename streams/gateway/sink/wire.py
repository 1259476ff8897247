"""Records to Kafka: one batch for each partition at a time, each acknowledged by all in-sync replicas."""

import asyncio
from collections.abc import Sequence
from typing import Any, Final, Self

import msgspec
from aiokafka import AIOKafkaProducer
from aiokafka.errors import (
    InvalidTimestampError,
    KafkaError,
    MessageSizeTooLargeError,
    PolicyViolationError,
    RecordListTooLargeError,
)

from streams.codec import catalogue
from streams.errors import BrokerError
from streams.gateway.sink.batches import Batch, Batches
from streams.gateway.sink.policy import Policy
from streams.gateway.sink.record import Record
from streams.settings.kafka import client_options

BATCH_BYTES: Final = 1 << 18
MAX_REQUEST_BYTES: Final = 4 << 20
REQUEST_MS: Final = 10_000
END_TRIES: Final = 5
END_SEC: Final = 0.1
SLICE: Final = 500  # records that are encoded before others get their turn
REFUSALS: Final = (MessageSizeTooLargeError, RecordListTooLargeError, InvalidTimestampError, PolicyViolationError)


class Away(Exception):  # noqa: N818 - it names an event, and is no fault
    """Raise when no broker answers or acknowledges; the text says why. Trying again later makes sense."""


class Unsent(msgspec.Struct, frozen=True):
    """What was not acknowledged, in its order, and why. Trying again makes sense for `left`, not for `refused`."""

    why: str
    left: Sequence[Record]
    refused: Sequence[Record] = ()


class Wire:
    """One idempotent producer. After the first Unsent it is of no more use: `end` it and open another.

    Each partition has one batch under way at most. So what lies behind a batch that failed has not been sent, and what
    is sent again in order arrives in order, but for copies.
    """

    def __init__(self, producer: Any, partitions: dict[str, int], ack_sec: float) -> None:
        self._producer = producer
        self._partitions = partitions
        self._ack_sec = ack_sec

    @classmethod
    async def open(cls, servers: str, policy: Policy) -> Self:
        """Connect; raises Away when no broker answers in time, BrokerError when a topic of the catalogue is missing."""
        producer = AIOKafkaProducer(
            bootstrap_servers=servers,
            enable_idempotence=True,
            acks="all",
            max_batch_size=BATCH_BYTES,
            max_request_size=MAX_REQUEST_BYTES,
            request_timeout_ms=REQUEST_MS,
            **client_options(),
        )
        try:
            async with asyncio.timeout(policy.connect_sec):
                await producer.start()
                partitions = await _partitions(producer, servers)
                await producer.client.set_topics(list(partitions))
        except (KafkaError, TimeoutError, OSError) as error:
            await _end(producer)
            raise Away(f"no Kafka broker answers at {servers} ({type(error).__name__})") from error
        except BaseException:
            await _end(producer)
            raise
        return cls(producer, partitions, policy.ack_sec)

    async def send(self, records: Sequence[Record], *, alone: bool = False) -> Unsent | None:
        """Return once all are acknowledged, or what was not; `alone`: each in a batch of its own."""
        if {record.topic for record in records} - self._partitions.keys():  # a spool that a newer version has left
            refused = [record for record in records if record.topic not in self._partitions]
            left = [record for record in records if record.topic in self._partitions]
            return Unsent("the catalogue has no such topic", left, refused)
        while records:
            filled = await self._fill(records, alone)
            batches, rest = filled.by_place, filled.rest
            why = await self._settle(batches)
            if why:
                unsettled = [batch for batch in batches.values() if not _is_acknowledged(batch)]
                refused = [one for batch in unsettled if _is_refused(batch) for one in batch.records]
                left = [one for batch in unsettled if not _is_refused(batch) for one in batch.records]
                return Unsent(why, [*left, *rest], refused)
            records = rest
        return None

    async def end(self) -> None:
        """End at once, whatever is under way; that may still land."""
        await _end(self._producer)

    async def _fill(self, records: Sequence[Record], alone: bool) -> Batches:
        """Put records into one batch for each partition."""
        batches = Batches(self._producer.create_batch, self._partitions, alone=alone)
        for start in range(0, len(records), SLICE):
            if start:
                await asyncio.sleep(0)
            batches.add(records[start : start + SLICE])
        return batches

    async def _settle(self, batches: dict[tuple[str, int], Batch]) -> str:
        """Send the batches and wait for them; return why not all are acknowledged, empty when they are."""
        try:
            async with asyncio.timeout(self._ack_sec):
                for (topic, partition), batch in batches.items():
                    batch.builder.close()
                    batch.future = await self._producer.send_batch(batch.builder, topic, partition=partition)
                    batch.future.add_done_callback(_look)
                await asyncio.wait([batch.future for batch in batches.values() if batch.future])
        except TimeoutError:
            return f"no acknowledgement within {self._ack_sec:g} s"
        except (KafkaError, AssertionError) as error:  # asserts that the topic still has the partition
            return type(error).__name__
        errors = [batch.future.exception() for batch in batches.values() if batch.future]
        return next((type(error).__name__ for error in errors if error), "")


async def _partitions(producer: Any, servers: str) -> dict[str, int]:
    """Return how many partitions each topic of the catalogue has; raises BrokerError when one is missing.

    All topics are asked for: asking for one by name would make it on a broker that makes topics by itself.
    """
    cluster = await producer.client.fetch_all_metadata()
    found = {topic.name: cluster.partitions_for_topic(topic.name) for topic in catalogue.sources()}
    if missing := [name for name, numbers in found.items() if not numbers]:
        raise BrokerError(f"topic {missing[0]} is missing", place=servers, remedy="touchpoint topics create")
    return {name: len(numbers) for name, numbers in found.items()}


async def _end(producer: Any) -> None:
    """End a producer at once, its batches never come to anything here any more.

    Its own `stop` waits for every batch, for ever if the broker is away. What is touched here is pinned in
    tests/contract/gateway/test_aiokafka.py.
    """
    sender = producer._sender.sender_task  # noqa: SLF001 - see above
    for _ in range(END_TRIES):  # first it waits for its requests, then it stops waiting for one of them
        if sender is None or sender.done():
            break
        sender.cancel()
        await producer.client.close()
        await asyncio.wait([sender], timeout=END_SEC)
    await producer.client.close()
    producer._closed = True  # noqa: SLF001 - see above


def _look(future: "asyncio.Future[Any]") -> None:
    """See an error of a batch that nobody waits for any more."""
    if not future.cancelled():
        future.exception()


def _is_acknowledged(batch: Batch) -> bool:
    future = batch.future
    return future is not None and future.done() and not future.cancelled() and future.exception() is None


def _is_refused(batch: Batch) -> bool:
    future = batch.future
    if future is None or not future.done() or future.cancelled():
        return False
    return isinstance(future.exception(), REFUSALS)
