"""What the documentation says, and that it is all of it."""

import re

import jsonschema_rs
import pytest

from streams.desk.access.sessions import COOKIE
from streams.desk.api import docs
from streams.desk.api.openapi import document
from streams.desk.api.table import OPERATIONS
from streams.serving.docs import CSP

DOCUMENT = document(OPERATIONS, "1.2.3")


def test_every_operation_is_there_once() -> None:
    """By method and path, and by its name."""
    found = [(method.upper(), path) for path, methods in DOCUMENT["paths"].items() for method in methods]
    assert found == [(each.method, each.path.replace(":str", "")) for each in OPERATIONS]
    assert len({each.name for each in OPERATIONS}) == len(OPERATIONS)


def test_every_operation_says_whom_it_is_for_and_how_it_may_fail() -> None:
    """Somebody who is nobody is refused everywhere."""
    for operation in OPERATIONS:
        found = DOCUMENT["paths"][operation.path.replace(":str", "")][operation.method.lower()]
        assert "401" in found["responses"]
        assert found.get("x-right") == (operation.right.value if operation.right else None)
        assert ("requestBody" in found) is (operation.body is not None)
        assert ("422" in found["responses"]) is (operation.body is not None or operation.query is not None)


def test_every_reference_leads_somewhere() -> None:
    """No schema is named that is not there, and each is a schema."""
    names = set(re.findall(r"'#/components/schemas/([^']+)'", str(DOCUMENT)))
    schemas = DOCUMENT["components"]["schemas"]
    assert names <= set(schemas)
    for schema in schemas.values():
        jsonschema_rs.meta.validate(schema)


def test_a_command_is_told_by_what_it_does() -> None:
    """Each kind by the word that a program writes."""
    body = DOCUMENT["paths"]["/api/v1/cases/{case_id}/commands"]["post"]["requestBody"]
    found = body["content"]["application/json"]["schema"]["discriminator"]
    assert found["propertyName"] == "do"
    assert {"claim", "assign", "reach", "judge"} < set(found["mapping"])


def test_the_page_has_no_script_and_nothing_from_elsewhere() -> None:
    """It needs no CDN, and its policy would allow none."""
    page = docs.page(DOCUMENT)
    assert "<script" not in page
    assert re.findall(r"""(?:src|href)=["'](?!/openapi\.json)""", page) == []
    assert "'unsafe" not in CSP
    for operation in OPERATIONS:
        assert f'id="{operation.name}"' in page


@pytest.mark.parametrize("bad", ["<b>", "&", '"'])
def test_the_page_escapes_what_it_shows(bad: str) -> None:
    """A summary is text."""
    found = document(OPERATIONS[:1], bad)
    assert f"Touchpoint desk {bad}</title>" not in docs.page(found)


def test_the_cookie_is_documented() -> None:
    """A session works too, for what runs in a page."""
    assert DOCUMENT["components"]["securitySchemes"]["session"]["name"] == COOKIE
