"""The Confluent wire format: which schema wrote these bytes, and where the body starts."""

import struct
from collections.abc import Iterable
from typing import Final, NamedTuple

Headers = Iterable[tuple[str, bytes | None]]

MAGIC: Final = 0
PREFIX_BYTES: Final = 5
SCHEMA_HEADER: Final = "__value_schema_id"
CONTENT_TYPE: Final = "content-type"

_PREFIX: Final = struct.Struct(">BI")
_ID: Final = struct.Struct(">I")


class Frame(NamedTuple):
    """`schema_id` is None where the header names the schema by something that is not an id; `start` is the body's."""

    schema_id: int | None
    start: int


def prefix(schema_id: int) -> bytes:
    """Return the five bytes that precede a body written with this schema."""
    return _PREFIX.pack(MAGIC, schema_id)


def unframe(value: bytes, headers: Headers = ()) -> Frame | None:
    """Return the frame of `value`, or None when neither its prefix nor a header names a schema.

    The header wins, since a producer that sets it writes the bare body. It holds the id with or without the magic
    byte; the newer form, a GUID behind magic byte 1, is a frame without an id.
    """
    for name, content in headers:
        if name == SCHEMA_HEADER:
            return Frame(_header_id(content or b""), 0)
    if len(value) < PREFIX_BYTES or value[0] != MAGIC:
        return None
    return Frame(_PREFIX.unpack_from(value)[1], PREFIX_BYTES)


def _header_id(content: bytes) -> int | None:
    if len(content) == PREFIX_BYTES and content[0] == MAGIC:
        content = content[1:]
    return int(_ID.unpack(content)[0]) if len(content) == _ID.size else None
