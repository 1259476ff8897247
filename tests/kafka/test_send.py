"""Touchpoints from a file to their topics on a real broker."""

import time
from collections.abc import Callable, Iterator
from contextlib import aclosing
from pathlib import Path
from typing import Any

import pytest
from aiokafka.partitioner import DefaultPartitioner

from streams.broker.embedded import EmbeddedKafka
from streams.broker.scan import scan
from streams.broker.send import Pace, send
from streams.codec import files
from streams.codec.registry import SchemaStore
from streams.codec.touchpoint import TouchpointDecoder, to_json
from streams.codec.vocabulary import shipped
from streams.errors import BrokerError
from streams.touchpoints.touchpoint import Touchpoint

pytestmark = pytest.mark.kafka

KINDS = ("payment.failed", "conversation.abandoned", "sale.completed")
TOPICS = ("touchpoints.web", "touchpoints.chat", "touchpoints.store")


async def sent_by(servers: str, source: str) -> list[Any]:
    """Return the records of one source on the three topics."""
    found = []
    for topic in TOPICS:
        async with aclosing(scan(servers, topic)) as records:
            found += [record async for record in records if source.encode() in record.value]
    return found


def numbered(source: str, count: int, start_ms: int) -> Iterator[Touchpoint]:
    """Make touchpoints a second apart."""
    for number in range(count):
        kind = KINDS[number % len(KINDS)]
        yield Touchpoint(
            str(number), source, kind, start_ms + number * 1_000, f"customer-{number % 97}", "", b'{"n":1}'
        )


async def test_every_good_line_arrives_where_its_customer_is(catalogue_servers: str, tmp_path: Path) -> None:
    """On the topic of its type, in the partition of Kafka's default partitioner, recorded when the line says so."""
    source = "//test/send/all"
    start_ms = 1_600_000_000_000
    touchpoints = list(numbered(source, 5_000, start_ms))
    path = tmp_path / "touchpoints.jsonl"
    lines = [to_json(touchpoint, touchpoint.time + 7) for touchpoint in touchpoints]
    path.write_bytes(b"\n".join([*lines[:100], b"oops", *lines[100:]]))

    summary = await send(files.read(path), catalogue_servers, shipped(), Pace(0.0))
    assert (summary.lines, summary.sent, summary.bad, summary.expiring) == (5_001, 5_000, 1, 0)
    assert [bad.line for bad in summary.bad_lines] == [101]
    assert summary.topics == {"touchpoints.web": 1_667, "touchpoints.chat": 1_667, "touchpoints.store": 1_666}

    records = await sent_by(catalogue_servers, source)
    decoder = TouchpointDecoder(shipped(), SchemaStore())
    arrived = [decoder.decode(record.value, record.key, record.headers, record.timestamp) for record in records]
    assert sorted(arrived, key=lambda each: int(getattr(each, "id", -1))) == touchpoints
    partitioner = DefaultPartitioner()
    assert {record.partition == partitioner(record.key, [0, 1, 2, 3], []) for record in records} == {True}
    assert {record.timestamp - touchpoint.time for record, touchpoint in zip(records, arrived, strict=True)
            if isinstance(touchpoint, Touchpoint)} == {7}  # fmt: skip


async def test_a_line_without_recorded_time_is_recorded_now(catalogue_servers: str, tmp_path: Path) -> None:
    """That is when the system learns of it."""
    path = tmp_path / "touchpoints.jsonl"
    path.write_bytes(b"\n".join(map(to_json, numbered("//test/send/now", 3, 1_600_000_000_000))))
    before_ms = time.time_ns() // 1_000_000
    await send(files.read(path), catalogue_servers, shipped(), Pace(0.0))
    after_ms = time.time_ns() // 1_000_000
    records = await sent_by(catalogue_servers, "//test/send/now")
    assert [before_ms <= record.timestamp <= after_ms for record in records] == [True] * 3


async def test_speed_paces_by_event_time(catalogue_servers: str, tmp_path: Path) -> None:
    """Thirty seconds of events at sixty times take half a second, and arrive along the way."""
    path = tmp_path / "touchpoints.jsonl"
    path.write_bytes(b"\n".join(map(to_json, numbered("//test/send/pace", 31, 1_600_000_000_000))))
    summary = await send(files.read(path), catalogue_servers, shipped(), Pace(60.0))
    assert summary.seconds >= 0.5
    stamps = [record.timestamp for record in await sent_by(catalogue_servers, "//test/send/pace")]
    assert max(stamps) - min(stamps) >= 450


async def test_records_older_than_their_topic_keeps_are_counted(
    fresh_broker: Callable[..., EmbeddedKafka], tmp_path: Path
) -> None:
    """They would be deleted within minutes, so the sender is told; and without topics nothing is sent at all."""
    from streams.broker.topics import Deployment, create  # noqa: PLC0415 - the module's name is taken above

    servers = fresh_broker().bootstrap_servers
    path = tmp_path / "touchpoints.jsonl"
    path.write_bytes(b"\n".join(to_json(each, each.time) for each in numbered("//test/old", 3, 1_600_000_000_000)))
    with pytest.raises(BrokerError, match=r"topic touchpoints\.web is missing"):
        await send(files.read(path), servers, shipped(), Pace(0.0))
    await create(servers, Deployment(partitions=1))
    assert (await send(files.read(path), servers, shipped(), Pace(0.0))).expiring == 3
