"""The network between workers and broker, with a server that says back what it hears."""

import asyncio
import time
from collections.abc import AsyncIterator, Iterator

import pytest

from streams.broker.probe import free_port
from streams.broker.properties import HOST
from streams.testing.callers import answering
from tests.soak.proxy import Proxy

DELAY_SEC = 0.1


@pytest.fixture
async def echo() -> AsyncIterator[int]:
    """The port of a server that returns each line."""

    async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        while line := await reader.readline():
            writer.write(line)

    async with answering(answer) as port:
        yield port


@pytest.fixture
def proxy(echo: int) -> Iterator[Proxy]:
    """A proxy in front of it."""
    with Proxy(free_port(), echo) as one:
        yield one


async def test_what_is_sent_comes_back(proxy: Proxy) -> None:
    """In both directions, unchanged."""
    reader, writer = await asyncio.open_connection(HOST, proxy.port)
    writer.write(b"one\ntwo\n")
    assert [await reader.readline(), await reader.readline()] == [b"one\n", b"two\n"]
    writer.close()


async def test_answers_are_late_and_not_fewer(proxy: Proxy) -> None:
    """Twenty answers under way at once take one delay, not twenty."""
    proxy.delay_sec = DELAY_SEC
    reader, writer = await asyncio.open_connection(HOST, proxy.port)
    delays = []
    began = time.monotonic()
    writer.write(b"".join(b"%d\n" % number for number in range(20)))
    for number in range(20):
        assert await reader.readline() == b"%d\n" % number
        delays.append(time.monotonic() - began)
    assert delays[0] >= DELAY_SEC * 0.9
    writer.close()


async def test_a_cut_network_breaks_what_is_open_and_what_is_new(proxy: Proxy) -> None:
    """Until it is mended."""
    reader, writer = await asyncio.open_connection(HOST, proxy.port)
    writer.write(b"before\n")
    assert await reader.readline() == b"before\n"
    proxy.cut()
    assert await _hears(reader, writer) == b""
    assert await _hears(*await asyncio.open_connection(HOST, proxy.port)) == b""
    proxy.mend()
    assert await _hears(*await asyncio.open_connection(HOST, proxy.port)) == b"after\n"


async def _hears(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> bytes:
    try:
        writer.write(b"after\n")
        return await reader.readline()
    except OSError:
        return b""
    finally:
        writer.close()
