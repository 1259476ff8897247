"""Bodies: read and decompressed within bounds."""

import asyncio
import gzip
import zlib
from typing import Any, Final

import pytest
import zstandard

from streams.gateway.api import bodies
from streams.gateway.api.bodies import Gone, Hold, Limits, Room
from streams.gateway.api.problems import Code, Problem
from streams.gateway.api.request import Request

LIMITS: Final = Limits(bytes_=1_000, items=10, sec=0.05)
TEXT: Final = b'{"type":"page.viewed"}' * 3


def request(**headers: str) -> Request:
    """Return a request with these headers."""
    pairs = [(name.replace("_", "-").encode(), value.encode()) for name, value in headers.items()]
    return Request({"method": "POST", "headers": pairs, "query_string": b""})


async def read(asked: Request, *parts: bytes, ends: bool = True, room: int = 10_000) -> bytes | Problem | Gone:
    """Read a body that comes in these parts."""
    waiting = list(parts)

    async def receive() -> dict[str, Any]:
        if not waiting:
            return await asyncio.Future()
        part = waiting.pop(0)
        return {"type": "http.request", "body": part, "more_body": bool(waiting) or not ends}

    return await bodies.read(asked, receive, LIMITS, Hold(Room(room)))


def code(found: bytes | Problem | Gone) -> Code:
    """Return which problem it is."""
    assert isinstance(found, Problem)
    return found.code


async def test_a_body_is_put_together_from_its_parts() -> None:
    """However many there are."""
    assert await read(request(), b"ab", b"", b"c") == b"abc"


async def test_what_is_too_large_is_not_read_to_its_end() -> None:
    """Whether it says so first or not."""
    assert code(await read(request(content_length="1001"))) is Code.TOO_LARGE
    assert code(await read(request(content_length="9" * 5_000))) is Code.TOO_LARGE
    assert code(await read(request(), b"x" * 600, b"x" * 600, ends=False)) is Code.TOO_LARGE


async def test_nobody_may_send_for_ever() -> None:
    """A body that does not come is given up."""
    assert code(await read(request(), b"x", ends=False)) is Code.SLOW


async def test_a_client_that_goes_away_gets_no_answer() -> None:
    """There is nobody to read it."""

    async def receive() -> dict[str, Any]:
        return {"type": "http.disconnect"}

    assert await bodies.read(request(), receive, LIMITS, Hold(Room(1))) == Gone()


async def test_all_bodies_together_are_bounded() -> None:
    """Above the bound requests are asked to come again."""
    assert code(await read(request(), b"x" * 100, room=99)) is Code.BUSY
    compressed = gzip.compress(b"x" * 900)
    assert code(await read(request(content_encoding="gzip"), compressed, room=len(compressed))) is Code.BUSY


def test_what_was_taken_of_the_room_is_given_back_once() -> None:
    """When a request is over."""
    room = Room(10)
    hold = Hold(room)
    assert hold.take(6)
    assert not hold.take(5)
    hold.release()
    hold.release()
    assert room.take(10)
    assert not room.take(1)


def zstd_stream(content: bytes) -> bytes:
    """Return what a stream makes, which does not know its length."""
    writer = zstandard.ZstdCompressor().compressobj()
    return writer.compress(content) + writer.flush()


@pytest.mark.parametrize(
    ("encoding", "body"),
    [
        ("gzip", gzip.compress(TEXT)),
        ("x-gzip", gzip.compress(TEXT)),
        ("GZIP", gzip.compress(TEXT[:5]) + gzip.compress(TEXT[5:])),
        ("gzip", gzip.compress(TEXT) + gzip.compress(b"") * 15),
        ("zstd", zstandard.compress(TEXT)),
        ("zstd", zstd_stream(TEXT)),
        ("identity", TEXT),
    ],
)
async def test_a_compressed_body_is_decompressed(encoding: str, body: bytes) -> None:
    """As its encoding says."""
    assert await read(request(content_encoding=encoding), body) == TEXT


@pytest.mark.parametrize(
    ("encoding", "body"),
    [
        ("gzip", gzip.compress(b"0" * 10_000_000)[:1_000]),
        ("gzip", gzip.compress(b"0" * 600) + gzip.compress(b"0" * 600)),
        ("zstd", zstandard.compress(b"0" * 10_000_000)),
        ("zstd", zstd_stream(b"0" * 10_000_000)),
    ],
    ids=["gzip", "two members", "zstd", "zstd of unknown length"],
)
async def test_a_bomb_is_too_large(encoding: str, body: bytes) -> None:
    """And never takes more room than the bound."""
    assert code(await read(request(content_encoding=encoding), body)) is Code.TOO_LARGE


@pytest.mark.parametrize(
    ("encoding", "body"),
    [
        ("gzip", b"no gzip"),
        ("gzip", gzip.compress(TEXT)[:-4]),
        ("gzip", gzip.compress(TEXT) + b"rest"),
        ("gzip", gzip.compress(TEXT) + gzip.compress(b"") * 16),
        ("gzip", zlib.compress(TEXT)),
        ("zstd", b"no zstd"),
        ("zstd", zstandard.compress(TEXT)[:-4]),
        ("zstd", zstd_stream(TEXT)[:-4]),
        ("zstd", zstandard.compress(TEXT) + b"rest"),
    ],
)
async def test_a_broken_body_is_malformed(encoding: str, body: bytes) -> None:
    """Cut off, of another kind or in too many members: nothing of it is taken."""
    assert code(await read(request(content_encoding=encoding), body)) is Code.MALFORMED


async def test_other_encodings_are_not_read() -> None:
    """And the answer says which are."""
    found = await read(request(content_encoding="br"), b"x")
    assert code(found) is Code.MEDIA_TYPE
    assert isinstance(found, Problem)
    assert "gzip, zstd" in found.detail
