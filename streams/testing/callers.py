"""A server of a few lines for tests: it talks with each caller, and nothing of it is left when its context ends."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from ssl import SSLContext

from streams.broker.properties import HOST

Talk = Callable[[asyncio.StreamReader, asyncio.StreamWriter], Awaitable[None]]


@asynccontextmanager
async def answering(talk: Talk, port: int = 0, *, tls: SSLContext | None = None) -> AsyncIterator[int]:
    """Give the port (a free one for 0) at which callers are talked with; `talk` need not close, and is cut off at last.

    `asyncio.start_server` alone leaves a caller's connection open when the loop ends before its turn has come.
    """
    talks: dict[asyncio.Task[None], asyncio.StreamWriter] = {}

    async def one(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            await talk(reader, writer)
        finally:
            writer.close()

    def called(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        talks[asyncio.create_task(one(reader, writer))] = writer

    server = await asyncio.start_server(called, HOST, port, ssl=tls)
    try:
        yield server.sockets[0].getsockname()[1]
    finally:
        server.close()
        for task, writer in talks.items():
            task.cancel()
            writer.transport.abort()
        for outcome in await asyncio.gather(*talks, return_exceptions=True):
            if isinstance(outcome, BaseException) and not isinstance(
                outcome, asyncio.CancelledError | EOFError | OSError
            ):
                raise outcome  # a caller may go in the middle of a word; anything else is wrong
