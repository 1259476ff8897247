"""Calls of the tracking API."""

import base64
import json
from typing import Any

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from streams.gateway.candidate import Candidate, Identity
from streams.gateway.outcome import Ignored, Refused, Why
from streams.gateway.segment.calls import read, write_key

AT = 1_777_636_800_000  # 2026-05-01T12:00:00Z
TIME = "2026-05-01T12:00:00.000Z"
HOUR_MS = 3_600_000


def only(call: str, received_at: int | None = None, **message: Any) -> Any:
    """Return the one item of a call."""
    (item,) = read(call, json.dumps(message).encode(), received_at)
    return item


def test_a_track_call_is_a_touchpoint() -> None:
    """With who it is, when it was, what it is about, and our names."""
    found = only(
        "track",
        event="Order Completed",
        messageId="m-1",
        timestamp=TIME,
        userId=7,
        anonymousId="b-1",
        context={"traits": {"email": "ana@shop.example", "phone": "+34600123456"}, "locale": "es-ES"},
        properties={"order_id": "50", "total": 25.5},
    )
    assert found == Candidate(
        type="order.completed",
        id="m-1",
        time=AT,
        subject="order:50",
        identity=Identity(customer="7", anonymous_id="b-1", email="ana@shop.example", phone="+34600123456"),
        data={"amount": 25.5},
    )


def test_an_event_of_ours_is_taken_as_it_is() -> None:
    """Whoever speaks our vocabulary through Segment's libraries is not translated."""
    found = only("track", event="payment.failed", userId="7", properties={"reason": "declined", "total": 3, "url": "x"})
    assert (found.type, found.data) == ("payment.failed", {"reason": "declined", "total": 3, "url": "x"})


def test_an_event_that_nobody_knows_keeps_its_name() -> None:
    """So that the door can say which one was meant, or pass over it, as its policy is."""
    assert only("track", event="Video Watched", userId="7").type == "Video Watched"


@pytest.mark.parametrize(
    ("call", "message", "expected"),
    [
        ("page", {"name": "Home", "category": "Docs", "properties": {"path": "/", "title": "x"}},
         {"path": "/", "title": "x", "name": "Home", "category": "Docs"}),
        ("page", {"context": {"page": {"url": "https://shop.example/a?b=c"}}}, {"path": "/a"}),
        ("page", {"name": "Home"}, {"path": "Home", "name": "Home"}),
        ("screen", {"name": "Cart", "properties": {"items": 3}}, {"path": "Cart", "name": "Cart", "items": 3}),
    ],
)  # fmt: skip
def test_pages_and_screens_are_viewed(call: str, message: dict[str, Any], expected: dict[str, Any]) -> None:
    """The path is the properties', else the page's, else the name."""
    found = only(call, userId="7", **message)
    assert (found.type, found.data, found.links) == ("page.viewed", expected, False)


def test_an_identify_call_links_what_it_names() -> None:
    """Traits that rules know travel, and the person's keys become one."""
    found = only(
        "identify", userId="7", anonymousId="b-1", traits={"email": "ana@shop.example", "plan": "gold", "age": 40}
    )
    assert found == Candidate(
        type="customer.updated",
        identity=Identity(customer="7", anonymous_id="b-1", email="ana@shop.example"),
        data={"tier": "gold"},
        links=True,
    )


def test_an_alias_call_links_either_kind_of_key() -> None:
    """What somebody was known as may have been an anonymous id or a customer's; a link from nobody hurts nobody."""
    anonymous, customer = read("alias", b'{"previousId": "b-1", "userId": "7", "messageId": "m"}')
    assert isinstance(anonymous, Candidate)
    assert isinstance(customer, Candidate)
    assert (anonymous.identity, customer.identity) == (Identity(anonymous_id="b-1"), Identity(customer="b-1"))
    assert (anonymous.data, customer.data) == (
        {"to": "7", "namespace": "anonymous_id"},
        {"to": "7", "namespace": "user_id"},
    )
    assert {anonymous.type, customer.type} == {"identity.linked"}
    assert (anonymous.id, customer.id) == ("m-anonymous_id", "m-user_id")


