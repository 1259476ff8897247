"""Connections that bring nothing, to a real server with little patience."""

import asyncio
import contextlib
import socket
from collections.abc import AsyncIterator, Awaitable, Callable
from typing import Any, Final, cast

import pytest
import uvicorn

from streams.gateway.connections import ANSWER_SEC, HEAD_BYTES, HEAD_SEC, Connection, Patience

MOST: Final = 4
PATIENCE_SEC: Final = 60.0
GET: Final = b"GET / HTTP/1.1\r\nhost: x\r\n\r\n"
ANSWER_BYTES: Final = 32 << 20  # more than a socket takes


async def app(scope: Any, receive: Any, send: Any) -> None:
    """Answer in full when the request is whole, with much where it is asked for."""
    message = {"more_body": True}
    while message.get("more_body"):
        message = await receive()
        if message["type"] != "http.request":
            return
    body = bytes(ANSWER_BYTES) if scope["path"] == "/much" else b"here"
    headers = [(b"content-length", str(len(body)).encode())]
    await send({"type": "http.response.start", "status": 200, "headers": headers})
    await send({"type": "http.response.body", "body": body})


@contextlib.asynccontextmanager
async def serving(patience: Patience) -> AsyncIterator[int]:
    """Serve, and sweep as the process does; give the port."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        http = cast("type[asyncio.Protocol]", patience.connection)
        config = uvicorn.Config(
            app,
            http=http,
            lifespan="off",
            log_config=None,
            access_log=False,
            timeout_graceful_shutdown=1,
            timeout_keep_alive=3_600,
        )
        server = uvicorn.Server(config)
        running = asyncio.create_task(server.serve([listener]))
        sweeping = asyncio.create_task(sweep(patience))
        try:
            yield listener.getsockname()[1]
        finally:
            sweeping.cancel()
            server.should_exit = True
            await running


async def sweep(patience: Patience) -> None:
    """Look again and again who is overdue."""
    while True:
        await asyncio.sleep(0.01)
        patience.sweep()


class Clock:
    """Moved by hand, so that nothing here depends on how fast anything is."""

    now = 0.0

    def __call__(self) -> float:
        """Return the time."""
        return self.now


@pytest.fixture
def clock() -> Clock:
    """A clock that stands still."""
    return Clock()


@pytest.fixture
async def connect() -> AsyncIterator[Callable[[int], Awaitable[Any]]]:
    """Open connections that are closed at the end."""
    writers: list[asyncio.StreamWriter] = []

    async def opened(port: int) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        writers.append(writer)
        return reader, writer

    yield opened
    for writer in writers:
        writer.close()


async def ended(reader: asyncio.StreamReader) -> bytes:
    """Return what still comes until the server cuts the connection."""
    found = b""
    async with asyncio.timeout(PATIENCE_SEC):
        with contextlib.suppress(ConnectionResetError):
            while part := await reader.read(1 << 16):
                found += part
    return found


async def answered(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> bytes:
    """Return the status line of an answer, and leave the connection open."""
    writer.write(GET)
    async with asyncio.timeout(PATIENCE_SEC):
        head = await reader.readuntil(b"\r\n\r\n")
        await reader.readexactly(len(b"here"))
    return head.partition(b"\r\n")[0]


async def until(is_so: Callable[[], bool]) -> None:
    """Wait until something is so."""
    async with asyncio.timeout(PATIENCE_SEC):
        while not is_so():  # noqa: ASYNC110 - it waits for a server
            await asyncio.sleep(0.01)


async def test_silence_locks_nobody_out(connect: Any, clock: Clock) -> None:
    """However many connections say nothing, a new one is served, and the oldest of them make room."""
    patience = Patience(MOST, MOST, clock)
    async with serving(patience) as port:
        silent = [await connect(port) for _ in range(3 * MOST)]
        assert await answered(*await connect(port)) == b"HTTP/1.1 200 OK"
        for reader, _ in silent[: 2 * MOST]:
            assert await ended(reader) == b""
        await until(lambda: len(patience.heads) <= MOST)


async def test_bodies_by_the_letter_lock_nobody_out(connect: Any, clock: Clock) -> None:
    """However many are on their way, a quick one overtakes them, and the oldest make room."""
    patience = Patience(10 * MOST, MOST, clock)
    async with serving(patience) as port:
        slow = [await connect(port) for _ in range(3 * MOST)]
        for _, writer in slow:
            writer.write(b"POST / HTTP/1.1\r\nhost: x\r\ncontent-length: 9\r\n\r\na")
        for reader, _ in slow[: 2 * MOST]:
            assert await ended(reader) == b""
        assert await answered(*await connect(port)) == b"HTTP/1.1 200 OK"
        await until(lambda: len(patience.bodies) == MOST)
        for reader, writer in slow[2 * MOST :]:
            writer.write(b"bcdefghi")
            async with asyncio.timeout(PATIENCE_SEC):
                assert (await reader.readuntil(b"\r\n\r\n")).startswith(b"HTTP/1.1 200")
        await until(lambda: len(patience.bodies) == 0)


async def test_a_head_that_does_not_come_is_not_waited_for(connect: Any, clock: Clock) -> None:
    """Neither where nothing comes, nor where it comes letter by letter, nor behind an answer."""
    patience = Patience(MOST, MOST, clock)
    async with serving(patience) as port:
        nothing, _ = await connect(port)
        by_letter, writer = await connect(port)
        writer.write(GET[:5])
        again, asking = await connect(port)
        assert await answered(again, asking) == b"HTTP/1.1 200 OK"
        await until(lambda: len(patience.heads) == 3)
        clock.now += HEAD_SEC - 1
        writer.write(GET[5:10])
        assert await answered(*await connect(port)) == b"HTTP/1.1 200 OK"
        clock.now += 1
        for reader in (nothing, by_letter, again):
            assert await ended(reader) == b""


async def test_a_head_without_end_is_cut(connect: Any, clock: Clock) -> None:
    """Before it fills the memory."""
    async with serving(Patience(MOST, MOST, clock)) as port:
        reader, writer = await connect(port)
        writer.write(b"GET / HTTP/1.1\r\n" + b"x-a: b\r\n" * HEAD_BYTES)
        assert await ended(reader) == b""


async def test_a_large_body_is_no_long_head(connect: Any, clock: Clock) -> None:
    """Requests of any size may follow one another on a connection."""
    async with serving(Patience(MOST, MOST, clock)) as port:
        reader, writer = await connect(port)
        for _ in range(3):
            size = 4 * HEAD_BYTES
            writer.write(b"POST / HTTP/1.1\r\nhost: x\r\ncontent-length: %d\r\n\r\n" % size + bytes(size))
            await writer.drain()
            async with asyncio.timeout(PATIENCE_SEC):
                assert (await reader.readuntil(b"\r\n\r\n")).startswith(b"HTTP/1.1 200")
                await reader.readexactly(len(b"here"))


async def test_who_does_not_fetch_an_answer_is_cut(connect: Any, clock: Clock) -> None:
    """The connection was busy, and is of no use to anybody."""
    patience = Patience(MOST, MOST, clock)
    async with serving(patience) as port:
        reader, writer = await connect(port)
        writer.write(GET.replace(b"/", b"/much", 1))
        await until(lambda: len(patience.answers) == 1)
        clock.now += ANSWER_SEC
        await until(lambda: len(patience.answers) == 0)
        assert len(await ended(reader)) < ANSWER_BYTES


def test_the_server_calls_what_is_overridden() -> None:
    """A new version of it that does not would leave silence unbounded: then this fails."""
    base = Connection.__mro__[1]
    for name in ("connection_made", "connection_lost", "data_received", "pause_writing", "resume_writing"):
        assert callable(getattr(base, name))
    for name in ("on_headers_complete", "on_message_complete", "on_response_complete"):
        assert callable(getattr(base, name))
