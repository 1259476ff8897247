"""The glance at data: what it says yes to, and what it leaves to the validator."""

from typing import Any, Final

import pytest

from streams.codec.shapes import MOST_CHARS, MOST_VALUES, Shape

SCHEMA: Final[dict[str, Any]] = {
    "type": "object",
    "properties": {
        "reason": {"type": "string", "description": "Why.", "x-personal": "personal"},
        "amount": {"type": "number", "minimum": 0},
        "count": {"type": "integer"},
        "gift": {"type": "boolean"},
        "currency": {"type": "string", "pattern": "^[A-Z]{3}$"},
        "items": {"type": ["integer", "array"]},
    },
    "additionalProperties": True,
}
SHAPE: Final = Shape(SCHEMA)


@pytest.mark.parametrize(
    "data",
    [
        {},
        {"reason": "declined", "amount": 12.5, "count": 3, "gift": True},
        {"amount": 0, "ours": "x", "more": 1, "none": None, "yes": False, "half": 0.5},
    ],
)
def test_the_usual_is_known_at_a_glance(data: dict[str, Any]) -> None:
    """Texts, numbers and flags where they belong, and scalars that the schema does not name."""
    assert SHAPE.is_usual(data)


@pytest.mark.parametrize(
    "data",
    [
        {"reason": 1},
        {"reason": None},
        {"amount": "12"},
        {"amount": -0.01},
        {"amount": float("nan")},
        {"amount": True},
        {"count": 1.0},
        {"count": "1"},
        {"gift": 1},
        {"currency": "EUR"},
        {"items": 1},
        {"items": [1]},
        {"ours": {"a": 1}},
        {"ours": [1]},
    ],
)
def test_whatever_else_it_is_the_validator_decides(data: dict[str, Any]) -> None:
    """Wrong or only unusual: a glance does not tell them apart."""
    assert not SHAPE.is_usual(data)


def test_what_was_found_valid_is_known_from_then_on() -> None:
    """And nothing else of its field."""
    shape = Shape(SCHEMA)
    shape.learn({"currency": "EUR", "reason": "declined", "items": [1], "ours": "EUR"})
    assert shape.is_usual({"currency": "EUR"})
    assert not shape.is_usual({"currency": "eur"})


def test_what_is_learnt_is_bounded() -> None:
    """Neither long texts nor more than so many are kept, whatever is sent."""
    shape = Shape(SCHEMA)
    shape.learn({"currency": "E" * (MOST_CHARS + 1)})
    assert not shape.is_usual({"currency": "E" * (MOST_CHARS + 1)})
    for number in range(MOST_VALUES + 10):
        shape.learn({"currency": str(number)})
    known = [number for number in range(MOST_VALUES + 10) if shape.is_usual({"currency": str(number)})]
    assert known == list(range(MOST_VALUES))


def test_what_must_be_there_is_looked_for() -> None:
    """A field that is required and missing is no usual data."""
    shape = Shape(SCHEMA | {"required": ["reason"]})
    assert shape.is_usual({"reason": "declined"})
    assert not shape.is_usual({"amount": 1})


@pytest.mark.parametrize(
    "schema",
    [
        True,
        {},
        {"type": "array"},
        SCHEMA | {"additionalProperties": False},
        SCHEMA | {"dependentRequired": {"amount": ["currency"]}},
        SCHEMA | {"if": {}},
    ],
)
def test_of_a_schema_that_it_does_not_understand_nothing_is_usual(schema: Any) -> None:
    """A keyword that it does not know could forbid anything."""
    assert not Shape(schema).is_usual({})
