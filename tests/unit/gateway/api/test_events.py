"""CloudEvents 1.0: structured, batched, binary, with the shapes that the binding allows."""

from typing import Any, Final

import pytest

from streams.gateway.api import events
from streams.gateway.api.problems import Code, Problem
from streams.gateway.api.request import Request
from streams.gateway.candidate import Candidate, Identity
from streams.gateway.outcome import Refused, Why
from streams.telemetry.trace_context import TraceContext

STRUCTURED: Final = (
    b'{"specversion":"1.0","id":"1","source":"//shop","type":"page.viewed","time":"2026-05-01T12:00:00Z",'
    b'"subject":"order:1","customer":"ana","datacontenttype":"application/json","data":{"path":"/"},"other":true}'
)
BINARY: Final = {
    "ce-specversion": "1.0",
    "ce-id": "1",
    "ce-source": "//shop",
    "ce-type": "page.viewed",
    "ce-time": "2026-05-01T12:00:00Z",
    "ce-subject": "order:1",
    "ce-customer": "ana",
    "content-type": "application/json; charset=utf-8",
}
EVENT: Final = Candidate(
    id="1",
    source="//shop",
    type="page.viewed",
    time=1_777_636_800_000,
    identity=Identity(customer="ana"),
    subject="order:1",
    data={"path": "/"},
)


def read(body: bytes, headers: dict[str, str]) -> Any:
    """Return what a request holds."""
    pairs = [(name.encode(), value.encode("latin-1")) for name, value in headers.items()]
    request = Request({"method": "POST", "headers": pairs, "query_string": b""})
    request.body = body
    return events.read(request)


TRACED: Final = TraceContext("4bf92f3577b34da6a3ce929d0e0e4736", "00f067aa0ba902b7", state="a=1")


def structured(body: bytes, media_type: str = events.STRUCTURED) -> Any:
    """Return what a body of this type holds."""
    return read(body, {"content-type": media_type})


def binary(body: bytes = b'{"path":"/"}', **changes: str) -> Any:
    """Return what a request in binary mode holds; an empty header is left out."""
    headers = BINARY | {name.replace("_", "-"): value for name, value in changes.items()}
    return read(body, {name: value for name, value in headers.items() if value})


def test_the_three_modes_say_the_same() -> None:
    """Other extension attributes are passed over."""
    assert structured(STRUCTURED, "application/cloudevents+json; charset=UTF-8") == [EVENT]
    assert structured(b"[" + STRUCTURED + b"," + STRUCTURED + b"]", events.BATCHED) == [EVENT, EVENT]
    assert binary() == [EVENT]


def test_an_empty_batch_is_a_batch() -> None:
    """As the binding has it."""
    assert structured(b"[]", events.BATCHED) == []


def test_extension_attributes_say_whose_it_is() -> None:
    """And with a customer beside them, that they are one person's."""
    keys = {"anonymous_id": "a", "email": "e@x", "phone": "+34", "loyalty_card": "l"}
    linked = Identity(customer="ana", **keys)
    (found,) = binary(ce_anonymousid="a", ce_email="e@x", ce_phone="+34", ce_loyaltycard="l")
    assert (found.identity, found.links) == (linked, True)
    more = b'"anonymousid":"a","email":"e@x","phone":"+34","loyaltycard":"l",'
    (found,) = structured(STRUCTURED.replace(b'"customer"', more + b'"customer"'))
    assert (found.identity, found.links) == (linked, True)
    (found,) = structured(STRUCTURED.replace(b'"customer":"ana",', more))
    assert (found.identity, found.links) == (Identity(**keys), False)


def test_attributes_in_headers_are_percent_encoded_and_may_be_quoted() -> None:
    """As the HTTP binding has it."""
    (found,) = binary(ce_subject='"Euro%20%E2%82%AC%20\\"x\\""', ce_customer="%C3%A1na")
    assert (found.subject, found.identity.customer) == ('Euro € "x"', "ána")


def test_data_may_be_base64() -> None:
    """Of a sender that treats it as bytes."""
    (found,) = structured(STRUCTURED.replace(b'"data":{"path":"/"}', b'"data_base64":"eyJwYXRoIjoiLyJ9"'))
    assert found == EVENT


def test_an_event_without_data_and_time_is_an_event() -> None:
    """Both are optional."""
    (found,) = binary(b"", ce_time="", content_type="")
    assert (found.time, found.data) == (None, {})


