"""CloudEvents 1.0 over HTTP: structured, batched, and binary with the attributes in `ce-` headers.

An event has no person of its own: the extension attributes `customer`, `anonymousid`, `email`, `phone` and
`loyaltycard` say whose it is.
"""

import re
from base64 import b64decode
from collections.abc import Callable, Mapping, Sequence
from typing import Any, Final
from urllib.parse import unquote_to_bytes

import msgspec

from streams.codec.times import from_rfc3339, to_ms
from streams.gateway.api.misfits import ERRORS, misfit
from streams.gateway.api.native import Instant, array, each
from streams.gateway.api.problems import Code, Problem
from streams.gateway.api.request import Request
from streams.gateway.candidate import Candidate, Identity
from streams.gateway.outcome import Refused, Why
from streams.telemetry.trace_context import TRACEPARENT, TRACESTATE, parse

STRUCTURED: Final = "application/cloudevents+json"
BATCHED: Final = "application/cloudevents-batch+json"
VERSION: Final = "1.0"
_PREFIX: Final = b"ce-"
_MARK: Final = b"ce-specversion"
_WANTED: Final = f"{STRUCTURED}, {BATCHED}, or any JSON with {_MARK.decode()} among the headers"
_NAME: Final = re.compile(r"[a-z0-9]+\Z")
_REQUIRED: Final = ("specversion", "id", "source", "type")
_NOT_OBJECT: Final = Refused(Why.BAD_DATA, "/data", "is not a JSON object, or holds a number that is out of range")


class Event(msgspec.Struct):
    """A well-formed event in the JSON format; other extension attributes are passed over."""

    specversion: str
    id: str
    source: str
    type: str
    time: Instant | None = None
    subject: str | None = None
    datacontenttype: str | None = None
    data: dict[str, Any] | None = None
    data_base64: str | None = None
    customer: str | None = None
    anonymousid: str | None = None
    email: str | None = None
    phone: str | None = None
    loyaltycard: str | None = None
    traceparent: Any = None  # of the extension for distributed tracing; whatever else it is, it spoils nothing
    tracestate: Any = None


_one: Final = msgspec.json.Decoder(Event)
_many: Final = msgspec.json.Decoder(list[Event])
_data: Final = msgspec.json.Decoder(dict[str, Any] | None)


def reader(request: Request) -> Callable[[Request], Sequence[Candidate | Refused] | Problem] | None:
    """Return what reads a request in one of the three modes; None where it is in none of them."""
    media_type = request.media_type
    if media_type == STRUCTURED:
        return _structured
    if media_type == BATCHED:
        return _batched
    return _binary if _MARK in request.headers else None


def read(request: Request) -> Sequence[Candidate | Refused] | Problem:
    """Return the events of a request that must hold some."""
    found = reader(request)
    return found(request) if found else Problem(code=Code.MEDIA_TYPE, detail=f"the Content-Type may be {_WANTED}")


def _structured(request: Request) -> Sequence[Candidate | Refused]:
    return [each(request.body, _one, _candidate)]


def _batched(request: Request) -> Sequence[Candidate | Refused] | Problem:
    return array(request.body, _many, _one, _candidate)


def _binary(request: Request) -> Sequence[Candidate | Refused]:
    attributes: dict[str, str] = {}
    for name, value in request.headers.items():
        if not name.startswith(_PREFIX):
            continue
        text, word = _unescaped(value), name[len(_PREFIX) :].decode("latin-1")
        if text is None:
            known = f"/{word}" if _NAME.match(word) else ""
            return [Refused(Why.MALFORMED, known, "the header is not UTF-8, percent-encoded")]
        attributes[word] = text
    return [_from_headers(attributes, request.media_type, request.body)]


def _from_headers(attributes: Mapping[str, str], media_type: str, body: bytes) -> Candidate | Refused:
    for name in _REQUIRED:
        if not attributes.get(name):
            return Refused(Why.MISSING_FIELD, f"/{name}", f"{name} is missing")
    time = from_rfc3339(attributes["time"]) if "time" in attributes else None
    if "time" in attributes and time is None:
        return Refused(Why.BAD_TIME, "/time", "is not RFC 3339 with an offset, such as 2026-05-01T12:00:00Z")
    data = _object(body, media_type)
    return data if isinstance(data, Refused) else _assemble(attributes, time, data)


def _candidate(event: Event) -> Candidate | Refused:
    data: dict[str, Any] | Refused = event.data or {}
    if event.data_base64 is not None:
        try:
            raw = b64decode(event.data_base64, validate=True)
        except ValueError:
            return Refused(Why.BAD_DATA, "/data_base64", "is not base64")
        data = _object(raw, (event.datacontenttype or "").partition(";")[0].strip().lower())
    if isinstance(data, Refused):
        return data
    attributes = {
        "specversion": event.specversion,
        "id": event.id,
        "source": event.source,
        "type": event.type,
        "subject": event.subject or "",
        "customer": event.customer or "",
        "anonymousid": event.anonymousid or "",
        "email": event.email or "",
        "phone": event.phone or "",
        "loyaltycard": event.loyaltycard or "",
        "traceparent": event.traceparent if isinstance(event.traceparent, str) else "",
        "tracestate": event.tracestate if isinstance(event.tracestate, str) else "",
    }
    return _assemble(attributes, None if event.time is None else to_ms(event.time), data)


def _assemble(attributes: Mapping[str, str], time: int | None, data: dict[str, Any]) -> Candidate | Refused:
    if attributes["specversion"] != VERSION:
        return Refused(Why.MALFORMED, "/specversion", f"is not {VERSION}")
    for name in ("id", "source"):  # nothing is filled in for an event: both are its own
        if not attributes[name]:
            return Refused(Why.MISSING_FIELD, f"/{name}", f"{name} is empty")
    who = Identity(
        customer=attributes.get("customer", ""),
        anonymous_id=attributes.get("anonymousid", ""),
        email=attributes.get("email", ""),
        phone=attributes.get("phone", ""),
        loyalty_card=attributes.get("loyaltycard", ""),
    )
    others = who.anonymous_id or who.email or who.phone or who.loyalty_card
    return Candidate(
        type=attributes["type"],
        id=attributes["id"],
        source=attributes["source"],
        time=time,
        subject=attributes.get("subject", ""),
        identity=who,
        data=data,
        links=bool(who.customer and others),
        trace=parse(attributes.get(TRACEPARENT, ""), attributes.get(TRACESTATE, "")),
    )


def _object(raw: bytes, media_type: str) -> dict[str, Any] | Refused:
    """Return data of a media type as the JSON object that it has to be; no type at all is JSON too."""
    if not raw.strip():
        return {}
    if media_type and media_type not in {"application/json", "text/json"} and not media_type.endswith("+json"):
        return Refused(Why.BAD_DATA, "/datacontenttype", "is not JSON")
    try:
        return _data.decode(raw) or {}
    except msgspec.ValidationError:
        return _NOT_OBJECT
    except ERRORS as error:
        return Refused(Why.BAD_DATA, "/data", misfit(error).detail)


def _unescaped(value: bytes) -> str | None:
    """Return the text of a header, which may be quoted and is percent-encoded; None where it is no UTF-8."""
    if len(value) > 1 and value.startswith(b'"') and value.endswith(b'"'):
        value = re.sub(rb"\\(.)", rb"\1", value[1:-1])
    try:
        return unquote_to_bytes(value).decode()
    except UnicodeDecodeError:
        return None
