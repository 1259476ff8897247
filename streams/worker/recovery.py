"""Reads journeys back from the changelog, beside Faust.

Faust's own recovery costs 100 µs a record, drops records at a second rebalance, and calls unread partitions recovered
(notes in ARCHITECTURE.md). Here a consumer of its own, outside the group, reads each claimed partition up to the claim:
nobody else can write behind it, so the claim's offset is an exact goal. Kept and empty partitions are ready at once.
"""

import asyncio
import time
from collections.abc import AsyncIterator, Iterable
from typing import Any, Final

from aiokafka import TopicPartition

from streams.worker.kit import Kit
from streams.worker.lane import Lane
from streams.worker.meta import RESERVED

_FETCH_BYTES: Final = 4 << 20  # per partition
_POLL_RECORDS: Final = 2_000  # some 5 ms of taking them in


async def restore(lanes: Iterable[Lane], kit: Kit) -> AsyncIterator[Lane]:
    """Read the journeys of claimed lanes back; yield each lane as soon as it has reached its goal.

    May be cancelled and called again: each lane goes on where it was.
    """
    unread = {TopicPartition(kit.topics.changelog, lane.number): lane for lane in lanes}
    if not unread:
        return
    began, records = time.monotonic(), 0
    consumer = kit.clients.reader(
        check_crcs=False,  # it halves the speed, and the broker has checked them when it took them
        max_partition_fetch_bytes=_FETCH_BYTES,
        max_poll_records=_POLL_RECORDS,
    )
    try:
        consumer.assign(list(unread))
        await consumer.start()
        for partition, lane in unread.items():
            consumer.seek(partition, lane.applied + 1)
        while unread:
            # Of all partitions: what was fetched of finished ones and left there would hold up the others.
            for partition, batch in (await consumer.getmany(timeout_ms=500)).items():
                if partition not in unread:
                    continue
                lane = unread[partition]
                lane.restore(batch)
                records += len(batch)
                await asyncio.sleep(0)
                if lane.applied >= lane.goal:
                    del unread[partition]
                    consumer.pause(partition)
                    yield lane
    finally:
        kit.signals.restored(records, time.monotonic() - began)
        await _stop(consumer)


async def said_since(lanes: Iterable[Lane], kit: Kit) -> dict[int, set[tuple[str, int]]]:
    """Return which alerts (id, revision) were said before the claim, of partitions whose journeys owe any.

    They were acknowledged after the last flush, so the journeys do not remember them; saying them again would be
    harmless and confusing. Nobody else can have written them: they are in the fenced partition, before our claim.
    """
    said: dict[int, set[tuple[str, int]]] = {}
    unread = {TopicPartition(kit.topics.alerts, lane.number): lane for lane in lanes if lane.owed}
    if not unread:
        return said
    consumer = kit.clients.reader()
    try:
        consumer.assign(list(unread))
        await consumer.start()
        for partition, lane in unread.items():
            consumer.seek(partition, lane.meta.alerts if lane.meta is not None else 0)
            said[lane.number] = set()
        while unread:
            for partition, batch in (await consumer.getmany(timeout_ms=500)).items():
                if partition not in unread:
                    continue
                alerts = (kit.decode_alert(record.value) for record in batch if not record.key.startswith(RESERVED))
                said[partition.partition].update((alert.alert_id, alert.revision) for alert in alerts)
                if batch[-1].offset >= unread[partition].alerts_goal:
                    del unread[partition]
                    consumer.pause(partition)
    finally:
        await _stop(consumer)
    return said


async def _stop(consumer: Any) -> None:
    stopping = asyncio.ensure_future(consumer.stop())
    await asyncio.wait([stopping], timeout=1.0)