def test_a_customer_is_never_linked_to_itself() -> None:
    """Such a call says nothing new of the customer."""
    assert only("alias", previousId="7", userId="7").identity == Identity(anonymous_id="7")


def test_a_group_call_stands_for_no_touchpoint() -> None:
    """It succeeds, so that no library sends it again."""
    assert only("group", userId="7", groupId="g", traits={"name": "Shop"}).why is Why.UNMAPPED


def test_a_batch_is_its_calls() -> None:
    """In their order, with the context of the batch, and one bad call hurts only itself."""
    message = {
        "context": {"locale": "es-ES", "traits": {"email": "ana@shop.example"}},
        "batch": [
            {"type": "track", "event": "Live Chat Message Sent", "userId": "7", "properties": {"message_body": "hola"}},
            {"type": "track", "userId": "7"},
            {"type": "delete", "userId": "7"},
            {"event": "Order Completed"},
            7,
            {"type": "page", "userId": "7", "name": "Home", "context": {"traits": {"email": "bob@shop.example"}}},
        ],
    }
    items = read("batch", json.dumps(message).encode())
    assert read("import", json.dumps(message).encode()) == items
    first, no_event, unknown, no_type, odd, last = items
    assert isinstance(first, Candidate)
    assert isinstance(last, Candidate)
    assert (first.type, first.data, first.identity.email) == (
        "message.received",
        {"text": "hola", "lang": "es-ES"},
        "ana@shop.example",
    )
    assert (no_event, no_type) == (
        Refused(Why.MISSING_FIELD, "/event", "a track call names its event"),
        Refused(Why.MISSING_FIELD, "/type", "a call in a batch says what it is: track, page ..."),
    )
    assert isinstance(unknown, Ignored)
    assert odd == Refused(Why.MALFORMED, "", "a call is a JSON object")
    assert last.identity.email == "bob@shop.example"


def test_the_context_of_a_batch_is_not_copied_for_each_call() -> None:
    """Nor are its traits: of 10,000 calls and 20,000 keys, copies would be hundreds of millions."""
    many = {f"k{number}": 0 for number in range(20_000)}
    context = many | {"traits": many | {"email": "ana@shop.example", "tier": "gold"}}
    call = {"type": "identify", "userId": "7", "context": {"locale": "es-ES"}}
    items = read("batch", json.dumps({"context": context, "batch": [call] * 10_000}).encode())
    found = [(item.identity.email, item.data) for item in items if isinstance(item, Candidate)]
    assert found == [("ana@shop.example", {"tier": "gold"})] * 10_000


def test_a_batch_of_too_many_calls_is_refused_unread() -> None:
    """Each call counts as an item, so that the request is one of too many items, too."""
    items = read("batch", json.dumps({"batch": [7] * 10_001}).encode())
    assert items == [Refused(Why.TOO_LARGE, "/batch", "a batch has at most 10000 calls")] * 10_001


@pytest.mark.parametrize(
    ("message", "received_at", "expected"),
    [
        ({"timestamp": TIME}, AT, AT),
        ({"originalTimestamp": "2026-05-01T14:00:00+02:00"}, None, AT),
        ({}, AT, None),
        ({"timestamp": TIME, "sentAt": "2026-05-01T12:00:30Z"}, AT + HOUR_MS, AT + HOUR_MS - 30_000),
        ({"timestamp": TIME, "sentAt": "2026-05-01T12:00:30Z"}, AT + 31_000, AT),
        ({"timestamp": TIME, "sentAt": "2026-05-01T12:00:30Z"}, None, AT),
        ({"timestamp": TIME, "sentAt": "yesterday"}, AT + HOUR_MS, AT),
    ],
)
def test_a_clock_that_is_wrong_is_corrected(
    message: dict[str, Any], received_at: int | None, expected: int | None
) -> None:
    """By the time at which the sender says that it sent; the way here is no clock's fault."""
    assert only("track", received_at, event="Cart Viewed", userId="7", **message).time == expected


