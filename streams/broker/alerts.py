"""Alerts off their topic, each revision once."""

from collections import Counter, OrderedDict
from collections.abc import AsyncGenerator
from contextlib import aclosing
from typing import Final

from aiokafka import TopicPartition

from streams.alerts.alert import Alert
from streams.broker.scan import scan
from streams.codec.alert import decode
from streams.codec.catalogue import ALERTS
from streams.codec.registry import SchemaStore

REMEMBERED: Final = 100_000  # alert ids
RESERVED: Final = b"\x00"  # keys that start with it are notes of the worker to itself


class Seen:
    """Which revisions came by already, for the newest alert ids.

    An alert's revisions keep their order on the topic, so the highest says it all. An alert that is forgotten may come
    through twice, as any alert may that is said again after a crash.
    """

    def __init__(self, remembered: int = REMEMBERED) -> None:
        self._remembered = remembered
        self._revisions: OrderedDict[str, int] = OrderedDict()

    def is_new(self, alert: Alert) -> bool:
        """Return whether this revision comes by for the first time, and remember it."""
        if self._revisions.get(alert.alert_id, 0) >= alert.revision:
            return False
        self._revisions[alert.alert_id] = alert.revision
        self._revisions.move_to_end(alert.alert_id)
        if len(self._revisions) > self._remembered:
            self._revisions.popitem(last=False)
        return True


async def raised(servers: str, since_ms: int, registry_url: str = "") -> Counter[tuple[str, str]]:
    """Count by rule and mode the alerts that were raised since then, by the broker's time; reads the whole topic.

    Raises CorruptError and BrokerError as `follow` does.
    """
    store, seen, counts = SchemaStore(registry_url), Seen(), Counter[tuple[str, str]]()
    try:
        async with aclosing(scan(servers, ALERTS)) as records:
            async for record in records:
                is_note = record.value is None or (record.key or b"").startswith(RESERVED)
                if is_note or record.timestamp < since_ms:
                    continue
                await store.learn(record.value)
                alert = decode(record.value, store)
                if alert.revision == 1 and seen.is_new(alert):
                    counts[alert.rule, alert.mode] += 1
    finally:
        await store.close()
    return counts


async def follow(
    servers: str,
    *,
    from_beginning: bool = False,
    exit_at_end: bool = False,
    registry_url: str = "",
    reached: dict[TopicPartition, int] | None = None,
) -> AsyncGenerator[Alert]:
    """Yield each alert revision once, in the order of its partition; `reached` is that of `scan`.

    Raises CorruptError at a record that is no alert this version can read, and BrokerError as `scan` does.
    """
    store = SchemaStore(registry_url)
    seen = Seen()
    try:
        found = scan(servers, ALERTS, from_beginning=from_beginning, exit_at_end=exit_at_end, reached=reached)
        async with aclosing(found) as records:
            async for record in records:
                if record.value is None or (record.key or b"").startswith(RESERVED):
                    continue
                await store.learn(record.value)
                alert = decode(record.value, store)
                if seen.is_new(alert):
                    yield alert
    finally:
        await store.close()
