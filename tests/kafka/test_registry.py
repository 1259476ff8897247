"""The embedded schema registry."""

import json
import urllib.request

import pytest

from streams.broker.registry import EmbeddedRegistry

pytestmark = pytest.mark.kafka


def test_a_schema_registered_is_found_by_its_id(registry: EmbeddedRegistry) -> None:
    """The registry speaks the Confluent API: register under a subject, read back by id."""
    schema = json.dumps({"type": "record", "name": "Registered", "fields": [{"name": "id", "type": "string"}]})
    request = urllib.request.Request(  # noqa: S310 - a loopback address of our own
        f"{registry.url}/subjects/registered-value/versions",
        json.dumps({"schema": schema}).encode(),
        {"Content-Type": "application/vnd.schemaregistry.v1+json"},
    )
    with urllib.request.urlopen(request) as answer:  # noqa: S310 - a loopback address of our own
        number = json.load(answer)["id"]
    with urllib.request.urlopen(f"{registry.url}/schemas/ids/{number}") as answer:  # noqa: S310 - same
        found = json.load(answer)["schema"]
    assert json.loads(found) == json.loads(schema)
