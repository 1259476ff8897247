"""A prepared record: when it is due, and what it is; the standard library alone reads and writes it."""

import struct
from collections.abc import Iterator
from typing import Final, NamedTuple

HEAD: Final = struct.Struct("<IB?HH")


class Due(NamedTuple):
    """One record, due so many ms after the start; `topic` is a number, and the sending of reported ones is told."""

    ms: int
    topic: int
    is_reported: bool
    key: bytes
    value: bytes


def pack(record: Due) -> bytes:
    """Write one record."""
    head = HEAD.pack(record.ms, record.topic, record.is_reported, len(record.key), len(record.value))
    return head + record.key + record.value


def unpack(content: bytes) -> Iterator[Due]:
    """Read the records of a file."""
    at = 0
    while at < len(content):
        ms, topic, is_reported, key_size, value_size = HEAD.unpack_from(content, at)
        at += HEAD.size
        yield Due(
            ms, topic, is_reported, content[at : at + key_size], content[at + key_size : at + key_size + value_size]
        )
        at += key_size + value_size
