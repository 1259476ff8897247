"""Writer schemas: what a producer wrote with, read as the record that we know."""

import io
from typing import Any, Final

import fastavro
import msgspec

from streams.codec import frame, shipped

_PRIMITIVE: Final = ("string", "long", "bytes")


class Writer(msgspec.Struct, frozen=True):
    """A parsed schema under its id. `is_flat` says that its bytes are exactly those of our own touchpoint."""

    schema_id: int
    parsed: Any
    is_flat: bool = False


def writer(schema_id: int, parsed: Any) -> Writer:
    """Return the writer of an already parsed schema."""
    ours = _shape(shipped.latest("touchpoint").parsed)
    return Writer(schema_id, parsed, is_flat=_shape(parsed) == ours)


def read(body: bytes, start: int, source: Writer, record: str) -> dict[str, Any]:
    """Return the fields of `record` out of the bytes from `start`, defaults filled in.

    Raises ValueError when bytes are left over, and whatever the reader raises on bytes that are not that record.
    """
    stream = io.BytesIO(body)
    stream.seek(start)
    reader = shipped.latest(record).parsed
    fields = fastavro.schemaless_reader(stream, source.parsed, reader)
    if not isinstance(fields, dict):
        raise TypeError("the schema is not of a record")
    if left := len(body) - stream.tell():
        raise ValueError(f"{left} bytes are left over")
    return fields


def write(fields: dict[str, Any], record: str, schema_id: int | None) -> bytes:
    """Return the framed bytes of `record`, under the shipped id unless another is given."""
    schema = shipped.latest(record)
    stream = io.BytesIO()
    stream.write(frame.prefix(schema.schema_id if schema_id is None else schema_id))
    fastavro.schemaless_writer(stream, schema.parsed, fields)
    return stream.getvalue()


def _shape(parsed: Any) -> list[tuple[str, Any]]:
    """Return names and bare types of a record's fields, since only these decide the bytes."""
    fields = parsed.get("fields", ()) if isinstance(parsed, dict) else ()
    return [(field["name"], _bare(field["type"])) for field in fields]


def _bare(declared: Any) -> Any:
    """Strip what a schema says about a primitive beyond its bytes (`avro.java.string` and the like)."""
    if isinstance(declared, dict) and declared.get("type") in _PRIMITIVE and "logicalType" not in declared:
        return declared["type"]
    return declared
