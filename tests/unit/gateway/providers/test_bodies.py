"""Bodies to events."""

import base64
from typing import Any

import pytest

from streams.gateway.incoming import Incoming
from streams.gateway.outcome import Ignored, Refused, Why
from streams.gateway.providers.bodies import Event, events_of, media_types
from tests.unit.gateway.providers.made import mapping


def events(body: bytes, text: str = "", media: str = "", **headers: str) -> list[Any]:
    """Return the events of a body, refusals as pairs of why and where, what is ignored as why."""
    incoming = Incoming(headers={"content-type": media, **headers}, body=body)
    found = events_of(mapping(text), incoming)
    return [_shown(item) for item in found]


def _shown(item: Event | Ignored | Refused) -> Any:
    if isinstance(item, Event):
        return item.scope.event
    return (item.why, item.pointer) if isinstance(item, Refused) else item.why


@pytest.mark.parametrize(
    ("text", "media", "body", "expected"),
    [
        ("", "application/json", b'{"a": 1}', [{"a": 1}]),
        ("", "application/json", b'[{"a": 1}, {"a": 2}]', [{"a": 1}, {"a": 2}]),
        ("", "", b"", [(Why.MALFORMED, "")]),
        ("", "", b"[1, null, true]", [(Why.MALFORMED, "/0"), (Why.MALFORMED, "/1"), (Why.MALFORMED, "/2")]),
        ("events: x.*.y\n", "", b'{"x": [{"y": [{"a": 1}]}, {"y": {"a": 2}}, {}]}', [{"a": 1}, {"a": 2}]),
        ("events: x\n", "", b'{"x": 5}', [(Why.MALFORMED, "/x")]),
        ("events: [x, y]\n", "", b'{"y": {"a": 1}, "x": []}', [{"a": 1}]),
        ("events: [x, y]\n", "", b'{"y": {"a": 1}, "x": [{"a": 2}]}', [{"a": 2}]),
        ("body: form\n", "", b"a=1&b=&a=2", [{"a": "2", "b": ""}]),
        ("body: form\n", "", b"a=\xff", [(Why.MALFORMED, "")]),
        ("body: form\n", "", b"&".join([b"a=1"] * 1_001), [(Why.MALFORMED, "")]),
        ("body: ndjson\n", "", b'{"a": 1}\n\n{bad\n{"a": 2}', [{"a": 1}, (Why.MALFORMED, "/2"), {"a": 2}]),
        ("body: csv\n", "", b"a,b\n1,\n\n2,x\n", [{"a": "1", "b": ""}, {"a": "2", "b": "x"}]),
        ("body: csv\n", "", b'\xef\xbb\xbfa;b\r\n"1;2";3\r\n', [{"a": "1;2", "b": "3"}]),
        ("body: csv\n", "", b"a,b\n1\n2,3\n", [(Why.MALFORMED, "/0"), {"a": "2", "b": "3"}]),
        ("body: csv\n", "", b'a,b\n1,2\n"3', [{"a": "1", "b": "2"}, (Why.MALFORMED, "/1")]),
        ("body: csv\n", "", b"a,b\n\xff,1", [(Why.MALFORMED, "")]),
        ("body: csv\n", "", b"", []),
        ("body: [json, form]\n", "application/x-www-form-urlencoded; charset=utf-8", b"a=1", [{"a": "1"}]),
        ("body: [form, json]\n", "", b' {"a": 1}', [{"a": 1}]),
        ("body: [json, csv]\n", "", b"a\n1", [{"a": "1"}]),
        ("body: [json, csv]\n", "text/csv", b"a\n1", [{"a": "1"}]),
    ],
)
def test_a_body_is_read_as_what_it_is(text: str, media: str, body: bytes, expected: list[Any]) -> None:
    """Each form of body gives its events in their order, and what cannot be read is refused in its place."""
    assert events(body, text, media) == expected


def test_what_is_wrapped_is_unwrapped() -> None:
    """An event inside a text of the body is found, with the body as it came around it."""
    text = "unwrap: {at: message.data, as: base64 json}\n"
    inner = base64.b64encode(b'{"a": 1}').decode()
    incoming = Incoming(body=f'{{"message": {{"data": "{inner}", "id": 7}}}}'.encode())
    (event,) = events_of(mapping(text), incoming)
    assert isinstance(event, Event)
    assert (event.scope.event, event.scope.body) == ({"a": 1}, {"a": 1})
    assert event.scope.envelope["message"]["id"] == 7


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        (b'{"Message": "{\\"a\\": 1}"}', [{"a": 1}]),
        (b'{"Message": "{no"}', [(Why.MALFORMED, "/Message")]),
        (b'{"Message": "Successfully validated"}', [Why.UNMAPPED]),
        (b'{"a": 1}', [{"a": 1}]),
    ],
)
def test_a_body_without_a_wrapping_is_the_event(body: bytes, expected: list[Any]) -> None:
    """The same mapping reads what came directly; broken JSON is refused where it stands, a note in words ignored."""
    assert events(body, "unwrap: {at: Message, as: json}\n") == expected


def test_wrapped_base64_must_be_base64() -> None:
    """A text of another kind is refused where it stands."""
    assert events(b'{"d": "*"}', "unwrap: {at: d, as: base64 json}\n") == [(Why.MALFORMED, "/d")]


def test_each_form_has_a_name_in_which_a_body_says_it() -> None:
    """The usual one where there are several, in the order of the mapping."""
    usual = ["text/csv", "application/json", "application/x-ndjson", "application/x-www-form-urlencoded"]
    assert media_types(mapping("body: [csv, json, ndjson, form]\n")) == usual
