"""Our own JSON form: one, an array, or one a line."""

from typing import Any, Final

import msgspec
import pytest

from streams.gateway.api import native
from streams.gateway.api.problems import Code, Problem
from streams.gateway.candidate import Candidate, Identity
from streams.gateway.outcome import Refused, Why

JSON: Final = "application/json"
LINES: Final = "application/x-ndjson"
FULL: Final = (
    b'{"id":"1","source":"//shop","type":"page.viewed","time":"2026-05-01T12:00:00+02:00","customer":"ana",'
    b'"subject":"order:1","data":{"path":"/"},"recordedtime":"x","unknown":1}'
)
READ: Final = Candidate(
    id="1",
    source="//shop",
    type="page.viewed",
    time=1_777_629_600_000,
    identity=Identity(customer="ana"),
    subject="order:1",
    data={"path": "/"},
)


def read(body: bytes, media_type: str = JSON) -> list[Any]:
    """Return the items of a body that can be read."""
    found = native.read(body, media_type)
    assert not isinstance(found, Problem)
    return list(found)


@pytest.mark.parametrize(
    ("body", "media_type"),
    [
        (FULL, JSON),
        (b" \n" + FULL, "text/plain"),
        (b"[" + FULL + b"]", JSON),
        (FULL, LINES),
        (b"\n" + FULL + b"\r\n\n", LINES),
    ],
)
def test_every_form_says_the_same(body: bytes, media_type: str) -> None:
    """Members that nobody knows are passed over."""
    assert read(body, media_type) == [READ]


def test_what_is_null_is_as_good_as_missing() -> None:
    """As some libraries write it."""
    text = b'{"type":"page.viewed","id":null,"source":null,"time":null,"customer":null,"subject":null,"data":null,'
    assert read(text + b'"identity":null}') == [Candidate(type="page.viewed")]


HALF: Final = rb'{"type":"page.viewed","customer":"ana","data":{"path":"/\ud83d"}}'


@pytest.mark.parametrize(
    ("body", "media_type"),
    [(HALF, JSON), (b"[" + FULL + b"," + HALF + b"]", JSON), (FULL + b"\n" + HALF, LINES)],
)
def test_half_a_character_spoils_nothing(body: bytes, media_type: str) -> None:
    """A text that was cut in the middle of an emoji takes neither its item nor the others with it."""
    *others, mended = read(body, media_type)
    assert others in ([], [READ])
    assert mended.data == {"path": "/\ufffd"}


def test_an_identity_beside_a_customer_links_them() -> None:
    """One without a customer only says whose it is."""
    person = b'"identity":{"anonymous_id":"a","email":"e","phone":"p","loyalty_card":"l"}'
    keys = {"anonymous_id": "a", "email": "e", "phone": "p", "loyalty_card": "l"}
    assert read(b'{"type":"t",' + person + b"}") == [Candidate(type="t", identity=Identity(**keys))]
    linked = Candidate(type="t", identity=Identity(customer="ana", **keys), links=True)
    assert read(b'{"type":"t","customer":"ana",' + person + b"}") == [linked]


@pytest.mark.parametrize(
    ("item", "why", "pointer"),
    [
        (b'{"type":3}', Why.MALFORMED, "/type"),
        (b"[]", Why.MALFORMED, ""),
        (b'"text"', Why.MALFORMED, ""),
        (b"nonsense", Why.MALFORMED, ""),
        (b'{"type":"\xff"}', Why.MALFORMED, ""),
        (b'{"time":"2026-05-01"}', Why.BAD_TIME, "/time"),
        (b'{"time":"2026-05-01T12:00:00"}', Why.BAD_TIME, "/time"),
        (b'{"time":1777629600000}', Why.BAD_TIME, "/time"),
        (b'{"data":[]}', Why.BAD_DATA, "/data"),
        (b'{"data":{"a":{"b":1e999}}}', Why.BAD_DATA, "/data"),
        (b'{"identity":"ana"}', Why.MALFORMED, "/identity"),
        (b'{"identity":{"emial":"ana"}}', Why.MALFORMED, "/identity"),
        (b'{"identity":{"email":3}}', Why.MALFORMED, "/identity/email"),
        (b'{"data":' + b'{"a":' * 10_000 + b"1" + b"}" * 10_000 + b"}", Why.MALFORMED, ""),
    ],
)
def test_a_bad_line_is_refused_with_its_place_and_hurts_nobody_else(item: bytes, why: Why, pointer: str) -> None:
    """The others are what they are."""
    first, bad, last = read(b"\n".join((FULL, item, FULL)), LINES)
    assert (first, last) == (READ, READ)
    assert isinstance(bad, Refused)
    assert (bad.why, bad.pointer) == (why, pointer)


def test_a_bad_item_of_an_array_keeps_its_place() -> None:
    """Answers come in the order of the items."""
    first, bad, last = read(b"[" + FULL + b',{"id":4},' + FULL + b"]")
    assert (first, last) == (READ, READ)
    assert bad == Refused(Why.MALFORMED, "/id", "is not a string")


def test_a_refusal_does_not_repeat_what_was_sent() -> None:
    """Not even the names of members that it does not know."""
    (found,) = read(b'{"identity":{"ana@shop.example":"x"}}')
    assert b"ana@" not in msgspec.json.encode(found)


@pytest.mark.parametrize("body", [b"", b"  ", b"nonsense", b"[1,", b'{"type":', b"\xff\xfe", b"[" * 100_000])
def test_what_is_no_json_at_all_is_one_problem(body: bytes) -> None:
    """Nothing can be said of single items."""
    found = native.read(body, JSON)
    assert isinstance(found, Problem)
    assert found.code is Code.MALFORMED


def test_other_types_of_bodies_are_not_read() -> None:
    """As of a client that forgot to say what it sends."""
    found = native.read(FULL, "application/x-www-form-urlencoded")
    assert isinstance(found, Problem)
    assert found.code is Code.MEDIA_TYPE
