"""The body of a request: read in bounded time and space, and decompressed to no more than it may be."""

import asyncio
import zlib
from typing import Any, Final

import msgspec
import zstandard

from streams.gateway.api.problems import Code, Problem
from streams.gateway.api.request import Request

ENCODINGS: Final = "gzip, zstd"
RETRY_SEC: Final = 1  # where bodies fill the room there is
_GZIP: Final = 31  # what zlib calls the largest window with a gzip header
_MAX_MEMBERS: Final = 16  # of one gzip body; what is behind each is copied
_DIGITS: Final = 18  # of a length that is not absurd
_WINDOW_BYTES: Final = 1 << 23  # the most that RFC 8878 asks every decoder to support
_TOO_SLOW: Final = "the body took too long"
_SLOW: Final = Problem(code=Code.SLOW)
_BUSY: Final = Problem(code=Code.BUSY, wait_sec=RETRY_SEC)
_BROKEN: Final = Problem(code=Code.MALFORMED, detail="the body is not what its Content-Encoding says")


class Limits(msgspec.Struct, frozen=True, kw_only=True):
    """How much a request may be: `bytes_` as sent and again decompressed, `items`, and `sec` for the body to arrive."""

    bytes_: int
    items: int
    sec: float = 30.0


class Gone(msgspec.Struct, frozen=True):
    """The client went away before the body was there; nobody waits for an answer."""


class Room:
    """The bytes of all bodies that are being worked on; above the bound requests are asked to come again."""

    def __init__(self, most: int) -> None:
        self._free = most

    def take(self, size: int) -> bool:
        """Take so much; False where there is not so much left, and then nothing is taken."""
        if size > self._free:
            return False
        self._free -= size
        return True

    def give(self, size: int) -> None:
        """Give back what was taken."""
        self._free += size


class Hold:
    """What one request has taken of the room, until it is done."""

    __slots__ = ("_room", "_taken")

    def __init__(self, room: Room) -> None:
        self._room = room
        self._taken = 0

    def take(self, size: int) -> bool:
        """Take more; False where there is no more."""
        if not self._room.take(size):
            return False
        self._taken += size
        return True

    def release(self) -> None:
        """Give all of it back."""
        self._room.give(self._taken)
        self._taken = 0


async def read(request: Request, receive: Any, limits: Limits, hold: Hold) -> bytes | Problem | Gone:
    """Return the decompressed body."""
    declared = request.headers.get(b"content-length", b"0")
    if len(declared) > _DIGITS or not declared.isdigit() or int(declared) > limits.bytes_:
        return _too_large(limits)
    body = await _in_time(receive, limits, hold)
    encoding = request.header(b"content-encoding").strip().lower() if b"content-encoding" in request.headers else ""
    if not isinstance(body, bytes) or not encoding or encoding == "identity":
        return body
    found = decompressed(body, encoding, limits)
    return _BUSY if isinstance(found, bytes) and not hold.take(len(found)) else found


async def _in_time(receive: Any, limits: Limits, hold: Hold) -> bytes | Problem | Gone:
    """Return the whole body; what `asyncio.timeout` does, at a fifth of what it costs each request."""
    loop, task = asyncio.get_running_loop(), asyncio.current_task()
    alarm = loop.call_later(limits.sec, task.cancel, _TOO_SLOW) if task else None
    try:
        return await _whole(receive, limits, hold)
    except asyncio.CancelledError as error:
        if error.args != (_TOO_SLOW,) or (task and task.uncancel()):
            raise
        return _SLOW
    finally:
        if alarm:
            alarm.cancel()


async def _whole(receive: Any, limits: Limits, hold: Hold) -> bytes | Problem | Gone:
    parts: list[bytes] = []
    size = 0
    while True:
        message = await receive()
        if message["type"] != "http.request":
            return Gone()
        part: bytes = message.get("body", b"")
        size += len(part)
        if size > limits.bytes_:
            return _too_large(limits)
        if not hold.take(len(part)):
            return _BUSY
        parts.append(part)
        if not message.get("more_body"):
            return b"".join(parts) if len(parts) > 1 else part


def decompressed(body: bytes, encoding: str, limits: Limits) -> bytes | Problem:
    """Return what was compressed; never more than the limit is made of it."""
    if encoding in {"gzip", "x-gzip"}:
        return _gunzip(body, limits)
    if encoding == "zstd":
        return _unzstd(body, limits)
    return Problem(code=Code.MEDIA_TYPE, detail=f"the Content-Encoding may be {ENCODINGS}")


def _gunzip(body: bytes, limits: Limits) -> bytes | Problem:
    found = b""
    for _ in range(_MAX_MEMBERS):  # gzip may be several members one behind the other
        if not body:
            break
        member = zlib.decompressobj(_GZIP)
        try:
            found += member.decompress(body, limits.bytes_ + 1 - len(found))
        except zlib.error:
            return _BROKEN
        if len(found) > limits.bytes_:
            return _too_large(limits)
        if not member.eof:
            return _BROKEN
        body = member.unused_data
    return _BROKEN if body else found


def _unzstd(body: bytes, limits: Limits) -> bytes | Problem:
    """Decompress one frame; what it says of its own size is looked at before anything is allocated for it."""
    codec = zstandard.ZstdDecompressor(max_window_size=_WINDOW_BYTES)
    try:
        if zstandard.frame_content_size(body) > limits.bytes_:
            return _too_large(limits)
        return codec.decompress(body, max_output_size=limits.bytes_, allow_extra_data=False)
    except zstandard.ZstdError:
        return _too_large(limits) if _is_above(codec, body, limits) else _BROKEN


def _is_above(codec: zstandard.ZstdDecompressor, body: bytes, limits: Limits) -> bool:
    """Return whether it failed for its size alone, which the codec does not tell."""
    try:
        return len(codec.stream_reader(body).read(limits.bytes_ + 1)) > limits.bytes_
    except zstandard.ZstdError:
        return False


def _too_large(limits: Limits) -> Problem:
    return Problem(code=Code.TOO_LARGE, detail=f"a body has at most {limits.bytes_} bytes, also when decompressed")
