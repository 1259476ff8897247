"""Calls of Segment's tracking API, as its own libraries send them: one, or a batch, to our candidates.

`track` is a touchpoint of the type that the event's name stands for, and of the name itself where nobody has said what
it stands for: the door then does with it what its policy for unknown types says. A name that is one of our types takes
its properties as `data`, as they are.
`page` and `screen` are `page.viewed`.
`identify` is `customer.updated` with the traits that rules know, and says that all its keys are one person's.
`alias` says that what was known as `previousId` is `userId`: a link under either kind of key that it may have been.
`group` says to which account somebody belongs. No journey is an account's, so nothing comes of it.
"""

import base64
import binascii
from collections import ChainMap
from collections.abc import Callable, Mapping, Sequence
from typing import Any, Final

import msgspec

from streams.gateway.candidate import Candidate, Identity
from streams.gateway.outcome import Ignored, Refused, Why
from streams.gateway.segment import names, values
from streams.gateway.segment.instants import happened_at
from streams.gateway.segment.people import identity_of
from streams.gateway.segment.properties import data_of, subject_of, traits_of
from streams.gateway.wellformed import mended

Item = Candidate | Ignored | Refused
BATCHES: Final = frozenset({"batch", "import"})

MAX_CALLS: Final = 10_000  # in a batch; more would only be read to be refused
_MAX_AUTHORIZATION: Final = 4096
_NO_ACCOUNTS: Final = Ignored(Why.UNMAPPED, "journeys are of people, not of groups")
_ERRORS: Final = (msgspec.MsgspecError, UnicodeError, RecursionError)


class _Writer(msgspec.Struct):
    """What a body says of its sender."""

    key: str = msgspec.field(default="", name="writeKey")


_decode: Final = msgspec.json.Decoder().decode
_decode_writer: Final = msgspec.json.Decoder(_Writer).decode


def read(call: str, body: bytes, received_at: int | None = None) -> Sequence[Item]:
    """Return what a body means that came as a call (`track`, `batch` ...); never raises.

    `received_at` in ms corrects the clock of a sender that says when it sent.
    """
    try:
        message = _decoded(body)
    except _ERRORS:
        return [Refused(Why.MALFORMED, "", "the body is not JSON")]
    if not isinstance(message, dict):
        return [Refused(Why.MALFORMED, "", "a call is a JSON object")]
    sent_at = message.get("sentAt")
    if call not in BATCHES:
        return _read(call, message, sent_at, received_at)
    batch = message.get("batch")
    if not isinstance(batch, list):
        return [Refused(Why.MISSING_FIELD, "/batch", "a batch has a list of calls")]
    if len(batch) > MAX_CALLS:
        return [Refused(Why.TOO_LARGE, "/batch", f"a batch has at most {MAX_CALLS} calls")] * len(batch)
    context = _object(message, "context")
    return [item for one in batch for item in _of_batch(one, context, sent_at, received_at)]


def write_key(authorization: str, body: bytes) -> str:
    """Return the write key: the user name of basic access, a bearer's token, else what the body says; never raises."""
    scheme, _, credentials = authorization[:_MAX_AUTHORIZATION].strip().partition(" ")
    if scheme.lower() == "bearer":
        return credentials.strip()
    if scheme.lower() == "basic":
        try:
            return base64.b64decode(credentials.strip(), validate=True).decode().partition(":")[0]
        except (binascii.Error, UnicodeError):
            return ""
    try:
        return _decode_writer(mended(body)).key
    except _ERRORS:
        return ""


def _decoded(body: bytes) -> Any:
    try:
        return _decode(body)
    except _ERRORS:
        if (whole := mended(body)) is body:
            raise
        return _decode(whole)


def _of_batch(message: Any, context: dict[str, Any], sent_at: Any, received_at: int | None) -> Sequence[Item]:
    if not isinstance(message, dict):
        return [Refused(Why.MALFORMED, "", "a call is a JSON object")]
    call = message.get("type")
    if not isinstance(call, str) or not call:
        return [Refused(Why.MISSING_FIELD, "/type", "a call in a batch says what it is: track, page ...")]
    if context:  # the call's own before the batch's, which is not copied for each
        message["context"] = ChainMap(_object(message, "context"), context)
    return _read(call, message, message.get("sentAt") or sent_at, received_at)


