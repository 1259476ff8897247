"""The live stream."""

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import httpx
import pytest

from streams.desk.access.viewer import Role
from streams.desk.api import streams as module
from streams.desk.service.port import Event
from streams.testing.patience import PATIENCE_SEC
from tests.contract.desk.api.conftest import Api
from tests.contract.desk.api.double import row

Frames = AsyncIterator[dict[str, str]]


@asynccontextmanager
async def following(client: httpx.AsyncClient, **options: Any) -> AsyncIterator[Frames]:
    """Open a stream; give its frames as fields, heartbeats as `{"": "..."}`."""
    async with client.stream("GET", "/api/v1/events", **options) as answer:
        assert answer.status_code == 200
        assert answer.headers["content-type"] == "text/event-stream; charset=utf-8"
        yield frames(answer)


async def frames(answer: httpx.Response) -> Frames:
    """Yield the frames of a stream."""
    fields: dict[str, str] = {}
    async for line in answer.aiter_lines():
        if line:
            name, _, value = line.partition(":")
            fields[name] = value.strip()
        else:
            yield fields
            fields = {}


async def numbers(found: Frames, count: int) -> list[int]:
    """Return the ids of the next events."""
    ids: list[int] = []
    async for frame in found:
        if "id" in frame:
            ids.append(int(frame["id"]))
        if len(ids) == count:
            break
    return ids


async def reading(api: Api, count: int) -> None:
    """Wait until so many streams are at the desk."""
    async with asyncio.timeout(PATIENCE_SEC):
        while len(api.desk.readers) != count:  # noqa: ASYNC110 - the desk has no event for it
            await asyncio.sleep(0.005)


def event(seq: int) -> Event:
    """Return one change of the first case."""
    return Event(seq, "case", "c1", row(1, revision=seq), announce=True)


async def test_what_changes_is_told_at_once(api: Api) -> None:
    """As an event with its number, its kind and the row."""
    async with await api.client(Role.AGENT) as client, following(client) as found:
        assert await anext(found) == {"retry": "2000"}
        await reading(api, 1)
        await client.post("/api/v1/cases/c1/commands", json={"do": "claim"})
        frame = {"": ""}
        while "id" not in frame:
            frame = await anext(found)
    assert (frame["id"], frame["event"]) == ("1", "case")
    assert json.loads(frame["data"])["row"]["assignee"] == "anna"


@pytest.mark.parametrize("options", [{"headers": {"last-event-id": "2"}}, {"params": {"after": 2}}])
async def test_a_reader_resumes_behind_what_it_has_read(api: Api, options: dict[str, Any]) -> None:
    """With the header that browsers send, or the number that a page was made with; each once and in order."""
    api.desk.publish(*map(event, range(1, 5)))
    async with await api.client(Role.AGENT) as client, following(client, **options) as found:
        assert await numbers(found, 2) == [3, 4]
        api.desk.publish(event(5))
        assert await numbers(found, 1) == [5]


async def test_a_reader_from_before_a_lost_database_is_told_to_look_again(api: Api) -> None:
    """Numbers begin anew with a database, and what they mean now is not missed."""
    api.desk.publish(event(1))
    headers = {"last-event-id": "5000"}
    async with await api.client(Role.AGENT) as client, following(client, headers=headers) as found:
        assert [await anext(found), await anext(found)] == [{"retry": "2000"}, {"event": "reset", "data": "{}"}]
        await reading(api, 1)
        api.desk.publish(event(2))
        assert await numbers(found, 1) == [2]


@pytest.mark.parametrize("wrong", ["x", "-1", "1" * 16, "\u0663"])
async def test_an_id_that_is_none_of_ours_is_refused(api: Api, wrong: str) -> None:
    """A browser sends back what we sent."""
    async with await api.client(Role.AGENT) as client:
        headers = {b"last-event-id": wrong.encode()}
        assert (await client.get("/api/v1/events", headers=headers)).status_code == 422


async def test_silence_is_broken_by_heartbeats(api: Api) -> None:
    """So that nothing between us and the reader takes the stream for dead."""
    async with await api.client(Role.AGENT) as client, following(client) as found:
        await anext(found)
        assert [await anext(found), await anext(found)] == [{"": ""}, {"": ""}]


async def test_a_stream_ends_with_the_right_to_read_it(api: Api) -> None:
    """At the next heartbeat after its token was revoked."""
    async with await api.client(Role.AGENT) as client, following(client) as found:
        await anext(found)
        for token in await api.parts.tokens.all():
            await api.parts.tokens.revoke(token.id)
        async with asyncio.timeout(PATIENCE_SEC):
            assert [frame async for frame in found if "id" in frame] == []


async def test_streams_are_bounded(api: Api) -> None:
    """Two of one person here; the third is told when to come again, and finds a place once one has ended."""
    async with await api.client(Role.AGENT) as client:
        async with following(client), following(client):
            await reading(api, 2)
            refused = await client.get("/api/v1/events")
            assert (refused.status_code, refused.headers["retry-after"]) == (429, "5")
        await reading(api, 0)
        async with following(client) as found:
            assert await anext(found) == {"retry": "2000"}


async def test_a_desk_that_stops_ends_its_streams(api: Api) -> None:
    """After what was waiting; browsers come back to the next desk."""
    async with await api.client(Role.AGENT) as client, following(client) as found:
        await anext(found)
        await reading(api, 1)
        api.parts.streams.close()
        async with asyncio.timeout(PATIENCE_SEC):
            assert [frame async for frame in found if "id" in frame] == []
    await reading(api, 0)


async def test_a_reader_that_takes_nothing_is_dropped_and_resumes(api: Api, monkeypatch: pytest.MonkeyPatch) -> None:
    """It costs a bounded number of events, and when it comes back it gets what it missed."""
    monkeypatch.setattr(module, "SEND_SEC", 0.2)
    token = await api.token(Role.AGENT)
    host, port = api.url.removeprefix("http://").split(":")
    reader, writer = await asyncio.open_connection(host, int(port), limit=1 << 12)
    writer.write(f"GET /api/v1/events HTTP/1.1\r\nHost: desk\r\nAuthorization: Bearer {token}\r\n\r\n".encode())
    await reader.readuntil(b"retry: 2000\n\n")
    await reading(api, 1)
    total = 40_000
    for start in range(1, total, 200):
        api.desk.publish(*map(event, range(start, start + 200)))
        await asyncio.sleep(0)
        if not api.desk.readers:
            break
    await reading(api, 0)
    last = len(api.desk.published)
    assert last < total
    writer.close()
    headers = {"last-event-id": str(last - 10)}
    async with await api.client(Role.AGENT) as client, following(client, headers=headers) as found:
        assert await numbers(found, 10) == list(range(last - 9, last + 1))
