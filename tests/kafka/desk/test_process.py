"""A whole desk on a real broker: alerts in, cases, actions and touchpoints out, and back after losing its disk."""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager, suppress
from pathlib import Path
from typing import Final

import msgspec
import pytest
from aiokafka import AIOKafkaConsumer, AIOKafkaProducer, TopicPartition
from click.testing import CliRunner
from litestar import Litestar
from sqlalchemy import func, select

from streams.alerts.alert import Alert, Status
from streams.broker import topics
from streams.broker.embedded import EmbeddedKafka
from streams.broker.probe import free_port
from streams.cli import touchpoint
from streams.codec import alert as alert_codec
from streams.codec.catalogue import ALERTS, DESK_ACTIONS
from streams.codec.registry import shipped_store
from streams.codec.touchpoint import TouchpointDecoder
from streams.codec.vocabulary import shipped
from streams.desk.access.viewer import Role, Viewer
from streams.desk.cases.case import Change
from streams.desk.cases.command import Contact, Note, Reach, Resolve
from streams.desk.run import Process
from streams.desk.service.port import Done, Filter, NewSilence
from streams.desk.service.views import Page, SilenceView
from streams.desk.store.backup import backup
from streams.desk.store.tables import OUTBOX
from streams.settings.settings import Settings
from streams.testing.alerts import alert
from streams.testing.patience import PATIENCE_SEC
from streams.touchpoints.touchpoint import Touchpoint

pytestmark = pytest.mark.kafka
ANA: Final = Viewer(name="ana", roles=frozenset({Role.LEAD}))
RECOVERY: Final = "touchpoints.recovery"


@pytest.fixture
async def servers(fresh_broker: Callable[..., EmbeddedKafka]) -> str:
    """A broker of its own with the topics of the catalogue."""
    kafka = fresh_broker()
    await topics.create(kafka.bootstrap_servers, topics.Deployment(partitions=2, retention="forever"))
    return kafka.bootstrap_servers


@asynccontextmanager
async def running(servers: str, folder: Path) -> AsyncIterator[Process]:
    """Run a desk."""
    settings = Settings(bootstrap_servers=servers, data_dir=str(folder), desk_port=free_port(), workers=())
    process = Process(settings)
    await process.prepare()
    task = asyncio.create_task(process.run(Litestar([], openapi_config=None)))
    try:
        yield process
    finally:
        process.stop()
        await task


async def send(servers: str, *alerts: Alert) -> None:
    """Put alerts on their topic as workers do."""
    producer = AIOKafkaProducer(bootstrap_servers=servers)
    await producer.start()
    for each in alerts:
        await producer.send_and_wait(ALERTS, alert_codec.encode(each), key=each.alert_id.encode(), partition=0)
    await producer.stop()


async def until(process: Process, fits: Callable[[Page], bool], wanted: Filter | None = None) -> Page:
    """Wait until the queue is like that."""
    every = wanted or Filter(statuses=("open", "acknowledged", "in_progress", "waiting", "resolved", "reopened"))
    async with asyncio.timeout(PATIENCE_SEC):
        while not fits(page := await process.desk.queue(ANA, every)):  # noqa: ASYNC110 - it waits for other loops
            await asyncio.sleep(0.05)
    return page


async def published(process: Process) -> None:
    """Wait until everything that the desk has to say is said."""
    async with asyncio.timeout(PATIENCE_SEC):
        while True:
            async with process.database.read() as connection:
                if not (await connection.execute(select(func.count()).select_from(OUTBOX))).scalar():
                    return
            await asyncio.sleep(0.05)


async def records(servers: str, topic: str, count: int) -> list[tuple[bytes, bytes]]:
    """Return the first records of a topic with two partitions."""
    consumer = AIOKafkaConsumer(bootstrap_servers=servers, auto_offset_reset="earliest", enable_auto_commit=False)
    consumer.assign([TopicPartition(topic, number) for number in range(2)])
    await consumer.start()
    found: list[tuple[bytes, bytes]] = []
    with suppress(TimeoutError):
        async with asyncio.timeout(PATIENCE_SEC):
            while len(found) < count:
                for batch in (await consumer.getmany(timeout_ms=200)).values():
                    found += [(record.key, record.value) for record in batch]
    await consumer.stop()
    return found


