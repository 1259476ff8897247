"""A desk with many open cases and many who look, as processes on a real broker: first paint, news, and a storm.

Who looks is here, in one process: what it takes to read for all of them counts against the desk.
"""

import asyncio
import os
import re
import shutil
import tempfile
import time
from collections import defaultdict
from collections.abc import AsyncIterator, Awaitable, Callable, Iterable, Sequence
from contextlib import asynccontextmanager, suppress
from pathlib import Path
from typing import Final

import aiohttp
import click
from aiokafka import AIOKafkaProducer
from playwright.async_api import async_playwright

from streams.alerts.alert import Alert
from streams.broker import topics
from streams.broker.embedded import EmbeddedKafka
from streams.codec import alert as alert_codec
from streams.codec.catalogue import ALERTS
from streams.desk.access.attempts import Brake, BrakePolicy
from streams.desk.access.sessions import SessionPolicy, Sessions
from streams.desk.access.tokens import Tokens
from streams.desk.access.viewer import Role, Viewer
from streams.desk.cases.intake import case_id_of
from streams.desk.service.clocks import wall_clock
from streams.desk.store.database import connect
from streams.testing.alerts import alert
from tests.bench.latency import quantile
from tests.kafka.desk.conftest import DeskProcess, Ears, outcome

OPEN: Final = 10_000  # cases of as many customers
LOOKING: Final = 200
PAINTS: Final = 30
NEWS: Final = 60  # alerts of which is measured when everybody has heard
NEWS_EVERY_SEC: Final = 0.5
STORM: Final = 5_000
STORM_SEC: Final = 60.0
PATIENCE_SEC: Final = 300.0
PAINT_BUDGET_MS: Final = 1_000
NEWS_BUDGET_MS: Final = 250
PARTITIONS: Final = 8
FILE: Final = """
receivers:
  - name: hook
    channels: [{kind: webhook, url: "URL", secret_env: DESK_SECRET}]
severities: {low: queue, medium: queue, high: page, critical: page}
route:
  receiver: hook
  group_by: [rule]
  group_wait: 10s
  group_interval: 5m
  repeat_interval: 4h
"""
_CASE: Final = re.compile(rb'"id":"([0-9a-f]{24})"')
_FLAGS: Final = ("--headless", "--no-sandbox", "--disable-gpu")
_PAINT: Final = "performance.getEntriesByName('first-contentful-paint')[0].startTime"


class Looking:
    """People with an open queue, and when each of them heard of which case."""

    def __init__(self, address: str, cookie: dict[str, str]) -> None:
        self._client = aiohttp.ClientSession(
            address, cookies=cookie, connector=aiohttp.TCPConnector(limit=0), timeout=aiohttp.ClientTimeout(total=None)
        )
        self.heard: dict[str, list[float]] = defaultdict(list)  # by case
        self._listening = 0

    @asynccontextmanager
    async def all(self, count: int) -> AsyncIterator[None]:
        """Let so many look."""
        tasks = [asyncio.create_task(self._look()) for _ in range(count)]
        try:
            await until(lambda: _soon(self._listening == count), "everybody looks")
            yield
        finally:
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)
            await self._client.close()

    async def paint(self) -> float:
        """Return how long the queue takes to come, in seconds."""
        began = time.perf_counter()
        async with self._client.get("/") as answer:
            body = await answer.read()
        assert answer.status == 200, answer.status
        assert body.count(b"/cases/") > 1
        return time.perf_counter() - began

    async def _look(self) -> None:
        async with self._client.get("/events", params={"view": "queue"}) as answer:
            assert answer.status == 200, answer.status
            self._listening += 1
            async for line in answer.content:
                if line.startswith(b"data:"):
                    now = time.perf_counter()
                    for found in set(_CASE.findall(line)):
                        self.heard[found.decode()].append(now)


class Sending:
    """Puts alerts on their topic as workers do."""

    def __init__(self, servers: str) -> None:
        self._producer = AIOKafkaProducer(bootstrap_servers=servers, linger_ms=0)

    async def start(self) -> None:
        """Connect."""
        await self._producer.start()

    async def send(self, alerts: Iterable[Alert], per_sec: float = 0.0) -> None:
        """Send them, so many a second; 0: as fast as may be."""
        began, pending = time.perf_counter(), []
        for place, one in enumerate(alerts):
            if per_sec:
                await asyncio.sleep(began + place / per_sec - time.perf_counter())
            pending.append(await self._producer.send(ALERTS, alert_codec.encode(one), key=one.alert_id.encode()))
        await asyncio.gather(*pending)

    async def stop(self) -> None:
        """Disconnect."""
        await self._producer.stop()


def made(prefix: str, count: int, severity: str) -> Iterable[Alert]:
    """Yield alerts of as many customers, each made when it is asked for; rules too many for one incident."""
    for number in range(count):
        name, now = f"{prefix}{number}", wall_clock()
        rule = "storm" if prefix == "s" else f"{prefix}-{number // 20}"
        yield alert(name, customer=name, severity=severity, rule=rule, started_at=now - 1_000, detected_at=now)


async def measure() -> list[str]:
    """Run it all; return the lines of the report."""
    with tempfile.TemporaryDirectory(prefix="bench-") as name:
        folder, ears = Path(name), Ears()
        with EmbeddedKafka(folder / "broker", jvm_flags=("-Xmx1g",)) as kafka:
            servers = kafka.bootstrap_servers
            await topics.create(servers, topics.Deployment(partitions=PARTITIONS))
            sending = Sending(servers)
            await sending.start()
            try:
                async with ears.listening() as url:
                    with DeskProcess(folder, servers, url, text=FILE) as desk:
                        return await _measure(desk, sending, ears)
            finally:
                await sending.stop()


