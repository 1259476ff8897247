"""From an alert on its topic to a message outside, and back by its link."""

import asyncio
import re
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager, suppress
from pathlib import Path
from typing import Any, Final

import httpx
import msgspec
import pytest
from aiohttp import web

from streams.alerts.alert import Status
from streams.broker import topics
from streams.broker.embedded import EmbeddedKafka
from streams.broker.probe import free_port
from streams.desk.access.viewer import Role, Viewer
from streams.desk.run import Process
from streams.desk.service.clocks import wall_clock
from streams.desk.web import create
from streams.settings.settings import Settings
from streams.testing.alerts import alert
from streams.testing.patience import PATIENCE_SEC
from tests.kafka.desk.test_process import ANA, send

pytestmark = pytest.mark.kafka
FILE: Final = """
receivers:
  - name: chat
    channels: [{kind: webhook, url: "URL", secret_env: DESK_SECRET}]
severities: {low: digest, medium: queue, high: page, critical: page}
route: {receiver: chat, group_by: [case], group_wait: 1s, group_interval: 1s}
"""


class Outside:
    """What the desk tells: a server that keeps what it was sent."""

    def __init__(self) -> None:
        self.said: asyncio.Queue[dict[str, Any]] = asyncio.Queue()

    async def take(self, request: web.Request) -> web.Response:
        """Keep one message."""
        self.said.put_nowait(msgspec.json.decode(await request.read()))
        return web.Response()

    async def next(self) -> dict[str, Any]:
        """Return the next message."""
        return await asyncio.wait_for(self.said.get(), PATIENCE_SEC)


@asynccontextmanager
async def listening(outside: Outside) -> AsyncIterator[str]:
    """Serve it."""
    app = web.Application()
    app.router.add_post("/", outside.take)
    runner = web.AppRunner(app)
    await runner.setup()
    port = free_port()
    await web.TCPSite(runner, "127.0.0.1", port).start()
    yield f"http://127.0.0.1:{port}/"
    await runner.cleanup()


async def serves(url: str) -> None:
    """Wait until the desk says that it is ready."""
    async with httpx.AsyncClient(trust_env=False) as client, asyncio.timeout(PATIENCE_SEC):
        while True:
            with suppress(httpx.TransportError):
                if (await client.get(url)).status_code == 200:
                    return
            await asyncio.sleep(0.05)


async def test_an_alert_is_told_outside_and_acknowledged_from_the_console_and_over_the_api(
    fresh_broker: Callable[..., EmbeddedKafka], tmp_path: Path
) -> None:
    """One message under one key when it fires, when it is seen and when it is over; nothing personal in any."""
    servers = fresh_broker().bootstrap_servers
    await topics.create(servers, topics.Deployment(partitions=2, retention="forever"))
    outside, port = Outside(), free_port()
    async with listening(outside) as url:
        file = tmp_path / "desk.yaml"
        file.write_text(FILE.replace("URL", url))
        settings = Settings(
            bootstrap_servers=servers, data_dir=str(tmp_path), desk_port=port, desk_file=str(file), workers=()
        )
        process = Process(settings, {"DESK_SECRET": "s" * 40})
        await process.prepare()
        _, token = await process.tokens.create(Viewer(name="ana", roles=frozenset({Role.AGENT})))
        running = asyncio.create_task(process.run(create(process)))
        await serves(f"{process.base_url}/readyz")
        now = wall_clock()
        await send(servers, alert("a1", started_at=now - 1_000, detected_at=now))
        first = await outside.next()
        async with httpx.AsyncClient(
            base_url=process.base_url,
            headers={"Authorization": f"Bearer {token}"},
            timeout=PATIENCE_SEC,
            trust_env=False,
        ) as api:
            page = (await api.get("/api/v1/cases")).json()
            case_id = page["rows"][0]["case_id"]
            done = await api.post(f"/api/v1/cases/{case_id}/commands", json={"do": "acknowledge"})
            assert done.status_code == 200
            seen = await outside.next()
            await send(servers, alert("a1", 2, Status.RECOVERED, started_at=now - 1_000, ended_at=now, detected_at=now))
            over = await outside.next()
        async with httpx.AsyncClient(
            base_url=process.base_url, timeout=PATIENCE_SEC, trust_env=False, follow_redirects=True
        ) as browser:
            login = await browser.get("/login")
            csrf = re.search(r'name="csrf" value="([^"]+)"', login.text)
            assert csrf is not None
            signed_in = await browser.post("/login", data={"csrf": csrf[1], "token": token, "next": "/"})
            card = await browser.get(f"/cases/{case_id}")
        process.stop()
        await running
    assert [each["kind"] for each in (first, seen, over)] == ["opened", "acknowledged", "resolved"]
    assert len({each["dedup_key"] for each in (first, seen, over)}) == 1
    assert "customer-1" not in repr((first, seen, over, signed_in.text, card.text))
    assert (signed_in.status_code, card.status_code) == (200, 200)
    assert 'data-card="head"' in card.text
    assert ANA.name == "ana"
