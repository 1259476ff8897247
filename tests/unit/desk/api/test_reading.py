"""Query, path and body as values."""

from typing import Any

import pytest

from streams.desk.api.filters import CaseQuery, wanted
from streams.desk.api.problems import Code, Problem
from streams.desk.api.reading import is_storable, read_body, read_path, read_query
from streams.desk.cases.case import Status
from streams.desk.cases.command import Command, Note


def test_a_query_is_read_by_the_types_of_its_fields() -> None:
    """Lists may be there more than once, numbers are numbers, a filter has the desk's names."""
    found = read_query(b"status=open&status=waiting&team=caf%C3%A9&limit=7&snoozed=true&search=%2312", CaseQuery)
    assert found == CaseQuery(status=(Status.OPEN, Status.WAITING), team=("café",), limit=7, snoozed=True, search="#12")
    asked = wanted(found)
    assert (asked.statuses, asked.teams, asked.search) == ((Status.OPEN, Status.WAITING), ("café",), "#12")
    assert read_query(b"", CaseQuery) == CaseQuery()
    assert read_query(b"anything=goes", None) is None


@pytest.mark.parametrize(
    "raw", [b"&".join([b"a=b"] * 201), b"after=a&after=b", b"limit=1.5", b"limit=", b"x", b"tag=%00"]
)
def test_a_query_that_does_not_fit_is_a_problem(raw: bytes) -> None:
    """Never an exception."""
    found = read_query(raw, CaseQuery)
    assert isinstance(found, Problem)
    assert found.reason is Code.INVALID


@pytest.mark.parametrize(
    ("given", "found"),
    [
        ({"case_id": "aB-_9"}, {"case_id": "aB-_9"}),
        ({"number": "2147483647"}, {"number": 2147483647}),
        ({"number": "2147483648"}, None),
        ({"number": "0"}, None),
        ({"number": "01"}, None),
        ({"number": "\u0661"}, None),
        ({"case_id": ""}, None),
        ({"case_id": "a\n"}, None),
        ({"case_id": "\0"}, None),
        ({"token_id": "0123456789abcdef"}, {"token_id": "0123456789abcdef"}),
        ({"token_id": "0123456789ABCDEF"}, None),
    ],
)
def test_what_cannot_be_a_name_is_not_found(given: dict[str, Any], found: dict[str, Any] | None) -> None:
    """Before anything is looked up."""
    expected = Problem(reason=Code.NOT_FOUND) if found is None else found
    assert read_path(given) == expected


def test_a_body_is_read_strictly() -> None:
    """Whatever the parameters of its media type."""
    body = b'{"do":"note","text":"x"}'
    assert read_body(body, "Application/JSON; charset=utf-8", Command) == Note(text="x")
    assert read_body(body, "text/plain", Command) == Problem(reason=Code.MEDIA_TYPE)
    assert read_body(b'{"do":', "application/json", Command) == Problem(reason=Code.MALFORMED)
    assert read_body(b"anything", "", None) is None


@pytest.mark.parametrize(
    ("value", "can_be_kept"),
    [
        ("text", True),
        ("a\0b", False),
        (1 << 53, True),
        ((1 << 53) + 1, False),
        (-(1 << 60), False),
        (True, True),
        (float("inf"), False),
        (float("nan"), False),
        (None, True),
        ({"a": ["x", {"b": ("\0",)}]}, False),
        ({"a\0": 1}, False),
        ({"a": ["x", {"b": ("y", 2.5)}]}, True),
    ],
)
def test_what_no_database_keeps_is_found_at_any_depth(value: object, can_be_kept: bool) -> None:
    """In keys, lists and values."""
    assert is_storable(value) is can_be_kept