@pytest.mark.parametrize(
    ("old", "new", "why", "pointer"),
    [
        (b'"specversion":"1.0",', b"", Why.MISSING_FIELD, "/specversion"),
        (b'"1.0"', b'"0.3"', Why.MALFORMED, "/specversion"),
        (b'"id":"1",', b"", Why.MISSING_FIELD, "/id"),
        (b'"id":"1"', b'"id":""', Why.MISSING_FIELD, "/id"),
        (b'"id":"1"', b'"id":1', Why.MALFORMED, "/id"),
        (b'"source":"//shop",', b"", Why.MISSING_FIELD, "/source"),
        (b'"type":"page.viewed",', b"", Why.MISSING_FIELD, "/type"),
        (b"2026-05-01T12:00:00Z", b"yesterday", Why.BAD_TIME, "/time"),
        (b'{"path":"/"}', b'"text"', Why.BAD_DATA, "/data"),
        (b'"data":{"path":"/"}', b'"data_base64":"?"', Why.BAD_DATA, "/data_base64"),
        (b'"data":{"path":"/"}', b'"data_base64":"WzFd"', Why.BAD_DATA, "/data"),
        (STRUCTURED, b"nonsense", Why.MALFORMED, ""),
    ],
)
def test_a_bad_event_is_refused_with_its_place(old: bytes, new: bytes, why: Why, pointer: str) -> None:
    """And the others of its batch are what they are."""
    bad = STRUCTURED.replace(old, new)
    (found,) = structured(bad)
    assert isinstance(found, Refused)
    assert (found.why, found.pointer) == (why, pointer)
    if bad.startswith(b"{"):
        assert structured(b"[" + STRUCTURED + b"," + bad + b"]", events.BATCHED) == [EVENT, found]


@pytest.mark.parametrize(
    ("changes", "body", "why", "pointer"),
    [
        ({"ce_specversion": "2.0"}, b"{}", Why.MALFORMED, "/specversion"),
        ({"ce_id": ""}, b"{}", Why.MISSING_FIELD, "/id"),
        ({"ce_type": ""}, b"{}", Why.MISSING_FIELD, "/type"),
        ({"ce_time": "yesterday"}, b"{}", Why.BAD_TIME, "/time"),
        ({"ce_subject": "%ff"}, b"{}", Why.MALFORMED, "/subject"),
        ({"content_type": "text/xml"}, b"<a/>", Why.BAD_DATA, "/datacontenttype"),
        ({}, b"nonsense", Why.BAD_DATA, "/data"),
        ({}, b"[1]", Why.BAD_DATA, "/data"),
    ],
)
def test_a_bad_event_in_headers_is_refused_with_its_place(
    changes: dict[str, str], body: bytes, why: Why, pointer: str
) -> None:
    """By the name of its attribute."""
    (found,) = binary(body, **changes)
    assert isinstance(found, Refused)
    assert (found.why, found.pointer) == (why, pointer)


@pytest.mark.parametrize(
    ("body", "media_type", "code"),
    [
        (b"nonsense", events.BATCHED, Code.MALFORMED),
        (b"{}", events.BATCHED, Code.MALFORMED),
        (STRUCTURED, "application/json", Code.MEDIA_TYPE),
        (b"<a/>", "application/cloudevents+xml", Code.MEDIA_TYPE),
    ],
)
def test_what_is_no_event_at_all_is_one_problem(body: bytes, media_type: str, code: Code) -> None:
    """Nothing can be said of single ones."""
    found = structured(body, media_type)
    assert isinstance(found, Problem)
    assert found.code is code


def test_the_trace_in_which_an_event_was_made_stays_with_it() -> None:
    """The extension for distributed tracing, in a body and in headers."""
    extension = f',"traceparent":"{TRACED.traceparent}","tracestate":"a=1"}}'.encode()
    in_body = structured(STRUCTURED[:-1] + extension)
    in_headers = read(b'{"path":"/"}', BINARY | {"ce-traceparent": TRACED.traceparent, "ce-tracestate": "a=1"})
    assert [each.trace for each in (*in_body, *in_headers)] == [TRACED, TRACED]


@pytest.mark.parametrize("value", [b'"nonsense"', b"7", b"null", b'{"a":1}'])
def test_what_is_no_trace_spoils_no_event(value: bytes) -> None:
    """An extension is nobody's business but of those who know it."""
    assert structured(STRUCTURED[:-1] + b',"traceparent":' + value + b"}") == [EVENT]
