"""The JSON form of a touchpoint."""

from base64 import b64encode

import msgspec
import pytest

from streams.codec.json_form import Parsed, from_json, parse, to_json
from streams.touchpoints.rejection import Reason, Rejection
from streams.touchpoints.touchpoint import Touchpoint

NOW_MS = 1_777_636_800_000
FIELDS = {"id": "1", "source": "s", "type": "a.b", "time": "2026-05-01T12:00:00Z", "customer": "ana"}
BARE = Touchpoint("1", "s", "a.b", NOW_MS, "ana")


def line(**changes: object) -> bytes:
    """Return a line with some fields changed, and those left out that are changed to `...`."""
    return msgspec.json.encode({name: value for name, value in (FIELDS | changes).items() if value is not ...})


def test_a_line_is_a_touchpoint() -> None:
    """Times with any offset; data stays the bytes that it was."""
    text = line(time="2026-05-01T14:00:00+02:00", subject="cart:7", data={"b": 1, "a": [1.50, "x"]})
    assert from_json(text) == msgspec.structs.replace(BARE, subject="cart:7", data=b'{"b":1,"a":[1.5,"x"]}')


def test_recorded_time_comes_along() -> None:
    """It becomes the timestamp of the record."""
    assert parse(line(recordedtime="2026-05-01T12:00:05.250Z")) == Parsed(BARE, NOW_MS + 5_250)


def test_null_is_as_good_as_nothing() -> None:
    """Many serialisers write it."""
    text = line(subject=None, data=None, recordedtime="2026-05-01T12:00:00Z", extra=None)
    assert parse(text) == Parsed(BARE, NOW_MS)


def test_unknown_fields_are_left_alone() -> None:
    """A newer producer may say more."""
    assert from_json(line(version=2, nested={"a": {}})) == BARE


@pytest.mark.parametrize(
    ("text", "reason", "detail"),
    [
        (b"{", Reason.UNDECODABLE, "the value is not valid JSON"),
        (b"\xff", Reason.UNDECODABLE, "the value is not valid JSON"),
        (b"[" * 100_000, Reason.UNDECODABLE, "the JSON is not an object"),
        (b'{"data":' + b"[" * 100_000, Reason.UNDECODABLE, "the value is not valid JSON"),
        (b"[]", Reason.UNDECODABLE, "the JSON is not an object"),
        (b'{"id":"\\ud800"}', Reason.UNDECODABLE, "the value is not valid JSON"),
        (line(id=7), Reason.UNDECODABLE, "id is not a string"),
        (line(id=...), Reason.MISSING_FIELD, "id is missing"),
        (line(customer=...), Reason.MISSING_FIELD, "customer is missing"),
        (line(source=""), Reason.MISSING_FIELD, "source is empty"),
        (line(time=...), Reason.MISSING_FIELD, "time is missing"),
        (line(time=NOW_MS), Reason.BAD_TIME, "time is not a string"),
        (line(time="2026-05-01T12:00:00"), Reason.BAD_TIME, None),
        (line(recordedtime="yesterday"), Reason.BAD_TIME, None),
        (line(time="1999-12-31T23:59:59Z"), Reason.BAD_TIME, "time is before 2000-01-01T00:00:00.000Z"),
        (line(data=[1]), Reason.BAD_DATA, "data is not a JSON object"),
        (line(data="text"), Reason.BAD_DATA, "data is not a JSON object"),
        (line(data_base64="%%"), Reason.BAD_DATA, "data is not a JSON object"),
        (line(data={"a": "x" * 10_000_000}), Reason.TOO_LARGE, None),
    ],
    ids=lambda value: repr(value[:40]) if isinstance(value, bytes) else str(value),
)
def test_what_is_wrong_is_said(text: bytes, reason: Reason, detail: str | None) -> None:
    """Each mistake has its reason and a detail without values."""
    outcome = from_json(text)
    assert isinstance(outcome, Rejection)
    assert (outcome.reason, outcome.detail) == (reason, outcome.detail if detail is None else detail)


def test_a_touchpoint_is_written_as_one_line() -> None:
    """Empty fields are left out and data is made compact, so that a line stays a line."""
    touchpoint = msgspec.structs.replace(BARE, data=b'{\n "a": 1.50\n}')
    expected = (
        b'{"id":"1","source":"s","type":"a.b","time":"2026-05-01T12:00:00.000Z","customer":"ana","data":{"a":1.50}}'
    )
    assert to_json(touchpoint) == expected


def test_recorded_time_is_written_where_it_is_known() -> None:
    """The way back of a record's timestamp."""
    assert b'"recordedtime":"2026-05-01T12:00:00.000Z"' in to_json(BARE, NOW_MS)


def test_data_that_is_no_json_survives_the_way_there_and_back() -> None:
    """Only its first byte is checked on a topic, so it may turn out to be broken here."""
    touchpoint = msgspec.structs.replace(BARE, data=b'{"a":')
    text = to_json(touchpoint)
    assert b64encode(b'{"a":') in text
    assert from_json(text) == touchpoint
