"""CloudEvents 1.0 on a topic, structured and binary."""

import msgspec
import pytest

from streams.codec.registry import SchemaStore
from streams.codec.touchpoint import TouchpointDecoder
from streams.codec.vocabulary import shipped
from streams.touchpoints.rejection import Reason, Rejection
from streams.touchpoints.touchpoint import Touchpoint

NOW_MS = 1_777_636_800_000
KEY = b"ana"
EVENT = {
    "specversion": "1.0",
    "id": "1",
    "source": "//shop/web",
    "type": "payment.failed",
    "time": "2026-05-01T14:00:00+02:00",
    "subject": "cart:7",
    "datacontenttype": "application/json",
    "data": {"amount": 3},
}
EXPECTED = Touchpoint("1", "//shop/web", "payment.failed", NOW_MS, "ana", "cart:7", b'{"amount":3}')
STRUCTURED = [("content-type", b"application/cloudevents+json; charset=UTF-8")]
BINARY = [(f"ce_{name}", str(value).encode()) for name, value in EVENT.items() if not name.startswith("data")]
JSON = [("content-type", b"application/json")]


@pytest.fixture
def decoder() -> TouchpointDecoder:
    """A decoder with the shipped vocabulary."""
    return TouchpointDecoder(shipped(), SchemaStore())


def structured(**changes: object) -> bytes:
    """Return an event with some attributes changed, and those left out that are changed to `...`."""
    return msgspec.json.encode({name: value for name, value in (EVENT | changes).items() if value is not ...})


def binary(**changes: str | None) -> list[tuple[str, bytes]]:
    """Return the headers of an event with some attributes changed, or left out where changed to None."""
    headers = dict(BINARY) | {
        f"ce_{name}": value.encode() if value is not None else b"" for name, value in changes.items()
    }
    return [
        (name, content) for name, content in headers.items() if changes.get(name.removeprefix("ce_"), "") is not None
    ]


@pytest.mark.parametrize("headers", [STRUCTURED, [("Content-Type", STRUCTURED[0][1])], []])
def test_a_structured_event_is_a_touchpoint(decoder: TouchpointDecoder, headers: list[tuple[str, bytes]]) -> None:
    """By its content type in any case, or by its specversion alone; the key is the customer."""
    assert decoder.decode(structured(), KEY, headers, NOW_MS) == EXPECTED


def test_a_binary_event_is_a_touchpoint(decoder: TouchpointDecoder) -> None:
    """Attributes in headers, data in the value."""
    assert decoder.decode(b'{"amount":3}', KEY, BINARY + JSON, NOW_MS) == EXPECTED


def test_the_extension_attribute_names_the_customer(decoder: TouchpointDecoder) -> None:
    """And must then be the key, as always."""
    assert decoder.decode(structured(customer="ana"), KEY, STRUCTURED, NOW_MS) == EXPECTED
    outcome = decoder.decode(structured(customer="bob"), KEY, STRUCTURED, NOW_MS)
    assert isinstance(outcome, Rejection)
    assert outcome.reason is Reason.WRONG_KEY


def test_data_may_be_base64(decoder: TouchpointDecoder) -> None:
    """As some libraries write all data."""
    value = structured(data=..., data_base64="eyJhbW91bnQiOjN9")
    assert decoder.decode(value, KEY, STRUCTURED, NOW_MS) == EXPECTED


def test_an_event_may_have_no_data_and_no_subject(decoder: TouchpointDecoder) -> None:
    """Both are optional in CloudEvents and here; extensions that mean nothing to us are no mistake."""
    expected = msgspec.structs.replace(EXPECTED, subject="", data=b"")
    value = structured(data=..., subject=None, datacontenttype=..., traceparent="x", sequence=7)
    assert decoder.decode(value, KEY, STRUCTURED, NOW_MS) == expected
    assert decoder.decode(b"", KEY, binary(subject=None), NOW_MS) == expected


@pytest.mark.parametrize(
    ("changes", "reason", "detail"),
    [
        ({"specversion": ...}, Reason.MISSING_FIELD, "specversion is missing"),
        ({"specversion": "0.3"}, Reason.UNDECODABLE, "specversion is not 1.0"),
        ({"specversion": 1.0}, Reason.UNDECODABLE, "specversion is not a string"),
        ({"id": ...}, Reason.MISSING_FIELD, "id is missing"),
        ({"id": ""}, Reason.MISSING_FIELD, "id is empty"),
        ({"source": None}, Reason.MISSING_FIELD, "source is missing"),
        ({"type": ...}, Reason.MISSING_FIELD, "type is missing"),
        ({"time": ...}, Reason.MISSING_FIELD, "time is missing"),
        ({"time": "2026-05-01T12:00:00"}, Reason.BAD_TIME, None),
        ({"data": [1]}, Reason.BAD_DATA, "data is not a JSON object"),
        ({"datacontenttype": "text/xml", "data": "<a/>"}, Reason.BAD_DATA, "datacontenttype is not JSON"),
        ({"type": "payment.exploded"}, Reason.UNKNOWN_TYPE, None),
    ],
)
def test_what_is_wrong_with_a_structured_event_is_said(
    decoder: TouchpointDecoder, changes: dict[str, object], reason: Reason, detail: str | None
) -> None:
    """Attribute by attribute."""
    outcome = decoder.decode(structured(**changes), KEY, STRUCTURED, NOW_MS)
    assert isinstance(outcome, Rejection)
    assert (outcome.reason, outcome.detail) == (reason, outcome.detail if detail is None else detail)


@pytest.mark.parametrize(
    ("headers", "value", "key", "reason"),
    [
        (binary(specversion=None), b"{}", KEY, Reason.MISSING_FIELD),
        (binary(specversion="2.0"), b"{}", KEY, Reason.UNDECODABLE),
        (binary(id=None), b"{}", KEY, Reason.MISSING_FIELD),
        (binary(time="12:00"), b"{}", KEY, Reason.BAD_TIME),
        (binary(), b"[]", KEY, Reason.BAD_DATA),
        (binary(), b"<a/>", KEY, Reason.BAD_DATA),
        ([*binary(), ("content-type", b"application/avro")], b"{}", KEY, Reason.BAD_DATA),
        ([*binary(id=None), ("ce_id", b"\xff")], b"{}", KEY, Reason.UNDECODABLE),
        (binary(), b"{}", None, Reason.MISSING_FIELD),
        (binary(), b"{}", b"\xff", Reason.WRONG_KEY),
    ],
)
def test_what_is_wrong_with_a_binary_event_is_said(
    decoder: TouchpointDecoder, headers: list[tuple[str, bytes]], value: bytes, key: bytes | None, reason: Reason
) -> None:
    """Header by header."""
    outcome = decoder.decode(value, key, headers, NOW_MS)
    assert isinstance(outcome, Rejection)
    assert outcome.reason is reason


def test_a_batch_of_events_is_not_one(decoder: TouchpointDecoder) -> None:
    """The binding has no batches; each record is one event."""
    headers = [("content-type", b"application/cloudevents-batch+json")]
    outcome = decoder.decode(b"[" + structured() + b"]", KEY, headers, NOW_MS)
    assert isinstance(outcome, Rejection)
    assert outcome.reason is Reason.UNDECODABLE