def _read(call: str, message: dict[str, Any], sent_at: Any, received_at: int | None) -> Sequence[Item]:
    meaning = _MEANINGS.get(call)
    if meaning is None:
        return [Ignored(Why.UNMAPPED, "no such call")]
    at = happened_at(message, sent_at, received_at)
    return [at] if isinstance(at, Refused) else meaning(call, message, at)


def _track(call: str, message: dict[str, Any], at: int | None) -> Sequence[Item]:
    name = message.get("event")
    if not isinstance(name, str) or not name.strip():
        return [Refused(Why.MISSING_FIELD, "/event", "a track call names its event")]
    properties, context = _object(message, "properties"), _context(message)
    alias = names.type_of_event(name)
    type_, data = alias or name, data_of(alias, properties, context.get("locale")) if alias else properties
    version = values.text(_object(context, "app").get("version"))
    if version and type_ == "app.crashed":
        data.setdefault("app_version", version)
    return [_candidate(type_, message, at, data, subject_of(properties), _object(context, "traits"), properties)]


def _view(call: str, message: dict[str, Any], at: int | None) -> Sequence[Item]:
    properties, context = _object(message, "properties"), _context(message)
    type_, page, name = names.type_of_call(call), _object(context, "page"), values.text(message.get("name"))
    data = data_of(type_, properties)
    for found in (values.path(page.get("path")), values.path(page.get("url")), name):
        if found:
            data.setdefault("path", found)
    for key, value in (("name", name), ("category", values.text(message.get("category")))):
        if value:
            data.setdefault(key, value)
    return [_candidate(type_, message, at, data, "", _object(context, "traits"))]


def _identify(call: str, message: dict[str, Any], at: int | None) -> Sequence[Item]:
    traits, before = _object(message, "traits"), _object(_context(message), "traits")
    found = _candidate(names.type_of_call(call), message, at, traits_of(ChainMap(traits, before)), "", traits, before)
    return [msgspec.structs.replace(found, links=True)]


def _alias(call: str, message: dict[str, Any], at: int | None) -> Sequence[Item]:
    before, now = values.text(message.get("previousId")), values.text(message.get("userId"))
    if not before:
        return [Refused(Why.MISSING_FIELD, "/previousId", "an alias call says who somebody was")]
    if not now:
        return [Refused(Why.MISSING_FIELD, "/userId", "an alias call says who somebody is")]
    id_ = values.text(message.get("messageId")) or ""
    return [
        Candidate(
            type=names.type_of_call(call),
            id=f"{id_}-{namespace}" if id_ else "",
            time=at,
            identity=identity,
            data={"to": now, "namespace": namespace},
        )
        for namespace, identity in (
            ("anonymous_id", Identity(anonymous_id=before)),
            ("user_id", Identity(customer=before)),
        )
        if identity.customer != now
    ]


def _group(call: str, message: dict[str, Any], at: int | None) -> Sequence[Item]:
    return [_NO_ACCOUNTS]


_MEANINGS: Final[Mapping[str, Callable[[str, dict[str, Any], int | None], Sequence[Item]]]] = {
    "track": _track,
    "page": _view,
    "screen": _view,
    "identify": _identify,
    "alias": _alias,
    "group": _group,
}


def _candidate(
    type_: str, message: dict[str, Any], at: int | None, data: dict[str, Any], subject: str, *known: Mapping[str, Any]
) -> Candidate:
    id_ = values.text(message.get("messageId")) or ""
    return Candidate(type=type_, id=id_, time=at, subject=subject, identity=identity_of(message, *known), data=data)


def _context(message: Mapping[str, Any]) -> Mapping[str, Any]:
    """Return a call's context, within a batch with the batch's own behind it."""
    context = message.get("context")
    return context if isinstance(context, dict | ChainMap) else {}


def _object(parent: Mapping[str, Any], name: str) -> dict[str, Any]:
    """Return an object within another; an empty one where there is none."""
    value = parent.get(name)
    return value if isinstance(value, dict) else {}
