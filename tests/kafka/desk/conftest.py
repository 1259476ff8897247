"""A desk as a process, what it is told of, and who hears of it: for tests that hurt something meanwhile."""

import asyncio
import time
from collections import defaultdict
from collections.abc import AsyncIterator, Callable, Iterator, Sequence
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any, Final

import aiohttp
import msgspec
from aiohttp import web
from aiokafka import AIOKafkaConsumer, AIOKafkaProducer, TopicPartition
from sqlalchemy import func, select

from streams.alerts.alert import Alert, Status
from streams.broker.probe import free_port
from streams.codec import alert as alert_codec
from streams.codec.catalogue import ALERTS as ALERTS_TOPIC
from streams.codec.catalogue import DESK_ACTIONS
from streams.desk.cases.case import Change
from streams.desk.notify.tables import NOTIFICATIONS, Standing
from streams.desk.notify.webhook import HEADER, check
from streams.desk.store.database import Database, connect
from streams.desk.store.tables import ALERTS, CASES, ENTRIES, OUTBOX
from streams.testing.alerts import alert
from streams.testing.patience import PATIENCE_SEC
from streams.testing.workers import WorkerProcess

SECRET: Final = "a secret that both sides know"  # noqa: S105 - of this test alone
PARTITIONS: Final = 2
RULE_SIZE: Final = 20  # cases of one rule: fewer than what makes an incident, so that each case is told by itself
RECOVERS: Final = 3  # one alert in so many ends well
RECOVERS_AFTER_SEC: Final = 3.0
FILE: Final = """
receivers:
  - name: hook
    channels: [{kind: webhook, url: "URL", secret_env: DESK_SECRET}]
severities: {low: page, medium: page, high: page, critical: page}
route:
  receiver: hook
  group_by: [case]
  group_wait: 0s
  group_interval: 1s
  repeat_interval: 4h
"""


class Ears:
    """A receiver of signed webhooks that remembers what it was told."""

    def __init__(self) -> None:
        self.told: dict[str, list[dict[str, Any]]] = defaultdict(list)  # by case
        self.denied: list[str] = []

    @asynccontextmanager
    async def listening(self) -> AsyncIterator[str]:
        """Serve; gives the URL."""
        app = web.Application()
        app.router.add_post("/hook", self._hear)
        runner = web.AppRunner(app)
        await runner.setup()
        port = free_port()
        await web.TCPSite(runner, "127.0.0.1", port).start()
        try:
            yield f"http://127.0.0.1:{port}/hook"
        finally:
            await runner.cleanup()

    async def _hear(self, request: web.Request) -> web.Response:
        body = await request.read()
        denied = check(SECRET, request.headers.get(HEADER, ""), body, int(time.time()))
        if denied is not None:
            self.denied.append(denied)
            return web.Response(status=401)
        document = msgspec.json.decode(body, type=dict[str, Any])
        self.told[document["case_id"]].append(document)
        await asyncio.sleep(0.02)  # a desk may die between what was said and its note of it
        return web.Response()


class DeskProcess(WorkerProcess):
    """One `touchpoint desk` with its data folder, over all its lives."""

    def __init__(self, folder: Path, servers: str, url: str, database_url: str = "", text: str = FILE) -> None:
        file = folder / "desk.yaml"
        file.write_text(text.replace("URL", url))
        self.address = f"http://127.0.0.1:{(port := free_port())}"
        self.database_url = database_url or f"sqlite:///{folder}/data/desk/desk.db"
        environ = {
            "TOUCHPOINT_BOOTSTRAP_SERVERS": servers,
            "TOUCHPOINT_DATA_DIR": str(folder / "data"),
            "TOUCHPOINT_DATABASE_URL": database_url,
            "TOUCHPOINT_DESK_FILE": str(file),
            "TOUCHPOINT_DESK_PORT": str(port),
            "TOUCHPOINT_INSTANCE_ID": "one",
            "TOUCHPOINT_WORKERS": "http://127.0.0.1:9",  # nobody knows more of a customer
            "DESK_SECRET": SECRET,
        }
        super().__init__("desk", folder, environ, command="desk")

    async def ready(self, within_sec: float) -> float:
        """Return after how many seconds it says that it has read everything; raise TimeoutError."""
        began = time.monotonic()
        async with aiohttp.ClientSession() as client:
            while time.monotonic() < began + within_sec:
                assert self.is_alive, self.said[-3000:]
                try:
                    async with client.get(f"{self.address}/readyz", timeout=aiohttp.ClientTimeout(2)) as answer:
                        if answer.status == 200:
                            return time.monotonic() - began
                except (aiohttp.ClientError, TimeoutError):
                    pass
                await asyncio.sleep(0.1)
        raise TimeoutError(f"the desk is not ready after {within_sec} s:\n{self.said[-3000:]}")