async def _measure(desk: DeskProcess, sending: Sending, ears: Ears) -> list[str]:
    desk.start()
    await desk.ready(60)
    cookie = await signed_in(desk.database_url)
    click.echo(f"opening {OPEN:,} cases ...", err=True)
    began = time.perf_counter()
    await sending.send(made("o", OPEN, "medium"))
    await kept(desk, OPEN)
    opened_sec = time.perf_counter() - began
    looking = Looking(desk.address, cookie)
    click.echo(f"{LOOKING} look ...", err=True)
    async with looking.all(LOOKING):
        paints = [await looking.paint() for _ in range(PAINTS)]
        painted = await in_chromium(desk.address, cookie)
        news = await hear(looking, sending)
        click.echo(f"a storm of {STORM:,} ...", err=True)
        stormy, storm_sec = await storm(desk, looking, sending)
    pages = len({one["dedup_key"] for heard in ears.told.values() for one in heard})  # of the storm, nothing else pages
    return [
        f"the desk on SQLite, {OPEN:,} open cases (taken in {opened_sec:.1f} s), {LOOKING} people with an open queue:",
        f"{'ms':44}{'p50':>8}{'p99':>8}{'max':>8}{'budget':>8}",
        row("the queue over HTTP", paints, PAINT_BUDGET_MS),
        *(
            [row("first paint in Chromium", painted, PAINT_BUDGET_MS)]
            if painted
            else ["no Chromium: CHROMIUM says where"]
        ),
        row(f"an alert sent until each of {LOOKING} has it", news, NEWS_BUDGET_MS),
        row("the queue over HTTP while it storms", stormy, PAINT_BUDGET_MS),
        f"a storm of {STORM:,} alerts in {STORM_SEC:.0f} s: all kept {storm_sec:.1f} s after the first, pages: {pages}",
    ]


async def signed_in(database_url: str) -> dict[str, str]:
    """Return the cookie of a session."""
    database = connect(database_url)
    sessions = Sessions(
        database,
        Tokens(database, wall_clock),
        Brake(BrakePolicy(), wall_clock),
        SessionPolicy(is_tls=False),
        wall_clock,
    )
    made_for = await sessions.open(Viewer(name="ana", roles=frozenset({Role.LEAD})))
    await database.close()
    return {made_for.name: made_for.value}


async def kept(desk: DeskProcess, count: int) -> None:
    """Wait until the store has so many cases."""
    database = connect(desk.database_url)

    async def has_all() -> bool:
        return len((await outcome(database)).persons) >= count

    try:
        await until(has_all, f"{count} cases", every_sec=0.5)
    finally:
        await database.close()


async def hear(looking: Looking, sending: Sending) -> list[float]:
    """Send alerts one by one; return how long each took to each of those who look, in seconds."""
    sent: dict[str, float] = {}
    for one in made("n", NEWS, "medium"):
        sent[case_id_of(one.customer, 1)] = time.perf_counter()
        await sending.send([one])
        await asyncio.sleep(NEWS_EVERY_SEC)
    await until(lambda: _soon(all(len(looking.heard[case_id]) >= LOOKING for case_id in sent)), "everybody has heard")
    return [at - began for case_id, began in sent.items() for at in looking.heard[case_id][:LOOKING]]


async def storm(desk: DeskProcess, looking: Looking, sending: Sending) -> tuple[Sequence[float], float]:
    """Send many alerts; return how long the queue took meanwhile, and when all of them were kept, in seconds."""
    began, paints = time.perf_counter(), []
    sent = asyncio.create_task(sending.send(made("s", STORM, "high"), STORM / STORM_SEC))
    while not sent.done():
        paints.append(await looking.paint())
        await asyncio.sleep(1)
    await sent
    await kept(desk, OPEN + NEWS + STORM)
    all_kept = time.perf_counter() - began
    await asyncio.sleep(12)  # the wait of a group is over
    return paints, all_kept


async def in_chromium(address: str, cookie: dict[str, str]) -> list[float]:
    """Return when a browser has painted the queue first, in seconds; nothing where there is no browser."""
    path = os.environ.get("CHROMIUM") or shutil.which("chromium") or shutil.which("chromium-browser")
    if not path:
        return []
    found = []
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(executable_path=path, args=list(_FLAGS))
        context = await browser.new_context(viewport={"width": 1366, "height": 768})
        await context.add_cookies([{"name": name, "value": value, "url": address} for name, value in cookie.items()])
        for _ in range(5):
            page = await context.new_page()
            await page.goto(address)
            await page.wait_for_function(f"{_PAINT} > 0")
            found.append(await page.evaluate(_PAINT) / 1000)
            await page.close()
        await browser.close()
    return found


async def until(is_so: Callable[[], Awaitable[bool]], what: str, every_sec: float = 0.05) -> None:
    """Wait for something; raise ClickException where it does not come."""
    with suppress(TimeoutError):
        async with asyncio.timeout(PATIENCE_SEC):
            while not await is_so():  # noqa: ASYNC110 - other processes change it
                await asyncio.sleep(every_sec)
            return
    raise click.ClickException(f"waited {PATIENCE_SEC:.0f} s for this: {what}")


async def _soon(found: bool) -> bool:
    return found


def row(what: str, found: Sequence[float], budget_ms: int) -> str:
    """Draw one line of the table."""
    shown = "".join(f"{quantile(sorted(found), share) * 1000:>8.0f}" for share in (0.5, 0.99, 1.0))
    return f"{what:44}{shown}{budget_ms:>8}"
