"""Files of touchpoints by the tus protocol, sent by its official client to a real server."""

import asyncio
import contextlib
import io
import json
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import httpx
import msgspec
import pytest
from litestar import Litestar
from tusclient.client import TusClient

from streams.gateway.api import native
from streams.gateway.api.uploads import PART_TYPE, UPLOADS, UploadRoutes
from streams.gateway.uploads.store import Uploads
from streams.gateway.uploads.worker import Worker
from streams.telemetry.trace_context import TraceContext
from streams.telemetry.tracing import OFF, Tracer
from streams.testing.gateway import BROWSER, NOW, ORIGIN, SERVER, WEBHOOK, MemoryGateway
from streams.testing.patience import PATIENCE_SEC
from streams.testing.served import listening
from tests.spans import Recorded, context_of, parent_of, said_of

MOST_BYTES = 1_000_000
LINES = [{"id": str(number), "type": "sale.completed", "customer": f"c{number}"} for number in range(500)]
FILE = "".join(f"{json.dumps(line)}\n" for line in LINES).encode()


class Served:
    """A gateway with uploads; what it knows of them is in a folder."""

    def __init__(self, folder: Path, tracer: Tracer = OFF) -> None:
        self.gateway = MemoryGateway(tracer=tracer)
        self.uploads = Uploads(folder, lambda: NOW, most_bytes=MOST_BYTES)
        ring = self.gateway.ring
        self.worker = Worker(self.uploads, self.gateway.gate, ring, lambda _, body: native.lines(body), tracer=tracer)
        watch = self.gateway.watching
        routes = UploadRoutes(self.uploads, self.worker, ring, watch, {"pos"}, MOST_BYTES, tracer=tracer)
        self.app = Litestar(routes.routes(), openapi_config=None, logging_config=None)
        self.url = ""

    @contextlib.asynccontextmanager
    async def serving(self) -> AsyncIterator[None]:
        """Serve, and work through what is whole."""
        async with listening(self.app) as self.url:
            working = asyncio.create_task(self.worker.run())
            try:
                yield
            finally:
                working.cancel()
                await asyncio.gather(working, return_exceptions=True)

    def client(self) -> TusClient:
        """Return the official client with a key."""
        return TusClient(f"{self.url}{UPLOADS}", headers={"Authorization": f"Bearer {SERVER}"})

    async def told(self, address: str | None) -> dict[str, Any]:
        """Return what an upload came to once it is over."""
        async with httpx.AsyncClient(headers={"Authorization": f"Bearer {SERVER}"}, timeout=PATIENCE_SEC) as client:
            async with asyncio.timeout(PATIENCE_SEC):
                while (found := (await client.get(str(address))).json())["state"] not in ("done", "ended"):  # noqa: ASYNC110
                    await asyncio.sleep(0.02)
        return dict(found)


@pytest.fixture
async def served(tmp_path: Path) -> AsyncIterator[Served]:
    """A gateway that serves."""
    served = Served(tmp_path / "uploads")
    async with served.serving():
        yield served


@pytest.fixture
def file() -> io.BytesIO:
    """A file of touchpoints."""
    return io.BytesIO(FILE)


async def call(served: Served, method: str, path: str = "", **more: Any) -> httpx.Response:
    """Make a request with the server's key, unless told otherwise."""
    headers = {"Authorization": f"Bearer {SERVER}"} | more.pop("headers", {})
    async with httpx.AsyncClient(timeout=PATIENCE_SEC) as client:
        return await client.request(method, f"{served.url}{UPLOADS}{path}", headers=headers, **more)


async def test_the_official_client_sends_a_file(served: Served, file: io.BytesIO) -> None:
    """In parts; every line is a touchpoint then, and the answer says so."""
    uploader = served.client().uploader(file_stream=file, chunk_size=10_000, metadata={"filename": "till.jsonl"})
    await asyncio.to_thread(uploader.upload)
    told = await served.told(uploader.url)
    assert (told["state"], told["lines"], told["accepted"], told["problems"]) == ("done", 500, 500, [])
    assert [touchpoint.id for touchpoint in served.gateway.sink.touchpoints] == [line["id"] for line in LINES]


