"""What is said at a glance is what a closer look would say."""

import json
from typing import Any, Final

import jsonschema_rs
import msgspec
from hypothesis import given, settings
from hypothesis import strategies as st

from streams.codec.shapes import Shape
from streams.gateway.identity.hashing import Hasher
from streams.gateway.identity.masks import Masks
from streams.settings import places

CALM: Final = settings(deadline=None)  # a busy machine is no failure
MASKS: Final = Masks(Hasher(b"s" * 32), "ES")
SCHEMAS: Final = {
    path.stem: json.loads(path.read_text("utf-8")) for path in sorted((places.SCHEMAS / "events").glob("*.json"))
}
FIELDS: Final = {name: sorted(schema["properties"]) for name, schema in SCHEMAS.items()}
VALIDATORS: Final = {
    name: jsonschema_rs.Draft202012Validator(schema, validate_formats=True) for name, schema in SCHEMAS.items()
}
DIGITS: Final = st.text("0123456789 .-+()\u0664\uff14\u096a", max_size=24)
TEXTS: Final = st.one_of(
    st.text(max_size=12),
    DIGITS,
    st.sampled_from(["EUR", "eur", "2026-05-01T12:00:00Z", "ana@shop.example", "ana%40shop.example", "\uff20", "NPS"]),
    st.builds("{}{}".format, st.sampled_from(["caf\u00e9 ", "\u0645\u0631", "x"]), DIGITS),
)
NUMBERS: Final = st.one_of(
    st.integers(-(10**20), 10**20), st.floats(), st.integers(1, 999).map(lambda number: number * 1e16)
)
VALUES: Final = st.recursive(
    st.none() | st.booleans() | NUMBERS | TEXTS,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=6,
)


@st.composite
def typed(draw: st.DrawFn) -> tuple[str, dict[str, Any]]:
    """A type, and data with fields that it has and others."""
    name = draw(st.sampled_from(sorted(SCHEMAS)))
    names = st.sampled_from(FIELDS[name]) if FIELDS[name] else st.text(max_size=5)
    return name, draw(st.dictionaries(names | st.text(max_size=8), VALUES, max_size=5))


@given(typed(), st.lists(typed(), max_size=4))
@CALM
def test_what_looks_valid_is_valid(found: tuple[str, dict[str, Any]], before: list[tuple[str, dict[str, Any]]]) -> None:
    """Whatever a shape has learnt before from data of its type that was valid."""
    name, data = found
    shape = Shape(SCHEMAS[name])
    for _, other in (*before, found):
        if is_valid(name, other):
            shape.learn(other)
    if shape.is_usual(data):
        assert is_valid(name, data)


def is_valid(name: str, data: dict[str, Any]) -> bool:
    """Return what the validator says."""
    try:
        return VALIDATORS[name].is_valid(data)
    except ValueError:  # what no JSON can hold
        return False


@given(typed())
@CALM
def test_what_looks_harmless_is_not_masked(found: tuple[str, dict[str, Any]]) -> None:
    """The glance at the encoded form misses nothing that a look at each field finds."""
    name, data = found
    try:
        encoded = msgspec.json.encode(data)
    except (ValueError, OverflowError):  # what no JSON can hold: the door refuses it
        return
    if MASKS.are_needless(name, data, encoded):
        decoded = msgspec.json.decode(encoded)
        assert MASKS.apply(name, decoded) is decoded
