"""A gateway as a process of a test: a real port, a real spool, and no broker."""

import asyncio
import contextlib
import ssl
from collections.abc import AsyncIterator, Mapping
from pathlib import Path
from typing import Any, Final

import httpx

from streams.broker.probe import free_port
from streams.gateway.keys.key import Key
from streams.gateway.run import Process
from streams.gateway.web import create
from streams.settings.settings import Settings
from streams.testing.patience import PATIENCE_SEC

ITEM: Final = {"type": "page.viewed", "id": "1", "customer": "ana"}


def settings(folder: Path, **more: Any) -> Settings:
    """A gateway whose broker is never there."""
    servers = f"127.0.0.1:{free_port()}"
    return Settings(bootstrap_servers=servers, data_dir=str(folder), gateway_port=free_port(), **more)


class Running:
    """A process that serves, and a client with a key of it."""

    def __init__(self, process: Process, client: httpx.AsyncClient) -> None:
        self.process = process
        self.client = client

    async def send(self, *ids: str) -> httpx.Response:
        """Send page views."""
        return await self.client.post("/v1/touchpoints", json=[ITEM | {"id": each} for each in ids])


@contextlib.asynccontextmanager
async def running(
    wanted: Settings, verify: ssl.SSLContext | bool = True, environ: Mapping[str, str] | None = None
) -> AsyncIterator[Running]:
    """Run a gateway until the end."""
    process = Process(wanted, environ or {})
    _, text = process.keeper.create(Key(id="", source="//shop.example"))
    process.ring.look()
    task = asyncio.create_task(process.run(create))
    headers = {"authorization": f"Bearer {text}"}
    async with httpx.AsyncClient(
        base_url=process.base_url, headers=headers, verify=verify, timeout=PATIENCE_SEC
    ) as client:
        async with asyncio.timeout(PATIENCE_SEC):
            while not task.done() and not await is_ready(client):  # noqa: ASYNC110 - it waits for a server
                await asyncio.sleep(0.02)
        yield Running(process, client)
        process.stop()
        async with asyncio.timeout(PATIENCE_SEC):
            await task


async def is_ready(client: httpx.AsyncClient) -> bool:
    """Whether it serves."""
    with contextlib.suppress(httpx.TransportError):
        return (await client.get("/readyz")).status_code == 200
    return False
