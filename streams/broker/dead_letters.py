"""Dead letters on a broker: read them, send records again, and let the workers go on after the breaker."""

import time
from collections import deque
from collections.abc import AsyncGenerator, Callable
from contextlib import aclosing
from typing import Any, Final

import msgspec
from aiokafka import AIOKafkaProducer
from aiokafka.partitioner import murmur2

from streams.broker.connect import producer
from streams.broker.scan import scan
from streams.codec.catalogue import DEAD, SOURCES
from streams.codec.dead_letter import DeadLetter, decode
from streams.codec.registry import SchemaStore
from streams.codec.repair import Record, still_refused
from streams.codec.touchpoint import TouchpointDecoder
from streams.codec.writers import Writer
from streams.touchpoints.rejection import Reason, Rejection

BREAKER: Final = b"breaker"  # the key on `sources`
MAX_REQUEST_BYTES: Final = 32 << 20
IN_FLIGHT: Final = 1_000  # records that wait for their acknowledgement


class Choice(msgspec.Struct, frozen=True, kw_only=True):
    """Which dead letters are meant; everything that is given must hold. `since_ms` is when they were refused."""

    places: frozenset[str] = frozenset()
    reason: Reason | None = None
    topic: str = ""
    since_ms: int = 0

    @property
    def is_all(self) -> bool:
        """Whether nothing is left out."""
        return self == Choice()

    def has(self, letter: DeadLetter, refused_ms: int) -> bool:
        """Return whether this dead letter is meant."""
        return (
            (not self.places or letter.place in self.places)
            and (self.reason is None or letter.reason is self.reason)
            and (not self.topic or letter.topic == self.topic)
            and refused_ms >= self.since_ms
        )


class Refused(msgspec.Struct, frozen=True):
    """A dead letter, when it was written, and the schema of its value where it names one that can be had."""

    letter: DeadLetter
    refused_ms: int
    source: Writer | None


class Reinjected(msgspec.Struct):
    """What came of sending dead letters again. `refused`: place -> why it would be refused again; those were left."""

    ready: int = 0
    sent: int = 0
    refused: dict[str, str] = {}
    missing: list[str] = []  # places that are no dead letters


Mend = Callable[[Refused], Record | Rejection]


async def read(servers: str, choice: Choice, store: SchemaStore) -> AsyncGenerator[Refused]:
    """Yield the dead letters that are meant, oldest first, each place once.

    A dead letter that a crash made the worker write twice is yielded once.
    """
    seen: set[str] = set()
    async with aclosing(scan(servers, DEAD)) as records:
        async for record in records:
            if record.value is None:
                continue
            await store.learn(record.value)
            letter = decode(record.value, store)
            if choice.has(letter, record.timestamp) and letter.place not in seen:
                seen.add(letter.place)
                yield Refused(letter, record.timestamp, await store.learn(letter.value or b"", letter.headers))


async def reinject(
    servers: str,
    choice: Choice,
    mend: Mend,
    decoder: TouchpointDecoder,
    store: SchemaStore,
    *,
    force: bool = False,
    dry_run: bool = False,
) -> Reinjected:
    """Send the records that are meant back to their topics, mended; all are acknowledged when this returns.

    What the decoder would refuse again stays, unless `force` is given. A key goes to the partition that Kafka's default
    partitioner gives it, which also mends a record that a producer with another partitioner had put elsewhere.
    """
    outcome = Reinjected(missing=sorted(choice.places))
    waiting: deque[Any] = deque()
    async with producer(servers, max_request_size=MAX_REQUEST_BYTES, compression_type="lz4") as client:
        async for refused in read(servers, choice, store):
            place = refused.letter.place
            if place in outcome.missing:
                outcome.missing.remove(place)
            record = mend(refused)
            again = record if isinstance(record, Rejection) else still_refused(record, decoder)
            if isinstance(record, Rejection) or (again and not force):
                outcome.refused[place] = f"{again.reason}: {again.detail}" if again else ""
                continue
            outcome.ready += 1
            if not dry_run:
                waiting.append(await _send(client, record))
                outcome.sent += 1
            while len(waiting) > IN_FLIGHT:
                await waiting.popleft()
        while waiting:
            await waiting.popleft()
    return outcome


async def _send(client: AIOKafkaProducer, record: Record) -> Any:
    partitions = len(await client.partitions_for(record.topic))
    return await client.send(
        record.topic,
        record.value,
        key=record.key,
        partition=(murmur2(record.key) & 0x7FFFFFFF) % partitions if record.key else 0,
        timestamp_ms=record.timestamp,
        headers=list(record.headers),
    )


async def resume(servers: str) -> int:
    """Tell all workers that what was recorded until now no longer trips the breaker; return the moment in ms."""
    resumed_at = time.time_ns() // 1_000_000
    async with producer(servers) as client:
        await client.send_and_wait(SOURCES, msgspec.json.encode({"resumed_at": resumed_at}), key=BREAKER)
    return resumed_at
