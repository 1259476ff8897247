"""The OpenAPI document says what there is."""

from collections.abc import Iterator
from typing import Any, Final

import pytest

from streams.gateway.api import docs, uploads_document
from streams.gateway.api.openapi import document
from streams.gateway.api.problems import STATUS, Code
from streams.gateway.api.touchpoints import Events, Touchpoints
from streams.gateway.door import Unknown
from streams.testing.gateway import MemoryGateway

FOUND: Final = document([Touchpoints(Unknown.REFUSE).facts, Events(Unknown.REFUSE).facts], "1.2.3")
NOT_OF_SINGLE_WAYS: Final = {Code.METHOD, Code.NOT_FOUND, Code.CONFLICT, Code.UNEXPECTED}


def references(value: Any) -> Iterator[str]:
    """Give every reference of a document."""
    if isinstance(value, dict):
        yield from (each for name, each in value.items() if name == "$ref")
        for each in value.values():
            yield from references(each)
    elif isinstance(value, list):
        for each in value:
            yield from references(each)


def test_every_reference_leads_somewhere() -> None:
    """Within the document."""
    names = {reference.removeprefix("#/components/schemas/") for reference in references(FOUND)}
    assert names
    assert names <= set(FOUND["components"]["schemas"])


@pytest.mark.parametrize("path", ["/v1/touchpoints", "/v1/events"])
def test_every_problem_that_a_request_may_meet_is_there(path: str) -> None:
    """Beside the answers of those that went well."""
    told = set(FOUND["paths"][path]["post"]["responses"])
    expected = {str(STATUS[code]) for code in set(Code) - NOT_OF_SINGLE_WAYS}
    assert told == expected | {"200", "202", "207"}


def test_uploads_are_told_where_they_are_served() -> None:
    """With the codes that they alone have; every reference leads somewhere."""
    found = document([Touchpoints(Unknown.REFUSE).facts], "1.2.3", uploads_document.paths())
    assert list(found["paths"]) == ["/v1/touchpoints", "/v1/uploads", "/v1/uploads/{upload}"]
    assert "409" in found["paths"]["/v1/uploads/{upload}"]["patch"]["responses"]
    names = {reference.removeprefix("#/components/schemas/") for reference in references(found)}
    assert names <= set(found["components"]["schemas"])
    assert "/v1/uploads/{upload}" in docs.page(found)


def test_an_item_needs_its_type_alone() -> None:
    """All else can be filled in, or is optional."""
    schema = FOUND["components"]["schemas"]["Item"]
    assert schema["required"] == ["type"]
    assert set(schema["properties"]) >= {"id", "source", "time", "customer", "subject", "data", "identity"}


def test_a_way_that_many_share_is_told_once() -> None:
    """By its template."""
    assert list(FOUND["paths"]) == ["/v1/touchpoints", "/v1/events"]
    assert "/v1/touchpoints" in {route.path for route in MemoryGateway().app.routes}
