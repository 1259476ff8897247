"""The touchpoint as JSON: the same names as in Avro, `time` as RFC 3339 with an offset, `data` as an object.

`recordedtime` says when the system learnt of it, where that is known. CloudEvents in structured mode have the same
shape and come through here as well; what they add is in `cloudevents`.
"""

from base64 import b64decode, b64encode
from datetime import datetime
from typing import Annotated, Any, Final, NamedTuple

import msgspec

from streams.codec import checks
from streams.codec.times import from_rfc3339, to_ms, to_rfc3339
from streams.touchpoints.rejection import Reason, Rejection
from streams.touchpoints.touchpoint import Touchpoint

_Instant = Annotated[datetime, msgspec.Meta(tz=True)]
_NO_DATA: Final = msgspec.Raw(b"")


class Parsed(NamedTuple):
    """What a line holds: the touchpoint or why it is none, and when it was recorded if it says so."""

    outcome: Touchpoint | Rejection
    recorded_ms: int | None = None


class _Line(msgspec.Struct):
    """A well-formed line. Anything else fails to decode, and `_explain` says why."""

    id: str
    source: str
    type: str
    time: _Instant
    customer: str
    subject: str = ""
    data: msgspec.Raw = _NO_DATA
    data_base64: str | None = None
    recordedtime: _Instant | None = None


_decode_line: Final = msgspec.json.Decoder(_Line).decode
_decode_any: Final = msgspec.json.Decoder(dict[str, msgspec.Raw]).decode
_TIMES: Final = ("time", "recordedtime")
_STRINGS: Final = {*checks.REQUIRED, *_TIMES, "subject", "data_base64"}
_ERRORS: Final = (msgspec.DecodeError, UnicodeDecodeError, RecursionError)


def parse(text: bytes) -> Parsed:
    """Read one touchpoint and check what can be checked without its record and the vocabulary."""
    try:
        line = _decode_line(text)
    except _ERRORS:
        return _explain(text)
    data = bytes(line.data) if line.data_base64 is None else from_base64(line.data_base64)
    touchpoint = Touchpoint(line.id, line.source, line.type, to_ms(line.time), line.customer, line.subject, data)
    recorded_ms = to_ms(line.recordedtime) if line.recordedtime else None
    return Parsed(checks.check(touchpoint) or touchpoint, recorded_ms)


def from_json(value: bytes | str | dict[str, Any]) -> Touchpoint | Rejection:
    """Return the touchpoint that JSON text, or an object as JSON libraries give it, stands for."""
    if isinstance(value, str):
        value = value.encode()
    return parse(value if isinstance(value, bytes) else msgspec.json.encode(value)).outcome


def to_json(touchpoint: Touchpoint, recorded_ms: int | None = None) -> bytes:
    """Return the touchpoint as one line without its end.

    Data that is not JSON after all goes out as `data_base64`, as CloudEvents has it.
    """
    fields: dict[str, Any] = {
        "id": touchpoint.id,
        "source": touchpoint.source,
        "type": touchpoint.type,
        "time": to_rfc3339(touchpoint.time),
        "customer": touchpoint.customer,
    }
    if touchpoint.subject:
        fields["subject"] = touchpoint.subject
    if recorded_ms is not None:
        fields["recordedtime"] = to_rfc3339(recorded_ms)
    if touchpoint.data:
        try:
            fields["data"] = msgspec.Raw(msgspec.json.format(touchpoint.data, indent=-1))
        except _ERRORS:
            fields["data_base64"] = b64encode(touchpoint.data).decode()
    return msgspec.json.encode(fields)


def _explain(text: bytes) -> Parsed:
    """Say what is wrong with a line that is not well formed; where only nulls are in the way, read it without them."""
    try:
        fields = {name: raw for name, raw in _decode_any(text).items() if bytes(raw) != b"null"}
    except msgspec.ValidationError:
        return Parsed(Rejection(Reason.UNDECODABLE, "the JSON is not an object"))
    except _ERRORS:
        return Parsed(Rejection(Reason.UNDECODABLE, "the value is not valid JSON"))
    names: dict[str, str] = {}
    for name in fields.keys() & _STRINGS:
        try:
            names[name] = msgspec.json.decode(fields[name], type=str)
        except _ERRORS:
            reason = Reason.BAD_TIME if name in _TIMES else Reason.UNDECODABLE
            return Parsed(Rejection(reason, f"{name} is not a string"))
    recorded_ms = from_rfc3339(names["recordedtime"]) if "recordedtime" in names else None
    return Parsed(assemble(names, bytes(fields.get("data", b""))), recorded_ms)


def assemble(names: dict[str, str], data: bytes) -> Touchpoint | Rejection:
    """Build the touchpoint out of strings by their names, or say which is missing or wrong."""
    for name in (*checks.REQUIRED, "time"):
        if name not in names:
            return Rejection(Reason.MISSING_FIELD, f"{name} is missing")
    for name in _TIMES:
        if name in names and from_rfc3339(names[name]) is None:
            return Rejection(Reason.BAD_TIME, f"{name} is not RFC 3339 with an offset, such as 2026-05-01T12:00:00Z")
    touchpoint = Touchpoint(
        names["id"],
        names["source"],
        names["type"],
        from_rfc3339(names["time"]) or 0,
        names["customer"],
        names.get("subject", ""),
        from_base64(names["data_base64"]) if "data_base64" in names else data,
    )
    return checks.check(touchpoint) or touchpoint


def from_base64(text: str) -> bytes:
    """Return the bytes; where the text is not base64, bytes that are no JSON object either and so are refused."""
    try:
        return b64decode(text, validate=True)
    except ValueError:
        return b"?"