async def test_it_goes_on_with_another_process_where_the_line_broke(tmp_path: Path, file: io.BytesIO) -> None:
    """The client asks how much is there and sends the rest."""
    folder = tmp_path / "uploads"
    first = Served(folder)
    async with first.serving():
        uploader = first.client().uploader(file_stream=file, chunk_size=10_000, metadata={"filename": "till.jsonl"})
        await asyncio.to_thread(uploader.upload_chunk)
    second = Served(folder)
    async with second.serving():
        address = str(uploader.url).replace(first.url, second.url)
        again = await asyncio.to_thread(second.client().uploader, file_stream=file, url=address, chunk_size=10_000)
        assert await asyncio.to_thread(again.get_offset) == 10_000
        await asyncio.to_thread(again.upload)
        told = await second.told(address)
    assert (told["accepted"], len(second.gateway.sink.touchpoints)) == (500, 500)


async def test_a_bad_line_is_told_by_its_number(served: Served) -> None:
    """With the reason of a single request; the others count."""
    content = b'{"type":"sale.complete","customer":"c1"}\n{"type":"sale.completed","customer":"c1"}'
    made = await call(
        served,
        "POST",
        headers={"Upload-Length": str(len(content)), "Upload-Metadata": "filetype YXBwbGljYXRpb24veC1uZGpzb24="},
    )
    assert made.status_code == 201
    path = made.headers["location"].removeprefix(UPLOADS)
    part = {"Upload-Offset": "0", "Content-Type": PART_TYPE}
    added = await call(served, "PATCH", path, headers=part, content=content)
    assert (added.status_code, added.headers["upload-offset"]) == (204, str(len(content)))
    told = await served.told(f"{served.url}{UPLOADS}{path}")
    (flawed,) = told["problems"]
    assert (told["accepted"], told["refused"], flawed["line"]) == (1, 1, 1)
    assert (flawed["problem"]["why"], flawed["problem"]["nearest"]) == ("unknown_type", "sale.completed")


async def begun(served: Served, size: int = 10) -> str:
    """Begin an upload and return its path."""
    headers = {"Upload-Length": str(size), "Upload-Metadata": "filename YS5qc29ubA=="}
    return str((await call(served, "POST", headers=headers)).headers["location"].removeprefix(UPLOADS))


@pytest.mark.parametrize(
    ("headers", "status"),
    [
        ({"Upload-Offset": "0"}, 415),
        ({"Upload-Offset": "1", "Content-Type": PART_TYPE}, 409),
        ({"Upload-Offset": "x", "Content-Type": PART_TYPE}, 409),
        ({"Content-Type": PART_TYPE}, 409),
    ],
)
async def test_a_part_that_does_not_follow_changes_nothing(
    served: Served, headers: dict[str, str], status: int
) -> None:
    """The client reads how much is there, and goes on from there."""
    path = await begun(served)
    answer = await call(served, "PATCH", path, headers=headers, content=b"12345")
    assert (answer.status_code, answer.headers["tus-resumable"]) == (status, "1.0.0")
    assert (await call(served, "HEAD", path)).headers["upload-offset"] == "0"


@pytest.mark.parametrize(
    ("headers", "status"),
    [
        ({}, 400),
        ({"Upload-Length": "-1"}, 400),
        ({"Upload-Length": "0"}, 400),
        ({"Upload-Length": str(MOST_BYTES + 1)}, 413),
        ({"Upload-Length": "5"}, 415),
        ({"Upload-Length": "5", "Upload-Metadata": "filename YS50eHQ="}, 415),
        ({"Upload-Length": "5", "Upload-Metadata": "filename YS5jc3Y="}, 415),
        ({"Upload-Length": "5", "Upload-Metadata": "filename YS5jc3Y=,provider bm9ib2R5"}, 400),
        ({"Upload-Length": "5", "Upload-Metadata": "filename YS5jc3Y=,provider cG9z"}, 201),
    ],
)
async def test_an_upload_is_refused_before_its_bytes_come(served: Served, headers: dict[str, str], status: int) -> None:
    """Where its size is missing or too large, or nobody could read its lines."""
    assert (await call(served, "POST", headers=headers)).status_code == status


