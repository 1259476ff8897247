"""Our schemas in a real registry that speaks the Confluent API."""

import io
import json
from collections.abc import AsyncIterator
from typing import Any

import aiohttp
import fastavro
import pytest

from streams.broker.registry import EmbeddedRegistry
from streams.codec import frame, shipped
from streams.codec.registry import Lookup, SchemaStore, register
from streams.codec.touchpoint import TouchpointDecoder, encode
from streams.codec.vocabulary import shipped as vocabulary
from streams.touchpoints.rejection import Reason, Rejection
from streams.touchpoints.touchpoint import Touchpoint

pytestmark = [pytest.mark.kafka, pytest.mark.network]

A_JSON_SCHEMA = {"$schema": "http://json-schema.org/draft-07/schema#", "title": "other", "type": "object"}
NOW_MS = 1_777_636_800_000
GOOD = Touchpoint("1", "//shop/web", "payment.failed", NOW_MS, "ana", "cart:7", b'{"amount":3}')


@pytest.fixture
async def store(registry: EmbeddedRegistry) -> AsyncIterator[SchemaStore]:
    """A store on the session's registry."""
    made = SchemaStore(registry.url)
    yield made
    await made.close()


async def publish(registry: EmbeddedRegistry, subject: str, schema: Any, kind: str = "AVRO") -> int:
    """Register a schema as a producer of another team does, and return its id."""
    body = {"schema": json.dumps(schema), "schemaType": kind}
    async with (
        aiohttp.ClientSession() as session,
        session.post(f"{registry.url}/subjects/{subject}/versions", json=body) as response,
    ):
        return int((await response.json())["id"])


async def test_our_schemas_are_registered_and_found_by_their_ids(
    registry: EmbeddedRegistry, store: SchemaStore
) -> None:
    """Again and again with the same ids; a worker that knows only the id then reads on the hot path."""
    ids = await register(registry.url)
    assert await register(registry.url) == ids
    assert list(ids) == list(shipped.RECORDS)
    assert [await store.fetch(schema_id) for schema_id in ids.values()] == [Lookup.FOUND] * len(ids)
    decoder = TouchpointDecoder(vocabulary(), store)
    assert decoder.decode(encode(GOOD, ids["touchpoint"]), b"ana", (), NOW_MS) == GOOD
    assert frame.prefix(ids["touchpoint"]) in store.flat


async def test_a_producer_with_a_schema_of_its_own_is_read(registry: EmbeddedRegistry, store: SchemaStore) -> None:
    """It has one field more, in front, and leaves out those with defaults."""
    fields = [{"name": "channel", "type": "string"}]
    fields += [{"name": name, "type": "string"} for name in ("id", "source", "type", "customer")]
    schema: dict[str, Any] = {"type": "record", "name": "Touchpoint", "namespace": "com.acme"}
    schema["fields"] = [*fields, {"name": "time", "type": "long"}]
    schema_id = await publish(registry, "acme-touchpoint-value", schema)
    stream = io.BytesIO()
    values = {"channel": "app", "id": "1", "source": "s", "type": "payment.failed", "customer": "ana", "time": NOW_MS}
    fastavro.schemaless_writer(stream, fastavro.parse_schema(schema), values)
    value = frame.prefix(schema_id) + stream.getvalue()

    decoder = TouchpointDecoder(vocabulary(), store)
    first = decoder.decode(value, b"ana", (), NOW_MS)
    assert isinstance(first, Rejection)
    assert (first.reason, decoder.unknown) == (Reason.UNKNOWN_SCHEMA, {schema_id})
    assert await store.fetch(schema_id) is Lookup.FOUND
    expected = Touchpoint("1", "s", "payment.failed", NOW_MS, "ana")
    assert decoder.decode(value, b"ana", (), NOW_MS) == expected


async def test_an_id_that_nobody_has_is_absent(store: SchemaStore) -> None:
    """The registry's own answer to it."""
    assert await store.fetch(999_999_999) is Lookup.ABSENT


async def test_a_schema_of_another_kind_is_unusable(registry: EmbeddedRegistry, store: SchemaStore) -> None:
    """A JSON schema in the same registry."""
    schema_id = await publish(registry, "other-value", A_JSON_SCHEMA, "JSON")
    assert await store.fetch(schema_id) is Lookup.UNUSABLE
