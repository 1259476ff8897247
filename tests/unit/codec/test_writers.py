"""Writer schemas read as the record that we know."""

import io
import json
from typing import Any

import fastavro
import pytest
from fastavro.read import SchemaResolutionError

from streams.codec import shipped
from streams.codec.frame import PREFIX_BYTES
from streams.codec.touchpoint import encode
from streams.codec.writers import read, write, writer
from streams.touchpoints.touchpoint import Touchpoint

FIELDS: dict[str, Any] = {
    "id": "1",
    "source": "s",
    "type": "a.b",
    "time": 1_777_636_800_000,
    "customer": "ana",
    "subject": "cart:7",
    "data": b"{}",
}
OURS: dict[str, Any] = dict(shipped.latest("touchpoint").parsed)


def other(fields: list[dict[str, Any]], name: str = "Touchpoint", namespace: str = "streams") -> Any:
    """Return the parsed schema of a record with these fields."""
    return shipped.parse({"type": "record", "name": name, "namespace": namespace, "fields": fields})


def declared() -> list[dict[str, Any]]:
    """Return our own fields, fresh."""
    fields: list[dict[str, Any]] = json.loads(shipped.latest("touchpoint").text)["fields"]
    return fields


def test_our_own_writer_and_the_hot_path_write_the_same_bytes() -> None:
    """The flat record is ordinary Avro."""
    assert write(FIELDS, "touchpoint", None) == encode(Touchpoint(**FIELDS))


def test_a_newer_producer_is_read() -> None:
    """A version with a further field, in front of all others, still gives ours."""
    newer = other([{"name": "channel", "type": "string", "default": "web"}, *declared()])
    body = _body(newer, {"channel": "app", **FIELDS})
    source = writer(7, newer)
    assert (read(body, 0, source, "touchpoint"), source.is_flat) == (FIELDS, False)


def test_an_older_producer_is_read() -> None:
    """What it does not write has our defaults."""
    older = other([field for field in declared() if field["name"] not in ("subject", "data")])
    body = _body(older, FIELDS)
    assert read(body, 0, writer(7, older), "touchpoint") == FIELDS | {"subject": "", "data": b""}


def test_names_of_another_namespace_and_java_strings_stay_on_the_hot_path() -> None:
    """Neither changes a byte."""
    fields = [
        field | {"type": {"type": "string", "avro.java.string": "String"}} if field["type"] == "string" else field
        for field in declared()
    ]
    assert writer(7, other(fields, namespace="com.acme")).is_flat


def test_a_logical_type_leaves_the_hot_path() -> None:
    """Its number may count something else than milliseconds."""
    fields = [
        field | {"type": {"type": "long", "logicalType": "timestamp-micros"}} if field["name"] == "time" else field
        for field in declared()
    ]
    assert not writer(7, other(fields)).is_flat


def test_left_over_bytes_are_an_error() -> None:
    """They would hide that the schema is a wrong one."""
    body = encode(Touchpoint(**FIELDS))[PREFIX_BYTES:] + b"x"
    with pytest.raises(ValueError, match="1 bytes are left over"):
        read(body, 0, writer(7, OURS), "touchpoint")


def test_a_schema_of_no_record_is_an_error() -> None:
    """A topic of plain strings with a registered schema."""
    text = shipped.parse("string")
    assert not writer(7, text).is_flat
    with pytest.raises(SchemaResolutionError):
        read(b"\x02a", 0, writer(7, text), "touchpoint")


def _body(schema: dict[str, Any], fields: dict[str, Any]) -> bytes:
    stream = io.BytesIO()
    fastavro.schemaless_writer(stream, schema, fields)
    return stream.getvalue()