async def test_there_is_room_for_so_many_bytes(served: Served) -> None:
    """The next one comes again later."""
    await begun(served, MOST_BYTES)
    headers = {"Upload-Length": "1", "Upload-Metadata": "filename YS5qc29ubA=="}
    answer = await call(served, "POST", headers=headers)
    assert (answer.status_code, answer.headers["retry-after"]) == (503, "60")


async def test_one_sees_ones_own_uploads_alone(served: Served) -> None:
    """And only a server uploads."""
    path = await begun(served)
    for key, headers, status in (("nobody", {}, 401), (BROWSER, {"Origin": ORIGIN}, 403), (WEBHOOK, {}, 403)):
        found = await call(served, "HEAD", path, headers={"Authorization": f"Bearer {key}"} | headers)
        assert found.status_code == status
    served.gateway.ring.keys["other"] = msgspec.structs.replace(served.gateway.ring.keys[SERVER], id="k9")
    assert (await call(served, "HEAD", path, headers={"Authorization": "Bearer other"})).status_code == 404
    assert (await call(served, "DELETE", path)).status_code == 204
    assert (await call(served, "HEAD", path)).status_code == 404


async def test_a_client_asks_what_there_is(served: Served) -> None:
    """Without a key, as the protocol has it."""
    async with httpx.AsyncClient(timeout=PATIENCE_SEC) as client:
        answer = await client.options(f"{served.url}{UPLOADS}")
    assert (answer.status_code, answer.headers["tus-version"]) == (204, "1.0.0")
    assert answer.headers["tus-max-size"] == str(MOST_BYTES)


async def test_an_upload_is_one_trace_from_its_beginning_to_its_last_record(tmp_path: Path) -> None:
    """Its parts and portions are under the request that began it, which is under the caller's."""
    recorded, caller = Recorded(), TraceContext("4bf92f3577b34da6a3ce929d0e0e4736", "00f067aa0ba902b7")
    served = Served(tmp_path / "uploads", recorded.tracer)
    async with served.serving():
        headers = {"Upload-Length": str(len(FILE)), "Upload-Metadata": "filename YS5qc29ubA=="}
        made = await call(served, "POST", headers=headers | {"traceparent": caller.traceparent})
        path = made.headers["location"].removeprefix(UPLOADS)
        part = {"Upload-Offset": "0", "Content-Type": PART_TYPE}
        assert (await call(served, "PATCH", path, headers=part, content=FILE)).status_code == 204
        assert (await served.told(f"{served.url}{UPLOADS}{path}"))["accepted"] == len(LINES)
    spans = recorded.named()
    begun, added = spans[f"POST {UPLOADS}"], spans[f"PATCH {UPLOADS}/{{upload}}"]
    worked, published = spans["work through portion"], spans["publish touchpoints"]
    under = context_of(begun).span_id
    assert [parent_of(span) for span in (begun, added, worked)] == [caller.span_id, under, under]
    assert parent_of(published) == context_of(worked).span_id
    assert said_of(worked) == {"touchpoint.upload.lines": len(LINES)}
    on_records = {each.trace for each in served.gateway.sink.admitted}
    assert on_records == {TraceContext(caller.trace_id, context_of(published).span_id)}


async def test_without_tracing_an_upload_is_in_no_trace(served: Served, file: io.BytesIO) -> None:
    """And what is kept of it says nothing of one."""
    uploader = served.client().uploader(file_stream=file, metadata={"filename": "till.jsonl"})
    await asyncio.to_thread(uploader.upload)
    await served.told(uploader.url)
    assert {each.trace for each in served.gateway.sink.admitted} == {None}
