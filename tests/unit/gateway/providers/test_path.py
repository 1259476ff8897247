"""Where something stands in a request."""

from typing import Any, Final

import pytest

from streams.gateway.providers.path import Origin, Scope, find, parse, walk

EVENT: Final = {
    "order": {"id": 7, "lines": [{"sku": "a", "price": 1}, {"sku": "b", "price": None}], "odd/name": "x"},
    "answers": [{"field": {"type": "text"}, "text": "hm"}, {"field": {"type": "nps"}, "number": 9, "done": True}],
    "0": "zero",
}
SCOPE: Final = Scope(EVENT, {"outer": 1}, {"raw": 2}, 3, {"x-topic": "orders/create"}, {"token": "t", "empty": ""})


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("order.id", 7),
        ("order.lines.0.sku", "a"),
        ("order.lines.-1.sku", "b"),
        ("order.lines.*.sku", ["a", "b"]),
        ("order.lines.*.price", [1]),
        ("order.odd/name", "x"),
        ("0", "zero"),
        ("answers[field.type=nps].number", 9),
        ("answers[done=true].number", 9),
        ("answers[field.type=none].number", None),
        ("order.lines.5.sku", None),
        ("order.lines.*.none", None),
        ("order.id.deeper", None),
        ("nothing", None),
        ("$", EVENT),
        ("body:outer", 1),
        ("envelope:raw", 2),
        ("list:index", 3),
        ("header:X-Topic", "orders/create"),
        ("header:X-None", None),
        ("query:token", "t"),
        ("query:empty", None),
    ],
)
def test_a_path_leads_where_it_says(text: str, expected: Any) -> None:
    """Names, places, lists, picked items, headers and what is around the event are all found, or nothing is."""
    path = parse(text)
    assert path is not None
    assert find(path, SCOPE) == expected


@pytest.mark.parametrize("text", ["", "a b", "a..b", ".a", "a[", "a[b]", "a[=1]x]", "header:", "query:a b", "body:"])
def test_what_is_no_path_is_none(text: str) -> None:
    """A slip of the pen is not taken for a name."""
    assert parse(text) is None


@pytest.mark.parametrize(
    ("text", "pointer"),
    [("a.b.0", "/a/b/0"), ("a/b.c~d", "/a~1b/c~0d"), ("a.*.b", "/a"), ("a[b=c].d", "/a"), ("body:a", ""), ("$", "")],
)
def test_a_pointer_goes_as_far_as_is_known(text: str, pointer: str) -> None:
    """Whoever is refused is told where to look, as JSON pointers have it."""
    path = parse(text)
    assert path is not None
    assert path.pointer == pointer


def test_walking_yields_each_value_with_its_pointer() -> None:
    """What is found in a list says at which place."""
    path = parse("order.lines.*.sku")
    assert path is not None
    assert list(walk(path.steps, EVENT)) == [("/order/lines/0/sku", "a"), ("/order/lines/1/sku", "b")]


def test_names_in_values_are_not_names_of_origins() -> None:
    """Only header, query, body, envelope and list stand before a colon; other names may hold one."""
    path = parse("tags.ses:source-ip.0")
    assert path is not None
    assert path.origin is Origin.EVENT
    assert find(path, Scope({"tags": {"ses:source-ip": ["here"]}}, None)) == "here"