class Load:
    """Alerts of as many customers, sent one by one; some end while others come."""

    def __init__(self, servers: str, per_sec: int, seconds: float) -> None:
        self._servers = servers
        self._per_sec = per_sec
        self._count = int(per_sec * seconds)
        self.sent: dict[str, Alert] = {}

    async def send(self) -> None:
        """Send all of them; the broker may restart meanwhile."""
        producer = AIOKafkaProducer(
            bootstrap_servers=self._servers, enable_idempotence=True, request_timeout_ms=int(PATIENCE_SEC * 1_000)
        )
        await producer.start()
        pending, began = [], time.monotonic()
        try:
            for place, one in enumerate(self._plan()):
                await asyncio.sleep(began + place / self._per_sec - time.monotonic())
                key, partition = one.alert_id.encode(), int(one.alert_id[1:]) % PARTITIONS
                pending.append(await producer.send(ALERTS_TOPIC, alert_codec.encode(one), key=key, partition=partition))
                self.sent[one.alert_id] = one
            await asyncio.gather(*pending)
        finally:
            await producer.stop()

    def _plan(self) -> Iterator[Alert]:
        behind = int(RECOVERS_AFTER_SEC * self._per_sec)
        for number in range(self._count + behind):
            ended = number - behind
            if number < self._count:
                yield self._alert(number)
            if ended >= 0 and ended % RECOVERS == 0:
                yield self._alert(ended, 2, Status.RECOVERED, reason="paid")

    def _alert(self, number: int, revision: int = 1, status: Status = Status.FIRING, **fields: Any) -> Alert:
        now = time.time_ns() // 1_000_000
        fields |= {"customer": f"c{number}", "rule": f"rule-{number // RULE_SIZE}", "started_at": now - 1_000}
        return alert(f"a{number}", revision, status, detected_at=now, **fields)


class Outcome(msgspec.Struct, frozen=True):
    """What a desk has come to."""

    alerts: dict[str, int]  # id -> revision
    persons: dict[str, str]  # case -> person
    closed: frozenset[str]  # cases
    entries: frozenset[tuple[str, int]]
    waiting: int  # records and notices that are still to be sent


async def outcome(database: Database) -> Outcome:
    """Look into the store."""
    async with database.read() as connection:
        alerts = await connection.execute(select(ALERTS.c.alert_id, ALERTS.c.revision))
        cases = (await connection.execute(select(CASES.c.case_id, CASES.c.person, CASES.c.is_closed))).all()
        entries = await connection.execute(select(ENTRIES.c.case_id, ENTRIES.c.revision))
        owed = select(func.count()).where(NOTIFICATIONS.c.state == Standing.PENDING)
        waiting = (await connection.execute(owed)).scalar_one()
        waiting += (await connection.execute(select(func.count()).select_from(OUTBOX))).scalar_one()
        return Outcome(
            {row.alert_id: row.revision for row in alerts},
            {row.case_id: row.person for row in cases},
            frozenset(row.case_id for row in cases if row.is_closed),
            frozenset((row.case_id, row.revision) for row in entries),
            waiting,
        )


async def settled(database_url: str, is_done: Callable[[Outcome], bool], within_sec: float) -> Outcome:
    """Return what the store has come to once it is like that, or after the time."""
    database, deadline = connect(database_url), time.monotonic() + within_sec
    try:
        while not is_done(found := await outcome(database)) and time.monotonic() < deadline:  # noqa: ASYNC110 - another process changes it
            await asyncio.sleep(0.2)
    finally:
        await database.close()
    return found


async def actions(servers: str) -> Sequence[Change]:
    """Return everything on the actions topic."""
    places = [TopicPartition(DESK_ACTIONS, number) for number in range(PARTITIONS)]
    consumer = AIOKafkaConsumer(bootstrap_servers=servers, enable_auto_commit=False, auto_offset_reset="earliest")
    consumer.assign(places)
    await consumer.start()
    found: list[Change] = []
    try:
        ends = await consumer.end_offsets(places)
        await consumer.seek_to_beginning(*places)
        while any([await consumer.position(place) < ends[place] for place in places]):
            for records in (await consumer.getmany(timeout_ms=200)).values():
                found += [msgspec.json.decode(record.value, type=Change) for record in records]
    finally:
        await consumer.stop()
    return found
