"""Reads the topic `rules` in full and follows it, outside the group; reports there what this worker runs."""

import asyncio
import logging
import time
from collections.abc import Callable
from contextlib import suppress
from typing import Any, Final

from aiokafka import AIOKafkaConsumer, AIOKafkaProducer, TopicPartition
from aiokafka.errors import KafkaError

from streams.codec import rule_sets
from streams.codec.rule_sets import KEPT, SET, WORKER, Report
from streams.settings.kafka import client_options
from streams.worker.rule_book import RuleBook

REPORT_SEC: Final = 60.0  # a worker that has been silent for a few of these is gone
POLL_MS: Final = 200
RETRY_SEC: Final = 5.0
STOP_SEC: Final = 2.0
FETCH_BYTES: Final = 4 << 20
_log = logging.getLogger("touchpoint.worker")


class RuleFollower:
    """Fills the book. `begin` before anything is folded, then `run` until it is cancelled, then `close`."""

    def __init__(self, bootstrap_servers: str, topic: str, book: RuleBook, name: str) -> None:
        """Prepare; `name` is this worker's on the topic."""
        self._servers = bootstrap_servers
        self._topic = topic
        self._book = book
        self._key = WORKER + name.encode()
        self._consumer: AIOKafkaConsumer | None = None
        self._producer: AIOKafkaProducer | None = None
        self._reported: Report | None = None

    async def begin(self) -> None:
        """Read everything there is, and put the newest version in force that this worker can run."""
        partition = TopicPartition(self._topic, 0)
        consumer = self._consumer = AIOKafkaConsumer(
            bootstrap_servers=self._servers,
            enable_auto_commit=False,
            auto_offset_reset="earliest",
            isolation_level="read_committed",
            max_partition_fetch_bytes=FETCH_BYTES,
            **client_options(),
        )
        consumer.assign([partition])
        await consumer.start()
        end = (await consumer.end_offsets([partition]))[partition]
        kept: dict[int, bytes] = {}
        while await consumer.position(partition) < end:
            for version, value in _sets(await consumer.getmany(timeout_ms=POLL_MS)):
                kept[version] = value
                for old in sorted(kept)[:-KEPT]:
                    del kept[old]
        await self._book.begin(kept)

    async def run(self, report: Callable[[], Report]) -> None:
        """Follow, and report at each change and now and then; the broker may come and go."""
        while True:
            try:
                await self._follow(report)
            except Exception as error:  # noqa: BLE001 - rules that stay as they are must not end the worker
                _log.warning("rules: the topic cannot be followed (%r), trying again", error)
                await asyncio.sleep(RETRY_SEC)

    async def _follow(self, report: Callable[[], Report]) -> None:
        if self._consumer is None:
            return
        if self._producer is None:
            self._producer = AIOKafkaProducer(
                bootstrap_servers=self._servers, enable_idempotence=True, **client_options()
            )
            await self._producer.start()
        while True:
            for version, value in _sets(await self._consumer.getmany(timeout_ms=POLL_MS)):
                await self._book.take(version, value)
            await self._report(report())

    async def _report(self, report: Report) -> None:
        last = self._reported
        if last is not None:
            is_old = report.written_at - last.written_at >= REPORT_SEC * 1000
            is_news = _news(report) != _news(last) and report.written_at - last.written_at >= POLL_MS
            if not is_old and not is_news:
                return
        self._reported = report
        assert self._producer is not None  # noqa: S101 - started above
        await self._producer.send_and_wait(self._topic, rule_sets.encode_report(report), key=self._key, partition=0)

    async def close(self) -> None:
        """Take the report back: this worker runs nothing any more."""
        with suppress(KafkaError, OSError, TimeoutError):
            if self._producer is not None:
                async with asyncio.timeout(STOP_SEC):
                    await self._producer.send_and_wait(self._topic, None, key=self._key, partition=0)
        for client in (self._consumer, self._producer):
            if client is not None:
                stopping = asyncio.ensure_future(client.stop())
                await asyncio.wait([stopping], timeout=STOP_SEC)


def now_ms() -> int:
    """Return the wall clock in ms since the epoch."""
    return time.time_ns() // 1_000_000


def _sets(batches: dict[TopicPartition, list[Any]]) -> list[tuple[int, bytes]]:
    """Return version and record of the sets among fetched records; a key that is none is somebody else's."""
    found = []
    for records in batches.values():
        for record in records:
            key = record.key or b""
            if record.value and key.startswith(SET) and key.removeprefix(SET).isdigit():
                found.append((int(key.removeprefix(SET)), record.value))
    return found


def _news(report: Report) -> tuple[object, ...]:
    """Return what makes a report worth telling at once: not how many journeys still wait."""
    return (report.version, report.partitions, bool(report.waiting), report.warming, report.refused)
