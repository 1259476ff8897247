"""CloudEvents 1.0 on a topic, as the Kafka protocol binding has them: structured (JSON) and binary (headers).

An event has no customer of its own. The extension attribute `customer` names it, else the record's key does, since the
key is what partitioned it.
"""

from collections.abc import Mapping
from typing import Final

import msgspec

from streams.codec.json_form import assemble
from streams.touchpoints.rejection import Reason, Rejection
from streams.touchpoints.touchpoint import Touchpoint

STRUCTURED: Final = "application/cloudevents+json"
ATTRIBUTE: Final = "ce_"

_VERSION: Final = "1.0"
_READ: Final = ("specversion", "id", "source", "type", "time", "subject", "customer", "datacontenttype", "data_base64")
_JSON: Final = ("application/json", "text/json")


class _Marked(msgspec.Struct):
    """What tells an event from the JSON form where no header does."""

    specversion: msgspec.Raw | msgspec.UnsetType = msgspec.UNSET


def is_structured(value: bytes) -> bool:
    """Return whether the JSON is an event rather than the plain form of a touchpoint."""
    if b'"specversion"' not in value:
        return False
    try:
        return msgspec.json.decode(value, type=_Marked).specversion is not msgspec.UNSET
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        return False


def is_binary(headers: Mapping[str, bytes]) -> bool:
    """Return whether the attributes are in the headers."""
    return any(name.startswith(ATTRIBUTE) for name in headers)


def from_structured(value: bytes, key: bytes | None) -> Touchpoint | Rejection:
    """Read an event whose attributes and data are one JSON object."""
    try:
        event = msgspec.json.decode(value, type=dict[str, msgspec.Raw])
    except msgspec.ValidationError:
        return Rejection(Reason.UNDECODABLE, "the event is not a JSON object")
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        return Rejection(Reason.UNDECODABLE, "the event is not valid JSON")
    attributes: dict[str, str] = {}
    data = b""
    for name, raw in event.items():
        content = bytes(raw)
        if name == "data":
            data = b"" if content == b"null" else content
        elif content.startswith(b'"'):
            attributes[name] = msgspec.json.decode(content, type=str)
        elif content != b"null" and name in _READ:
            return Rejection(Reason.UNDECODABLE, f"{name} is not a string")
    return _assemble(attributes, data, key)


def from_binary(headers: Mapping[str, bytes], value: bytes, key: bytes | None) -> Touchpoint | Rejection:
    """Read an event whose attributes are headers and whose data is the value."""
    attributes = {}
    for name, content in headers.items():
        if not name.startswith(ATTRIBUTE):
            continue
        try:
            attributes[name.removeprefix(ATTRIBUTE)] = content.decode()
        except UnicodeDecodeError:
            return Rejection(Reason.UNDECODABLE, f"the header {name[:64]} is not UTF-8")
    if media := headers.get("content-type"):
        attributes["datacontenttype"] = media.decode(errors="replace")
    return _assemble(attributes, value, key)


def _assemble(attributes: dict[str, str], data: bytes, key: bytes | None) -> Touchpoint | Rejection:
    version = attributes.get("specversion")
    if version is None:
        return Rejection(Reason.MISSING_FIELD, "specversion is missing")
    if version != _VERSION:
        return Rejection(Reason.UNDECODABLE, f"specversion is not {_VERSION}")
    media = attributes.get("datacontenttype", _JSON[0]).partition(";")[0].strip().lower()
    if data and media not in _JSON and not media.endswith("+json"):
        return Rejection(Reason.BAD_DATA, "datacontenttype is not JSON")
    if "customer" not in attributes and key:
        try:
            attributes["customer"] = key.decode()
        except UnicodeDecodeError:
            return Rejection(Reason.WRONG_KEY, "the record's key is not UTF-8")
    return assemble({name: attributes[name] for name in attributes if name in _READ}, data)