async def test_a_desk_keeps_acts_and_comes_back_after_losing_its_disk(servers: str, tmp_path: Path) -> None:
    """The same cases, numbers and trails; nothing is said twice on the actions topic."""
    await send(servers, alert("a1"), alert("b1", customer="customer-2"))
    async with running(servers, tmp_path / "one") as process:
        page = await until(process, lambda page: page.total == 2)
        ids = {row.number: row.case_id for row in page.rows}
        assert isinstance(await process.desk.act(ANA, ids[1], Note(text="hello")), Done)
        offer = Reach(how=Contact.OFFERED, data={"offer": "voucher", "value": 10})
        assert isinstance(await process.desk.act(ANA, ids[1], offer), Done)
        assert isinstance(await process.desk.act(ANA, ids[2], Resolve(reason="done")), Done)
        await send(servers, alert("a1", 2, Status.RECOVERED, reason="paid"))
        before = await until(process, lambda page: all(row.status == "resolved" for row in page.rows))
        changes = [msgspec.json.decode(value, type=Change) for _, value in await records(servers, DESK_ACTIONS, 6)]
        assert sorted((one.case.number, one.case.revision) for one in changes) == [
            (1, 1), (1, 2), (1, 3), (1, 4), (2, 1), (2, 2),
        ]  # fmt: skip
        trail = await process.desk.trail(ANA, ids[1])
        ((key, value),) = await records(servers, RECOVERY, 1)
        said = TouchpointDecoder(shipped(), shipped_store()).decode(value, key, (), process.now())
        assert isinstance(said, Touchpoint)
        assert (key, said.type) == (b"customer-1", "offer.made")
    async with running(servers, tmp_path / "two") as process:
        after = await until(process, lambda page: page.total == 2 and all(row.title for row in page.rows))
        assert [(row.case_id, row.number, row.revision, row.status) for row in after.rows] == [
            (row.case_id, row.number, row.revision, row.status) for row in before.rows
        ]
        assert await process.desk.trail(ANA, ids[1]) == trail
        await send(servers, alert("c1", customer="customer-3"))
        await until(process, lambda page: page.total == 3)
        assert len(await records(servers, DESK_ACTIONS, 7)) == 7


async def test_a_desk_goes_on_from_a_backup(servers: str, tmp_path: Path) -> None:
    """What came and was done since is read back from the topics, and nothing of it twice."""
    file = tmp_path / "desk.zst"
    await send(servers, alert("a1"), alert("b1", customer="customer-2"))
    async with running(servers, tmp_path / "one") as process:
        page = await until(process, lambda page: page.total == 2)
        ids = {row.number: row.case_id for row in page.rows}
        await published(process)  # what is still to be said at the backup is said again after it
        await backup(process.database, file, process.now())
        assert isinstance(await process.desk.act(ANA, ids[1], Note(text="after the backup")), Done)
        await send(servers, alert("c1", customer="customer-3"))
        before = await until(process, lambda page: page.total == 3)
        await records(servers, DESK_ACTIONS, 4)
        trail = await process.desk.trail(ANA, ids[1])
    folder = ("desk", "--data-dir", str(tmp_path / "two"))
    done = await asyncio.to_thread(CliRunner().invoke, touchpoint, [*folder, "restore", str(file)])
    assert done.exit_code == 0, done.output
    async with running(servers, tmp_path / "two") as process:
        after = await until(process, lambda page: page.total == 3 and all(row.title for row in page.rows))
        assert [(row.case_id, row.number, row.revision) for row in after.rows] == [
            (row.case_id, row.number, row.revision) for row in before.rows
        ]
        assert await process.desk.trail(ANA, ids[1]) == trail
        await send(servers, alert("d1", customer="customer-4"))
        await until(process, lambda page: page.total == 4)
        said = [msgspec.json.decode(value, type=Change) for _, value in await records(servers, DESK_ACTIONS, 5)]
        assert sorted((one.case.number, one.case.revision) for one in said) == [(1, 1), (1, 2), (2, 1), (3, 1), (4, 1)]


