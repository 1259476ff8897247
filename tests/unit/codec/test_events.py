from pathlib import Path

import pytest

from streams.codec.events import EventSchemas, Problem
from streams.errors import LoadError
from streams.settings import places
from streams.touchpoints.touchpoint import Touchpoint

SHIPPED = EventSchemas()


def _touchpoint(type_: str, data: bytes) -> Touchpoint:
    return Touchpoint("1", "//test", type_, 1_741_600_000_000, "c1", "order:1", data)


@pytest.mark.parametrize("data", [b"", b"{}", b'{"amount": 12.5, "currency": "EUR"}', b'{"our_own_field": [1, 2]}'])
def test_good_data_has_no_problems(data: bytes) -> None:
    """Fields may be left out and further ones added."""
    assert SHIPPED.validate(_touchpoint("order.completed", data)) == []


@pytest.mark.parametrize(
    ("data", "expected"),
    [
        (b'{"amount": "12,50"}', Problem("/data/amount", 'the value is not of type "number"')),
        (b'{"items": [{"sku": 1}]}', Problem("/data/items/0/sku", 'the value is not of type "string"')),
        (b'{"promised_at": "tomorrow"}', Problem("/data/promised_at", 'the value is not a "date-time"')),
        (b"[1]", Problem("/data", "is not a JSON object")),
        (b'{"amount"', Problem("/data", "is not JSON")),
        (b"\xff\xfe", Problem("/data", "is not JSON")),
    ],
)
def test_a_problem_says_where_and_why(data: bytes, expected: Problem) -> None:
    """Each problem points into the JSON form of the touchpoint."""
    assert SHIPPED.validate(_touchpoint("order.completed", data)) == [expected]


def test_all_problems_come_at_once() -> None:
    """Whoever mends a touchpoint sees everything that is wrong with it."""
    problems = SHIPPED.validate(_touchpoint("order.completed", b'{"amount": "x", "currency": "euro"}'))
    assert {problem.pointer for problem in problems} == {"/data/amount", "/data/currency"}


def test_a_link_without_its_other_end_is_refused() -> None:
    """What makes no sense without a field requires it."""
    assert SHIPPED.validate(_touchpoint("identity.linked", b"{}")) == [Problem("/data", '"to" is a required property')]


def test_a_score_says_what_it_measures() -> None:
    """A score without its metric cannot be compared with anything."""
    problems = SHIPPED.validate(_touchpoint("survey.answered", b'{"score": 3}'))
    assert problems == [Problem("/data", '"metric" is a required property')]


def test_a_problem_never_quotes_the_customer() -> None:
    """Problems go to logs and to the operator, so they carry no value."""
    problems = SHIPPED.validate(_touchpoint("message.received", b'{"text": ["secret"], "lang": "secret secret"}'))
    assert len(problems) == 2
    assert "secret" not in str(problems)


@pytest.mark.parametrize("type_", ["shop.own_type", "../vocabulary", ""])
def test_a_type_without_a_schema_may_carry_any_object(type_: str) -> None:
    """A vocabulary of the user's own needs no schemas, and no type reads a file outside the folders."""
    assert SHIPPED.validate(_touchpoint(type_, b'{"anything": 1}')) == []


def test_a_later_folder_extends_and_replaces(tmp_path: Path) -> None:
    """The user's own schemas stand beside the shipped ones and win over them."""
    (tmp_path / "shop.own_type.json").write_text('{"properties": {"a/b": {"type": "integer"}}}')
    (tmp_path / "order.completed.json").write_text('{"required": ["channel"]}')
    schemas = EventSchemas((places.SCHEMAS / "events", tmp_path))
    found = {
        type_: schemas.validate(_touchpoint(type_, data))
        for type_, data in {
            "shop.own_type": b'{"a/b": "x"}',
            "order.completed": b'{"amount": "x"}',
            "payment.failed": b'{"amount": "x"}',
        }.items()
    }
    assert found == {
        "shop.own_type": [Problem("/data/a~1b", 'the value is not of type "integer"')],
        "order.completed": [Problem("/data", '"channel" is a required property')],
        "payment.failed": [Problem("/data/amount", 'the value is not of type "number"')],
    }


@pytest.mark.parametrize(("text", "line"), [('{\n"type": ', 2), ('{"type": "whatever"}', 1)])
def test_a_broken_schema_names_its_file(tmp_path: Path, text: str, line: int) -> None:
    """A schema that is no JSON or no JSON Schema says so with its place and a remedy."""
    path = tmp_path / "shop.own_type.json"
    path.write_text(text)
    with pytest.raises(LoadError) as raised:
        EventSchemas((tmp_path,)).validate(_touchpoint("shop.own_type", b"{}"))
    assert [(finding.path, finding.line) for finding in raised.value.findings] == [(str(path), line)]
    assert raised.value.findings[0].remedy
