"""Published sets of rules on a broker: read them, publish the next one, take the last one back.

Whoever publishes claims the right to it first (a transactional id), then reads what there is, then writes. So of two
who publish at the same time one is refused, and no version is ever written twice.
"""

import asyncio
import time
from collections.abc import Callable
from contextlib import aclosing
from typing import Any, Final

import msgspec
from aiokafka import AIOKafkaProducer, TopicPartition
from aiokafka.errors import ProducerFenced

from streams.broker.connect import consumer, producer
from streams.broker.ends import marked
from streams.broker.scan import scan
from streams.codec import rule_sets
from streams.codec.catalogue import RULES
from streams.codec.rule_sets import SET, WORKER, Report, RuleFile, RuleSet
from streams.errors import BrokerError, UsageError

SILENT_MS: Final = 24 * 3_600_000  # the report of a worker that has said nothing for so long is deleted
REQUEST_BYTES: Final = 2 << 20

Make = Callable[["Published"], RuleSet]  # from what there is, the next version


class Published(msgspec.Struct):
    """Everything on the topic: versions by number, oldest first, and the last report of each worker."""

    sets: dict[int, RuleSet] = {}
    reports: dict[str, Report] = {}

    @property
    def active(self) -> RuleSet | None:
        """The version in force; None when nothing was ever published."""
        return self.sets[max(self.sets)] if self.sets else None


async def read(servers: str, topic: str = RULES) -> Published:
    """Return what is published; raises BrokerError as `scan` does, and CorruptError for what cannot be read."""
    sets: dict[bytes, bytes | None] = {}
    async with aclosing(scan(servers, topic)) as records:
        async for record in records:
            sets[record.key or b""] = record.value
    found = Published()
    for key, value in sorted(sets.items()):
        if value and key.startswith(SET):
            one = rule_sets.decode(value)
            found.sets[one.version] = one
        elif value and key.startswith(WORKER):
            report = rule_sets.decode_report(value)
            found.reports[report.worker] = report
    return found


async def publish(servers: str, files: tuple[RuleFile, ...], topic: str = RULES) -> RuleSet:
    """Make these files the rules in force, as the next version; return it once every replica has it and readers see it.

    Where the version in force has the same files, nothing is written and that one returned. Raises UsageError for a set
    that is too large, BrokerError when somebody else publishes at the same time.
    """

    def make(published: Published) -> RuleSet:
        active, digest = published.active, rule_sets.digest(files)
        if active is not None and active.digest == digest:
            return active
        follows = active.origin if active is not None else 0
        return RuleSet(_next(published), _now_ms(), digest, files, follows=follows)

    return await _write(servers, make, topic)


async def undo(servers: str, topic: str = RULES) -> RuleSet:
    """Put the version before the one in force in force again, as a new version; return that.

    Called again, it goes one further back. Raises UsageError when there is none before, or it is no longer kept.
    """

    def make(published: Published) -> RuleSet:
        active = published.active
        if active is None:
            raise UsageError("no rules are published", place=topic, remedy="touchpoint rules publish PATH...")
        before = next((one for one in reversed(published.sets.values()) if one.origin == active.follows), None)
        if before is None:
            what = f"version {active.follows} is no longer kept" if active.follows else "it is the first one"
            remedy = "publish the files that you want: touchpoint rules publish PATH..."
            raise UsageError(f"nothing comes before version {active.origin}: {what}", place=topic, remedy=remedy)
        return RuleSet(_next(published), _now_ms(), before.digest, before.files, before.origin, before.follows)

    return await _write(servers, make, topic)


async def _write(servers: str, make: Make, topic: str) -> RuleSet:
    asyncio.get_running_loop().set_exception_handler(_pass_over_fenced)
    fence = {"transactional_id": f"{topic}-publisher", "max_request_size": REQUEST_BYTES}
    async with producer(servers, **fence) as client:
        try:
            async with client.transaction():  # whoever was about to publish before us is refused from here on
                published = await read(servers, topic)
                made = make(published)
                if made.version in published.sets:
                    return made
                written = await client.send_and_wait(topic, rule_sets.encode(made), key=rule_sets.key_of(made.version))
                await _delete(client, _outlived(published, made), topic)
        except ProducerFenced as error:
            raise BrokerError(
                "somebody else publishes rules at this moment",
                place=servers,
                remedy="see `touchpoint rules history`, then try again",
            ) from error
    async with consumer(servers) as client:
        await marked(client, {TopicPartition(topic, written.partition): written.offset + 1})
    return made


def _pass_over_fenced(loop: asyncio.AbstractEventLoop, context: dict[str, Any]) -> None:
    """Say nothing of what the client has told us already: it leaves futures behind that carry the same error."""
    if not isinstance(context.get("exception"), ProducerFenced):
        loop.default_exception_handler(context)


def _outlived(published: Published, made: RuleSet) -> list[bytes]:
    """Return the keys beyond what is kept: the oldest versions, and workers that are gone."""
    old = [version for version in published.sets if version <= made.version - rule_sets.KEPT]
    gone = [name for name, one in published.reports.items() if one.written_at < made.published_at - SILENT_MS]
    return [*map(rule_sets.key_of, old), *(WORKER + name.encode() for name in gone)]


async def _delete(client: AIOKafkaProducer, keys: list[bytes], topic: str) -> None:
    for key in keys:
        await client.send_and_wait(topic, None, key=key)


def _next(published: Published) -> int:
    return max(published.sets, default=0) + 1


def _now_ms() -> int:
    return time.time_ns() // 1_000_000
