"""Alerts as framed Avro on their topic and as one line of JSON everywhere else."""

from collections.abc import Callable
from typing import Any, Final

import msgspec

from streams.alerts.alert import Alert
from streams.codec import frame, writers
from streams.codec.registry import SchemaStore, shipped_store
from streams.codec.times import from_rfc3339, to_rfc3339
from streams.errors import CorruptError

_RECORD: Final = "alert"
_TIMES: Final = ("started_at", "ended_at", "detected_at")
_NEVER: Final = 0  # is null in JSON


def encode(alert: Alert, schema_id: int | None = None) -> bytes:
    """Return the framed Avro record, under the shipped id unless the registry gave another."""
    return writers.write(msgspec.to_builtins(alert), _RECORD, schema_id)


def decode(value: bytes, store: SchemaStore | None = None) -> Alert:
    """Return the alert of a framed record; raises CorruptError when it is none that this version can read."""
    framed = frame.unframe(value)
    source = (store or shipped_store()).get(framed.schema_id) if framed and framed.schema_id is not None else None
    if framed is None or source is None:
        raise CorruptError("an alert has no schema that is known here", remedy="set TOUCHPOINT_SCHEMA_REGISTRY_URL")
    try:
        return msgspec.convert(writers.read(value, framed.start, source, _RECORD), Alert)
    except Exception as error:
        raise CorruptError(f"an alert of {len(value)} bytes cannot be read ({type(error).__name__})") from error


def to_json(alert: Alert) -> bytes:
    """Return the alert as one line without its end: times as RFC 3339 in UTC with milliseconds, never as null."""
    fields = msgspec.to_builtins(alert)
    _each_time(fields, lambda ms: to_rfc3339(ms) if ms != _NEVER else None)
    return msgspec.json.encode(fields)


def from_json(line: bytes) -> Alert:
    """Return the alert of such a line; raises CorruptError when it is none."""
    try:
        fields = msgspec.json.decode(line, type=dict[str, Any])
        _each_time(fields, lambda text: _NEVER if text is None else from_rfc3339(text))
        return msgspec.convert(fields, Alert)
    except (msgspec.DecodeError, UnicodeDecodeError, KeyError, TypeError) as error:
        raise CorruptError("the line is not an alert in the JSON form") from error


def _each_time(fields: dict[str, Any], change: Callable[[Any], Any]) -> None:
    for name in _TIMES:
        fields[name] = change(fields[name])
    for recent in fields["recent"]:
        recent["time"] = change(recent["time"])
    for promise in fields["promises"]:
        promise["opened_at"] = change(promise["opened_at"])
        promise["due"] = change(promise["due"])
