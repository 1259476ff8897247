"""The ear for the desk's notices believes what is signed."""

import asyncio
import time
from collections.abc import AsyncIterator, Callable

import pytest
from aiohttp import web
from aiohttp.test_utils import TestClient, TestServer

from streams.canary.beside import Beside
from streams.canary.ears import NoticeEar
from streams.desk.notify.webhook import HEADER, sign
from streams.testing.patience import PATIENCE_SEC

SECRET = "what both sides know"  # noqa: S105 - of this test alone
BODY = b'{"case_id": "a1", "kind": "opened"}'


@pytest.fixture
def heard() -> list[str]:
    """What was heard."""
    return []


@pytest.fixture
async def client(heard: list[str]) -> AsyncIterator[TestClient[web.Request, web.Application]]:
    """Whoever speaks to the ear."""
    app, ear = web.Application(), NoticeEar(SECRET, heard.append)
    app.add_routes([web.post("/heard", ear.take), web.get("/heard/{alert_id}", ear.tell)])
    async with TestClient(TestServer(app)) as client:
        yield client


def signed(body: bytes, secret: str = SECRET) -> dict[str, str]:
    """Return the headers of a body that is sent now."""
    return {HEADER: sign(secret, int(time.time()), body)}


@pytest.mark.parametrize(
    ("body", "headers", "status", "expected"),
    [
        (BODY, lambda: signed(BODY), 204, ["a1"]),
        (BODY, dict, 401, []),
        (BODY, lambda: signed(BODY, "another secret"), 401, []),
        (BODY, lambda: signed(b"{}"), 401, []),
        (b"{}", lambda: signed(b"{}"), 400, []),
    ],
    ids=["signed", "unsigned", "another secret", "another body", "no notice"],
)
async def test_only_what_the_desk_signed_is_heard(
    client: TestClient[web.Request, web.Application],
    heard: list[str],
    body: bytes,
    headers: Callable[[], dict[str, str]],
    status: int,
    expected: list[str],
) -> None:
    """Nobody else can make us believe that notices arrive."""
    assert (await client.post("/heard", data=body, headers=headers())).status == status
    assert heard == expected


async def test_a_round_beside_a_canary_hears_through_it(client: TestClient[web.Request, web.Application]) -> None:
    """The desk tells the one that runs; the other asks until it was told, and only about its own."""
    told: list[str] = []
    done = asyncio.Event()

    def hear(alert_id: str) -> None:
        told.append(alert_id)
        done.set()

    beside = Beside(str(client.make_url("/heard")), hear)
    assert await beside.is_there()
    beside.follow("a0")
    beside.follow("a1")
    asking = asyncio.create_task(beside.run())
    await client.post("/heard", data=BODY, headers=signed(BODY))
    async with asyncio.timeout(PATIENCE_SEC):
        await done.wait()
    asking.cancel()
    await asyncio.gather(asking, return_exceptions=True)
    assert told == ["a1"]


async def test_where_no_canary_runs_it_is_not_asked(client: TestClient[web.Request, web.Application]) -> None:
    """Another server on the port is none, and nor is nobody."""
    assert not await Beside(str(client.make_url("/other")), print).is_there()
    assert not await Beside("http://127.0.0.1:9/heard", print).is_there()
