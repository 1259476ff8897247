"""The order of a growth: see that all is at rest, make partitions, let producers learn of them, move, in one go.

Partitions are added to the topics that are there. New topics in their place would have taken what is kept of the
touchpoints, and the desk's place in the alerts, with them; and while a topic is away its producers fail. What moves
does so in one transaction: whoever breaks it off, a worker finds everything moved or nothing, and starts only when the
number of partitions that it was given is the one that its journeys were folded from.
"""

import asyncio
import time
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from itertools import product
from typing import Final

from aiokafka import AIOKafkaProducer, TopicPartition
from aiokafka.admin import AIOKafkaAdminClient

from streams.broker.connect import admin, explained
from streams.broker.topics import extend
from streams.codec import catalogue
from streams.errors import BrokerError
from streams.growth.claiming import claim
from streams.growth.moving import Move, Moved, Standing
from streams.growth.reading import reading
from streams.growth.regimes import merged
from streams.growth.writing import BATCH_BYTES, Writing
from streams.settings.kafka import client_options
from streams.worker.kit import GROUP, Topics
from streams.worker.topics import worker_topics

PATIENCE_SEC: Final = 90.0  # a worker that was killed is a member until its session is over
_POLL_SEC: Final = 0.5
_TRANSACTION_MS: Final = 900_000  # as long as a broker allows by default
_OVER: Final = frozenset({"Empty", "Dead"})  # states of a group without members


async def grow(
    servers: str,
    partitions: int,
    *,
    namespace: str = "",
    settle_sec: float,
    patience_sec: float = PATIENCE_SEC,
) -> Moved:
    """Give the deployment so many partitions; return what has moved, nothing where it has them already.

    May be called again wherever it was interrupted. Raises BrokerError, having changed nothing, while workers run,
    where one was not stopped in order, or when there are more partitions already.
    """
    topics, group = worker_topics(partitions, namespace), namespace + GROUP
    async with explained(servers):
        async with admin(servers) as client:
            await _stopped(client, group, servers, patience_sec)
            counts = await _counts(client, namespace, partitions, servers)
            is_due = await _is_due(servers, topics, counts[topics.changelog], partitions)
            await extend(client, dict.fromkeys(counts, partitions), servers)
            if not is_due:
                return Moved()
            await asyncio.sleep(settle_sec)
            await _stopped(client, group, servers, patience_sec)
            await claim(servers, topics, partitions)
            offsets = await client.list_consumer_group_offsets(group)
        committed = {place: one.offset for place, one in offsets.items() if one.offset > 0}
        names = [*topics.touchpoints, topics.changelog, topics.alerts, topics.stats]
        places = [TopicPartition(*one) for one in product(names, range(partitions))]
        async with reading(servers) as found, _transaction(servers, f"{topics.changelog}/move") as writing:
            standing = Standing(await found.begins(places), await found.ends(places), committed)
            move = Move(topics, partitions, standing, found, writing)
            for number in range(partitions):
                place = TopicPartition(topics.changelog, number)
                await move.take(await found.left(place, *standing.whole(place)))
            await move.end()
        return move.moved


async def _stopped(client: AIOKafkaAdminClient, group: str, servers: str, patience_sec: float) -> None:
    """Wait until no worker is a member of the group."""
    deadline = time.monotonic() + patience_sec
    while True:
        states = [one[2] for answer in await client.describe_consumer_groups([group]) for one in answer.groups]
        if _OVER.issuperset(states):
            return
        if time.monotonic() > deadline:
            raise BrokerError(
                "workers still run, or have been killed a moment ago", place=servers, remedy="stop them all first"
            )
        await asyncio.sleep(_POLL_SEC)


async def _counts(client: AIOKafkaAdminClient, namespace: str, partitions: int, servers: str) -> dict[str, int]:
    """Return how many partitions each topic has that the deployment's number is for."""
    names = {namespace + topic.name for topic in catalogue.shipped() if topic.partitions == "N"}
    found = {each["topic"]: len(each["partitions"]) for each in await client.describe_topics()}
    counts = {name: found[name] for name in names & found.keys()}
    if missing := sorted(names - counts.keys()):
        raise BrokerError(f"topics are missing: {', '.join(missing)}", place=servers, remedy="touchpoint topics create")
    if larger := sorted(name for name, count in counts.items() if count > partitions):
        raise BrokerError(
            f"{larger[0]} has {counts[larger[0]]} partitions, and Kafka takes none away",
            place=servers,
            remedy="name a larger number",
        )
    return counts


async def _is_due(servers: str, topics: Topics, before: int, partitions: int) -> bool:
    """Return whether anything was folded from another number of partitions; raise where all is not at rest."""
    numbers = {number: topic for topic, number in topics.touchpoints.items()}
    folded, regimes = set(), []
    async with reading(servers) as found:
        places = [TopicPartition(topics.changelog, number) for number in range(before)]
        begins, ends = await found.begins(places), await found.ends(places)
        for place in places:
            left = await found.left(place, begins[place], ends[place])
            noted = left.meta
            if noted is None or noted.partitions != partitions:
                left.refuse_unrest(numbers)
                regimes.append(left.regimes)
            folded |= {noted.partitions} if noted is not None else set()
    merged(regimes)
    return bool(folded - {partitions}) if folded else before != partitions


@asynccontextmanager
async def _transaction(servers: str, name: str) -> AsyncGenerator[Writing]:
    """Give a writing whose records are there all at once at the end, or never."""
    producer = AIOKafkaProducer(
        bootstrap_servers=servers,
        transactional_id=name,
        transaction_timeout_ms=_TRANSACTION_MS,
        compression_type="zstd",
        max_batch_size=BATCH_BYTES,
        **client_options(),
    )
    await producer.start()
    try:
        async with producer.transaction():
            yield Writing(producer)
    finally:
        await producer.stop()
