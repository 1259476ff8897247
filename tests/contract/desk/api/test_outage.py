"""What the API says while its database is away."""

import asyncio
import contextlib
import logging
import os
import signal
import time
from typing import Any

import httpx
import pytest

from streams.desk.access.attempts import Brake, BrakePolicy
from streams.desk.access.sessions import SessionPolicy, Sessions
from streams.desk.access.tokens import Tokens
from streams.desk.access.viewer import Role, Viewer
from streams.desk.api.app import create_app
from streams.desk.api.operation import Parts
from streams.desk.api.streams import Streams
from streams.desk.store.database import connect
from streams.desk.store.migrate import migrate
from streams.testing.patience import PATIENCE_SEC
from streams.testing.served import listening
from tests.contract.desk.api.conftest import standing
from tests.contract.desk.api.double import MemoryDesk, row
from tests.postgres import postgres


def crash(server: Any) -> None:
    """Let PostgreSQL end without a checkpoint and without a word to its clients."""
    postmaster = server.get_pid()
    os.kill(postmaster, signal.SIGQUIT)
    until = time.monotonic() + PATIENCE_SEC
    with contextlib.suppress(ProcessLookupError):
        while time.monotonic() < until:
            os.kill(postmaster, 0)
            time.sleep(0.01)


async def status_of(client: httpx.AsyncClient) -> int:
    """Ask for something that needs the database."""
    answer = await client.get("/api/v1/me")
    if answer.status_code == 503:
        assert (answer.json()["reason"], answer.headers["retry-after"]) == ("not_ready", "1")
    return answer.status_code


async def test_a_database_that_crashes_is_waited_for(caplog: pytest.LogCaptureFixture) -> None:
    """Requests are told when to come again, open streams end, and once it is back everything works as before."""
    with postgres() as server:
        url = str(server.get_uri())
        await asyncio.to_thread(migrate, url)
        database = connect(url)
        tokens = Tokens(database, standing)
        sessions = Sessions(database, tokens, Brake(BrakePolicy(), standing), SessionPolicy(), standing)
        token = (await tokens.create(Viewer(name="anna", roles=frozenset({Role.AGENT}))))[1]
        parts = Parts(MemoryDesk(row(1)), sessions, tokens, Streams(heartbeat_sec=0.2))

        async def ready() -> bool:
            return True

        async with (
            listening(create_app(parts, is_ready=ready)) as address,
            httpx.AsyncClient(
                base_url=address, headers={"authorization": f"Bearer {token}"}, timeout=PATIENCE_SEC
            ) as client,
        ):
            assert await status_of(client) == 200
            async with client.stream("GET", "/api/v1/events") as stream:
                await asyncio.to_thread(crash, server)
                assert [await status_of(client) for _ in range(3)] == [503, 503, 503]
                assert "retry: 2000" in "".join([text async for text in stream.aiter_text()])
            await asyncio.to_thread(server.ensure_postgres_running)
            until = time.monotonic() + PATIENCE_SEC
            while await status_of(client) == 503:
                assert time.monotonic() < until
            assert await status_of(client) == 200
        await database.close()
    assert [record for record in caplog.records if record.levelno >= logging.ERROR] == []
