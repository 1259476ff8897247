"""Records to touchpoints, whichever form they are in."""

import msgspec
import pytest

from streams.codec import frame, shipped
from streams.codec.registry import SchemaStore
from streams.codec.touchpoint import TouchpointDecoder, encode, from_json, to_json
from streams.codec.vocabulary import shipped as shipped_vocabulary
from streams.touchpoints.rejection import Reason, Rejection
from streams.touchpoints.touchpoint import EARLIEST_MS, SKEW_MS, Touchpoint

NOW_MS = 1_777_636_800_000
KEY = b"ana"
GOOD = Touchpoint("1", "//shop/web", "payment.failed", NOW_MS, "ana", "cart:7", b'{"amount":3}')
OUR_ID = shipped.latest("touchpoint").schema_id


@pytest.fixture
def decoder() -> TouchpointDecoder:
    """A decoder with the shipped vocabulary and without a registry."""
    return TouchpointDecoder(shipped_vocabulary(), SchemaStore())


def refusal(outcome: Touchpoint | Rejection) -> Reason:
    """Return the reason of what must be a rejection."""
    assert isinstance(outcome, Rejection), outcome
    return outcome.reason


def test_framed_avro_is_read(decoder: TouchpointDecoder) -> None:
    """The usual form."""
    assert decoder.decode(encode(GOOD), KEY, (), NOW_MS) == GOOD


def test_the_header_form_is_read(decoder: TouchpointDecoder) -> None:
    """The bare body, with its schema in a header."""
    headers = [(frame.SCHEMA_HEADER, frame.prefix(OUR_ID))]
    assert decoder.decode(encode(GOOD)[frame.PREFIX_BYTES :], KEY, headers, NOW_MS) == GOOD


def test_the_json_form_is_read(decoder: TouchpointDecoder) -> None:
    """The same envelope as in files and over HTTP."""
    assert decoder.decode(to_json(GOOD, NOW_MS), KEY, (), NOW_MS) == GOOD


@pytest.mark.parametrize(
    "value",
    [None, b"", b"\x00", b"abc", b"\xff\xfe", b"[1]", b'"text"', encode(GOOD)[:-1], encode(GOOD) + b"x"],
    ids=["none", "empty", "magic alone", "text", "binary", "list", "string", "cut", "left over"],
)
def test_other_bytes_are_undecodable(decoder: TouchpointDecoder, value: bytes | None) -> None:
    """Nothing is guessed."""
    assert refusal(decoder.decode(value, KEY, (), NOW_MS)) is Reason.UNDECODABLE


def test_an_unknown_schema_is_noted_for_the_registry(decoder: TouchpointDecoder) -> None:
    """The caller fetches it off the hot path and decodes again."""
    outcome = decoder.decode(frame.prefix(7) + b"body", KEY, (), NOW_MS)
    assert (refusal(outcome), decoder.unknown) == (Reason.UNKNOWN_SCHEMA, {7})


def test_a_schema_named_by_a_guid_is_unknown_but_not_asked_for(decoder: TouchpointDecoder) -> None:
    """There is no id to ask for."""
    outcome = decoder.decode(b"body", KEY, [(frame.SCHEMA_HEADER, b"\x01" + bytes(16))], NOW_MS)
    assert (refusal(outcome), decoder.unknown) == (Reason.UNKNOWN_SCHEMA, set())


def test_a_record_of_another_kind_is_no_touchpoint(decoder: TouchpointDecoder) -> None:
    """An alert on a touchpoint topic has a known schema, and still is none."""
    value = frame.prefix(shipped.latest("alert").schema_id) + encode(GOOD)[frame.PREFIX_BYTES :]
    assert refusal(decoder.decode(value, KEY, (), NOW_MS)) is Reason.UNDECODABLE


@pytest.mark.parametrize("form", [encode, to_json], ids=["avro", "json"])
@pytest.mark.parametrize(
    ("changes", "key", "reason"),
    [
        ({"id": ""}, KEY, Reason.MISSING_FIELD),
        ({"source": ""}, KEY, Reason.MISSING_FIELD),
        ({"type": ""}, KEY, Reason.MISSING_FIELD),
        ({"customer": "", "type": "order.completed"}, b"", Reason.MISSING_FIELD),
        ({"type": "payment.exploded"}, KEY, Reason.UNKNOWN_TYPE),
        ({"customer": "bob"}, KEY, Reason.WRONG_KEY),
        ({}, None, Reason.WRONG_KEY),
        ({"time": EARLIEST_MS - 1}, KEY, Reason.BAD_TIME),
        ({"time": NOW_MS + SKEW_MS + 1}, KEY, Reason.BAD_TIME),
        ({"id": "x" * 2_000}, KEY, Reason.TOO_LARGE),
    ],
)
def test_every_form_passes_every_check(
    decoder: TouchpointDecoder, form: object, changes: dict[str, object], key: bytes | None, reason: Reason
) -> None:
    """The same mistake has the same reason, whatever form it comes in."""
    assert callable(form)
    value = form(msgspec.structs.replace(GOOD, **changes))
    assert refusal(decoder.decode(value, key, (), NOW_MS)) is reason


@pytest.mark.parametrize(
    ("data", "reason"),
    [(b"[1]", Reason.BAD_DATA), (b"{" + b" " * 10_000_000 + b"}", Reason.TOO_LARGE)],
    ids=["list", "ten megabytes"],
)
def test_data_is_checked(decoder: TouchpointDecoder, data: bytes, reason: Reason) -> None:
    """A list for an object; ten megabytes of it."""
    value = encode(msgspec.structs.replace(GOOD, data=data))
    assert refusal(decoder.decode(value, KEY, (), NOW_MS)) is reason


@pytest.mark.parametrize(
    "ms", [EARLIEST_MS, 1_099_511_627_775, 1_099_511_627_776, 2_199_023_255_551, 2_199_023_255_552]
)
def test_instants_of_any_length_are_read(decoder: TouchpointDecoder, ms: int) -> None:
    """From 2000 to after 2039, where the number takes one byte more."""
    touchpoint = msgspec.structs.replace(GOOD, time=ms)
    assert decoder.decode(encode(touchpoint), KEY, (), ms) == touchpoint


@pytest.mark.parametrize("size", [0, 1, 63, 64, 65, 1024])
def test_names_of_any_allowed_length_are_read(decoder: TouchpointDecoder, size: int) -> None:
    """A length of 64 takes a second byte."""
    touchpoint = msgspec.structs.replace(GOOD, subject="s" * size)
    assert decoder.decode(encode(touchpoint), KEY, (), NOW_MS) == touchpoint


def test_data_that_looks_like_an_event_stays_the_json_form(decoder: TouchpointDecoder) -> None:
    """Only a specversion of the object itself makes it a CloudEvent."""
    touchpoint = msgspec.structs.replace(GOOD, data=b'{"specversion":"0.3"}')
    assert decoder.decode(to_json(touchpoint), KEY, (), NOW_MS) == touchpoint


def test_an_id_of_the_registry_may_stand_in_the_frame() -> None:
    """Consumers of another language look ids up where they are registered."""
    assert encode(GOOD, 42)[:5] == frame.prefix(42)


def test_the_json_form_takes_objects_and_text() -> None:
    """What JSON libraries give, and what came over the wire."""
    fields = {"id": "1", "source": "s", "type": "a.b", "time": "2026-05-01T12:00:00Z", "customer": "ana"}
    expected = Touchpoint("1", "s", "a.b", NOW_MS, "ana")
    text = msgspec.json.encode(fields)
    assert [from_json(fields), from_json(text), from_json(text.decode())] == [expected] * 3
