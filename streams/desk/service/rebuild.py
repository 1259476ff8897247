"""Reads the actions topic back into an empty store: what people did outlives the desk's disk.

Alerts need nothing of the kind: a store without positions reads their topic from its beginning, and the cases that came
back know which revisions they have taken into account.
"""

import logging
from collections.abc import Sequence
from typing import Any, Final

import msgspec
from aiokafka import AIOKafkaConsumer, TopicPartition
from aiokafka.admin import AIOKafkaAdminClient
from aiokafka.errors import KafkaError
from sqlalchemy.ext.asyncio import AsyncConnection

from streams.codec.catalogue import ALERTS, DESK_ACTIONS
from streams.desk.cases.case import Case, Change
from streams.desk.cases.policy import Policy
from streams.desk.cases.summary import Summary
from streams.desk.service import silences
from streams.desk.service.keeper import RECOVERY
from streams.desk.store import cases, positions
from streams.desk.store.database import Database
from streams.errors import BrokerError
from streams.settings.kafka import client_options

POLL_MS: Final = 500
_log = logging.getLogger("touchpoint.desk")
_decode: Final = msgspec.json.Decoder(Change).decode
_decode_silenced: Final = msgspec.json.Decoder(silences.Silenced).decode


async def rebuild(database: Database, bootstrap_servers: str, policy: Policy) -> int:
    """Take back what the topic has beyond the store's positions; return how many changes that were.

    The desk does this before it reads alerts. With a store that is whole it reads what this desk itself has said.

    Raises:
        BrokerError: no broker answers, or a topic is missing.
    """
    async with database.read() as connection:
        kept = await positions.load(connection, DESK_ACTIONS)
    places = await _places(bootstrap_servers)
    consumer = AIOKafkaConsumer(
        bootstrap_servers=bootstrap_servers,
        enable_auto_commit=False,
        isolation_level="read_committed",
        **client_options(),
    )
    await consumer.start()
    restored = 0
    try:
        consumer.assign(places)
        ends = await consumer.end_offsets(places)
        begins = await consumer.beginning_offsets(places)
        for place in places:
            await consumer.position(place)  # the client looks up its own first, which would win over a seek before it
            consumer.seek(place, max(kept.get(place.partition, 0), begins[place]))
        while any([await consumer.position(place) < ends[place] for place in places]):
            found = await consumer.getmany(timeout_ms=POLL_MS)
            restored += await _restore(database, found, policy)
    finally:
        await consumer.stop()
    if restored:
        _log.info("%d changes of cases and silences were read back", restored)
    return restored


async def _places(bootstrap_servers: str) -> Sequence[TopicPartition]:
    """Return the partitions of the topic, having seen that all topics of the desk are there."""
    client = AIOKafkaAdminClient(bootstrap_servers=bootstrap_servers, **client_options())
    try:
        await client.start()
        found = {each["topic"]: each["partitions"] for each in await client.describe_topics()}
    except KafkaError as error:
        message = f"no broker answers ({type(error).__name__})"
        raise BrokerError(message, place=bootstrap_servers, remedy="touchpoint broker start") from error
    finally:
        await client.close()
    for topic in (ALERTS, DESK_ACTIONS, RECOVERY):
        if topic not in found:
            raise BrokerError(f"topic {topic} is missing", place=bootstrap_servers, remedy="touchpoint topics create")
    return sorted(TopicPartition(DESK_ACTIONS, each["partition"]) for each in found[DESK_ACTIONS])


async def restore(connection: AsyncConnection, changes: Sequence[Change], policy: Policy) -> None:
    """Take changes back, in any order and any number of times."""
    await cases.restore(connection, changes, [_summary(change.case, policy) for change in changes])


async def _restore(database: Database, found: dict[TopicPartition, list[Any]], policy: Policy) -> int:
    records = [record for records in found.values() for record in records if record.value]
    silenced = [_decode_silenced(record.value) for record in records if _is_of_silence(record)]
    changes = [_decode(record.value) for record in records if not _is_of_silence(record)]
    async with database.write() as connection:
        await silences.restore(connection, silenced)
        await restore(connection, changes, policy)
        offsets = {place.partition: records[-1].offset + 1 for place, records in found.items()}
        await positions.save(connection, DESK_ACTIONS, offsets)
    return len(records)


def _is_of_silence(record: Any) -> bool:
    return (record.key or b"").startswith(silences.KEY.encode())


def _summary(case: Case, policy: Policy) -> Summary:
    """Return what can be said of a case before its alerts are back."""
    due_at = case.opened_at + policy.lost_ms[case.severity]
    rules = tuple(dict.fromkeys(each.rule for each in case.members))
    return Summary(rules=rules, due_at=due_at)