def test_a_time_that_is_none_is_refused_with_its_place() -> None:
    """Guessing would put it anywhere in the journey."""
    expected = Refused(Why.BAD_TIME, "/timestamp", "is no RFC 3339 instant with an offset")
    assert only("track", event="Cart Viewed", userId="7", timestamp="2026-05-01") == expected


@pytest.mark.parametrize(
    ("call", "body", "why"),
    [
        ("track", b"", Why.MALFORMED),
        ("track", b"\xff", Why.MALFORMED),
        ("track", b"[]", Why.MALFORMED),
        ("track", b"[" * 100_000, Why.MALFORMED),
        ("batch", b"{}", Why.MISSING_FIELD),
        ("alias", b'{"userId": "7"}', Why.MISSING_FIELD),
        ("alias", b'{"previousId": "7"}', Why.MISSING_FIELD),
        ("dance", b"{}", Why.UNMAPPED),
    ],
)
def test_what_is_no_call_has_its_reason(call: str, body: bytes, why: Why) -> None:
    """Bad input is a value."""
    (item,) = read(call, body)
    assert isinstance(item, Refused | Ignored)
    assert item.why is why


names = st.sampled_from(
    ["type", "event", "userId", "anonymousId", "previousId", "properties", "traits", "context", "timestamp", "sentAt",
     "messageId", "batch", "page", "url", "products", "price", "quantity", "rating", "email", "name", "address"]
)  # fmt: skip
leaves = st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=8) | st.sampled_from(
    ["track", "page", "identify", "alias", "Order Completed", "Product Reviewed", TIME]
)  # fmt: skip
trees = st.recursive(
    leaves, lambda inner: st.lists(inner, max_size=3) | st.dictionaries(names, inner, max_size=6), max_leaves=20
)


@given(
    st.sampled_from(["track", "page", "screen", "identify", "alias", "group", "batch", "import", "x"]),
    st.dictionaries(names, trees, max_size=6).map(msgspec.json.encode) | st.binary(max_size=40),
    st.none() | st.just(AT),
)
@settings(deadline=None)
def test_nothing_that_anybody_sends_raises(call: str, body: bytes, received_at: int | None) -> None:
    """Each body gives items, and every candidate's data can be written as JSON."""
    for item in read(call, body, received_at):
        assert isinstance(item, Candidate | Ignored | Refused)
        if isinstance(item, Candidate):
            assert isinstance(msgspec.json.encode(item.data), bytes)
    assert isinstance(write_key(body.decode("latin-1"), body), str)


def basic(text: str) -> str:
    """Return credentials of basic access."""
    return f"Basic {base64.b64encode(text.encode()).decode()}"


@pytest.mark.parametrize(
    ("authorization", "body", "expected"),
    [
        (basic("key:"), b"{}", "key"),
        (basic("key").replace("Basic", "basic"), b"{}", "key"),
        ("Bearer key", b"{}", "key"),
        ("", b'{"writeKey": "key", "batch": [{"a": 1}]}', "key"),
        (basic("key:"), b'{"writeKey": "other"}', "key"),
        ("Basic ???", b'{"writeKey": "key"}', ""),
        ("Digest x", b'{"writeKey": "key"}', "key"),
        ("", b'{"writeKey": 7}', ""),
        ("", b"nothing", ""),
    ],
)
def test_the_write_key_is_found_where_libraries_put_it(authorization: str, body: bytes, expected: str) -> None:
    """The header comes first; a broken one is not made good by the body."""
    assert write_key(authorization, body) == expected


def test_half_a_character_spoils_no_batch() -> None:
    """A text that was cut in the middle of an emoji is mended, and the key in the body is found all the same."""
    body = rb'{"writeKey":"k","batch":[{"type":"page","userId":"7","properties":{"path":"/\ud83d"}}]}'
    (item,) = read("batch", body)
    assert isinstance(item, Candidate)
    assert item.data["path"] == "/\ufffd"
    assert write_key("", body) == "k"