async def test_silences_outlive_the_disk_and_metrics_are_read(servers: str, tmp_path: Path) -> None:
    """On the topic under a key of their own, beside the cases; the page counts what the desk has read."""
    await send(servers, alert("a1"))
    async with running(servers, tmp_path / "one") as process:
        await until(process, lambda page: page.total == 1)
        wish = NewSilence(matchers=("rule=x",), ends_at=process.now() + 3_600_000, comment="works")
        made = [await process.desk.silence(ANA, wish) for _ in range(2)]
        kept, gone = (each.id for each in made if isinstance(each, SilenceView))
        await process.desk.end_silence(ANA, gone)
        keys = [key for key, _ in await records(servers, DESK_ACTIONS, 4)]
        assert sorted(key for key in keys if key.startswith(b"silence/")) == sorted(
            f"silence/{name}".encode() for name in (kept, gone, gone)
        )
        async with asyncio.timeout(PATIENCE_SEC):
            while b"touchpoint_desk_lag_records 0.0" not in (content := (await process.metrics(""))[0]):  # noqa: ASYNC110
                await asyncio.sleep(0.05)
        assert b'touchpoint_desk_alerts_total{novelty="new"} 1.0' in content
    async with running(servers, tmp_path / "two") as process:
        page = await until(process, lambda page: page.total == 1)
        assert [row.number for row in page.rows] == [1]
        assert [(each.id, each.author) for each in await process.desk.silences(ANA)] == [(kept, "ana")]


async def test_a_desk_that_is_started_again_goes_on_where_it_was(servers: str, tmp_path: Path) -> None:
    """What came while it was away is there."""
    await send(servers, alert("a1"))
    async with running(servers, tmp_path) as process:
        await until(process, lambda page: page.total == 1)
    await send(servers, alert("b1", customer="customer-2"))
    async with running(servers, tmp_path) as process:
        page = await until(process, lambda page: page.total == 2)
        assert sorted(row.number for row in page.rows) == [1, 2]


async def test_what_cannot_be_read_is_stepped_over(servers: str, tmp_path: Path) -> None:
    """It is counted and named by its place; the alerts behind it arrive."""
    producer = AIOKafkaProducer(bootstrap_servers=servers)
    await producer.start()
    await producer.send_and_wait(ALERTS, b"\x00\x00\x00\x00\x00nonsense", key=b"x", partition=0)
    await producer.stop()
    await send(servers, alert("a1"))
    async with running(servers, tmp_path) as process:
        await until(process, lambda page: page.total == 1 and process._reader.unreadable >= 1)


async def test_those_who_look_hear_of_an_alert_at_once(servers: str, tmp_path: Path) -> None:
    """An event with the row, announced, and numbered for those who come back."""
    async with running(servers, tmp_path) as process:
        events = process.desk.events(ANA, 0)
        first = asyncio.ensure_future(anext(events))
        await asyncio.sleep(0.3)
        await send(servers, alert("a1"))
        event = await asyncio.wait_for(first, PATIENCE_SEC)
        assert event.row is not None
        assert (event.kind, event.announce, event.row.severity) == ("case", True, "high")
        await process.desk.act(ANA, event.key, Note(text="x"))
        missed = process.desk.events(ANA, event.seq)
        again = await asyncio.wait_for(anext(missed), PATIENCE_SEC)
        assert (again.seq > event.seq, again.row is not None and again.row.revision) == (True, 2)
        await events.aclose()  # type: ignore[attr-defined] # both are generators
        await missed.aclose()  # type: ignore[attr-defined]
