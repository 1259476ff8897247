"""Reads the alerts topic into the store: from where the store is, whatever the group has committed."""

import asyncio
import logging
from collections.abc import Callable, Iterable, Sequence
from typing import Any, Final

from aiokafka import AIOKafkaConsumer, ConsumerRebalanceListener, TopicPartition

from streams.alerts.alert import Alert
from streams.alerts.canary import is_canary
from streams.codec.alert import decode
from streams.codec.catalogue import ALERTS
from streams.codec.registry import SchemaStore
from streams.desk.service.canary import Canary
from streams.desk.service.keeper import Keeper
from streams.desk.service.traces import Traces
from streams.desk.store import positions
from streams.desk.store.database import Database
from streams.errors import CorruptError
from streams.settings.kafka import client_options

GROUP: Final = "desk"
BATCH: Final = 200  # alerts in one transaction
POLL_MS: Final = 50
RETRY_SEC: Final = 1.0
_NOTE: Final = b"\x00"  # keys that begin with it are notes of the worker to itself
_log = logging.getLogger("touchpoint.desk")


class Reader(ConsumerRebalanceListener):  # type: ignore[misc] # aiokafka has no types
    """`run` until it is cancelled. Each alert revision is kept once, with the position behind it."""

    def __init__(
        self,
        database: Database,
        keeper: Keeper,
        bootstrap_servers: str,
        registry_url: str = "",
        *,
        instance_id: str = "",
        see: Callable[[Sequence[Alert]], None] = lambda _: None,
        canary: Canary | None = None,
        traces: Traces | None = None,
    ) -> None:
        """With an `instance_id`, the same after a restart, nobody waits until the one before it has timed out.

        `see` is told of alerts before they are kept. The canary's are never kept; `canary` takes them.
        """
        self._database = database
        self._keeper = keeper
        self._servers = bootstrap_servers
        self._instance_id = instance_id or None
        self._see = see
        self._canary = canary
        self._traces = traces
        self._schemas = SchemaStore(registry_url)
        self._consumer: AIOKafkaConsumer | None = None
        self._problem: Exception | None = None
        self.unreadable = 0
        self.new = 0  # revisions
        self.known = 0
        self.lag = 0  # records
        self.has_caught_up = False

    async def run(self) -> None:
        """Read for ever; broker and database may come and go."""
        while True:
            try:
                await self._run()
            except Exception as error:  # noqa: BLE001 - we go on where the store is
                self.has_caught_up = False  # /readyz must not promise what nobody knows now
                _log.warning("alerts cannot be read (%s), trying again", type(error).__name__)
                await asyncio.sleep(RETRY_SEC)

    async def on_partitions_revoked(self, revoked: Iterable[TopicPartition]) -> None:
        """Nothing is held back, so nothing is to be done."""

    async def on_partitions_assigned(self, assigned: Iterable[TopicPartition]) -> None:
        """Go to where the store is; where that is not known, `_run` ends, since what is raised here nobody hears."""
        assert self._consumer is not None  # noqa: S101 - it is the consumer who calls
        try:
            kept = await self._positions()
        except Exception as error:  # noqa: BLE001 - the group's own position may be beyond a store that was lost
            self._problem = error
            return
        for each in assigned:
            self._consumer.seek(each, kept.get(each.partition, 0))

    async def _positions(self) -> dict[int, int]:
        async with self._database.read() as connection:
            return await positions.load(connection, ALERTS)

    async def _run(self) -> None:
        self._problem = None
        await self._positions()  # nobody need be disturbed while the database is away
        consumer = self._consumer = AIOKafkaConsumer(
            bootstrap_servers=self._servers,
            group_id=GROUP,
            group_instance_id=self._instance_id,
            enable_auto_commit=False,
            auto_offset_reset="earliest",
            isolation_level="read_committed",
            max_partition_fetch_bytes=4 << 20,
            **client_options(),
        )
        consumer.subscribe([ALERTS], listener=self)
        try:  # around the start too: a desk that is stopped meanwhile leaves no connection behind
            await consumer.start()
            while True:
                found = await consumer.getmany(timeout_ms=POLL_MS, max_records=BATCH)
                if self._problem is not None:
                    raise self._problem
                if found:
                    await self._keep(found)
                    await consumer.commit()
                await self.look_behind(consumer)
        finally:
            await consumer.stop()

    async def _keep(self, found: dict[TopicPartition, list[Any]]) -> None:
        read: list[tuple[Alert, Any]] = []
        for records in found.values():
            for record in records:
                if record.value is not None and not (record.key or b"").startswith(_NOTE):
                    await self._schemas.learn(record.value)
                    try:
                        read.append((decode(record.value, self._schemas), record))
                    except CorruptError as error:
                        self.unreadable += 1
                        _log.error("%s %s@%s: %s", ALERTS, record.partition, record.offset, error)
        made_up = [alert for alert, _ in read if is_canary(alert)]
        if made_up:
            read = [(alert, record) for alert, record in read if not is_canary(alert)]
            if self._canary is not None:
                await self._canary.take(made_up)
        alerts = [alert for alert, _ in read]
        self._see(alerts)
        if self._traces is not None:
            self._traces.read(read)
        offsets = {place.partition: records[-1].offset + 1 for place, records in found.items()}
        new = await self._keeper.take(alerts, offsets)
        if self._traces is not None:
            self._traces.kept()
        self.new += new
        self.known += len(alerts) - new

    async def look_behind(self, consumer: AIOKafkaConsumer) -> None:
        """Take note of how much the broker told us of and is not kept, and of having caught up.

        Once is enough: a desk that is a record behind for a moment is no reason to send people elsewhere.
        """
        places = consumer.assignment()
        ends = {place: consumer.highwater(place) for place in places}
        known = {place: end for place, end in ends.items() if end is not None}
        self.lag = sum([max(0, end - await consumer.position(place)) for place, end in known.items()])
        self.has_caught_up = self.has_caught_up or (bool(places) and len(known) == len(ends) and not self.lag)
