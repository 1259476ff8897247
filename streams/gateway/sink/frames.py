"""Puts as frames of bytes, one behind the other: length, checksum, count, time, body. What is torn is recognised."""

import struct
import zlib
from collections.abc import Iterator, Sequence
from typing import Final

import msgspec

from streams.gateway.sink.record import Record

HEAD: Final = struct.Struct(">IIIQ")  # bytes of the body, CRC-32 of the rest, touchpoints, ms of the oldest
_LENGTH: Final = struct.Struct(">I")
_REST: Final = struct.Struct(">IQ")
_to_bytes: Final = msgspec.msgpack.Encoder().encode
_to_records: Final = msgspec.msgpack.Decoder(list[Record]).decode


class Frame(msgspec.Struct, frozen=True, gc=False):
    """Where a whole frame lies in the bytes, and what its head says."""

    start: int
    end: int
    count: int
    at: int


def pack(records: Sequence[Record]) -> bytes:
    """Return the records of one put (at least one) as a frame."""
    body = _to_bytes(records)
    at = records[0].at
    return HEAD.pack(len(body), _checksum(len(body), len(records), at, body), len(records), at) + body


def whole(content: bytes, start: int = 0) -> Iterator[Frame]:
    """Yield the frames from `start` on, up to the first that is cut off or damaged."""
    view = memoryview(content)
    while start + HEAD.size <= len(content):
        length, checksum, count, at = HEAD.unpack_from(content, start)
        end = start + HEAD.size + length
        if end > len(content) or not count or checksum != _checksum(length, count, at, view[start + HEAD.size : end]):
            return
        yield Frame(start, end, count, at)
        start = end


def unpack(content: bytes, frame: Frame) -> list[Record]:
    """Return the records of a whole frame."""
    return _to_records(memoryview(content)[frame.start + HEAD.size : frame.end])


def _checksum(length: int, count: int, at: int, body: bytes | memoryview) -> int:
    return zlib.crc32(body, zlib.crc32(_REST.pack(count, at), zlib.crc32(_LENGTH.pack(length))))
