"""Touchpoints in our own JSON form: one object, an array of them, or one a line.

The names are those of the JSON form everywhere else. `id`, `source` and `time` may be left out; `identity` says what
else is known of the person, and with `customer` beside it that all of it is that customer's.
"""

from collections.abc import Callable, Sequence
from datetime import datetime
from typing import Annotated, Any, Final, TypeVar

import msgspec

from streams.codec.times import to_ms
from streams.gateway.api.misfits import ERRORS, misfit
from streams.gateway.api.problems import Code, Problem
from streams.gateway.api.split import split
from streams.gateway.candidate import Candidate, Identity
from streams.gateway.outcome import Refused
from streams.gateway.wellformed import mended

LINES: Final = frozenset({"application/x-ndjson", "application/ndjson", "application/jsonl", "application/x-jsonlines"})
# Pages that send while they close may name no other type than text/plain without asking first.
JSON: Final = "application/json"
WHOLE: Final = frozenset({JSON, "text/json", "text/plain"})
_WANTED: Final = "application/json, application/x-ndjson or a CloudEvents type"
_SPACE: Final = b" \t\r\n"
_NOT_JSON: Final = Problem(code=Code.MALFORMED, detail="the body is not JSON")
_NOBODY: Final = Identity()

Instant = Annotated[datetime, msgspec.Meta(tz=True)]
Shape = TypeVar("Shape")


class Person(msgspec.Struct, forbid_unknown_fields=True, gc=False):
    """What is known of a person beside the customer id; all of it is hashed at the door but the anonymous id."""

    anonymous_id: str | None = None
    email: str | None = None
    phone: str | None = None
    loyalty_card: str | None = None


class Item(msgspec.Struct, gc=False):
    """A well-formed item; members that are null are as good as missing, and unknown ones are passed over."""

    type: str | None = None
    id: str | None = None
    source: str | None = None
    time: Instant | None = None
    customer: str | None = None
    subject: str | None = None
    data: dict[str, Any] | None = None
    identity: Person | None = None


_one: Final = msgspec.json.Decoder(Item)
_many: Final = msgspec.json.Decoder(list[Item])
_raws: Final = msgspec.json.Decoder(list[msgspec.Raw])


def read(body: bytes, media_type: str) -> Sequence[Candidate | Refused] | Problem:
    """Return the items of a body in their order."""
    if media_type in LINES:
        return lines(body)
    if media_type not in WHOLE:
        return Problem(code=Code.MEDIA_TYPE, detail=f"the Content-Type may be {_WANTED}")
    if not body.lstrip(_SPACE).startswith(b"["):
        found = each(body, _one, candidate)
        return _NOT_JSON if isinstance(found, Refused) and not _is_json(body) else [found]
    return array(body, _many, _one, candidate)


def array(
    body: bytes,
    many: msgspec.json.Decoder[list[Shape]],
    one: msgspec.json.Decoder[Shape],
    make: Callable[[Shape], Candidate | Refused],
) -> Sequence[Candidate | Refused] | Problem:
    """Return the items of a JSON array: all at once where all are well-formed, else one by one."""
    try:
        return [make(item) for item in many.decode(body)]
    except ERRORS:
        body = mended(body)
    try:
        items: Sequence[bytes | msgspec.Raw] | None = _raws.decode(body)
    except RecursionError:
        items = split(body)
    except ERRORS:
        items = None
    return _NOT_JSON if items is None else [each(item, one, make) for item in items]


def each(
    text: bytes | msgspec.Raw, one: msgspec.json.Decoder[Shape], make: Callable[[Shape], Candidate | Refused]
) -> Candidate | Refused:
    """Return one item, or where it has another shape."""
    try:
        return make(one.decode(text))
    except ERRORS as error:
        sent = bytes(text)
        whole = mended(sent)
        return misfit(error) if whole is sent else each(whole, one, make)


def lines(body: bytes) -> Sequence[Candidate | Refused]:
    """Return the items of a body that has one a line."""
    try:
        return [candidate(item) for item in _one.decode_lines(body)]
    except ERRORS:
        return [each(line, _one, candidate) for line in body.split(b"\n") if line.strip(_SPACE)]


def candidate(item: Item) -> Candidate:
    """Return an item in the gateway's words."""
    customer, person = item.customer or "", item.identity
    if person is not None:
        who = Identity(
            customer=customer,
            anonymous_id=person.anonymous_id or "",
            email=person.email or "",
            phone=person.phone or "",
            loyalty_card=person.loyalty_card or "",
        )
    else:
        who = Identity(customer=customer) if customer else _NOBODY
    return Candidate(
        type=item.type or "",
        id=item.id or "",
        source=item.source or "",
        time=None if item.time is None else to_ms(item.time),
        subject=item.subject or "",
        identity=who,
        data=item.data or {},
        links=bool(customer) and person is not None,
    )


def _is_json(body: bytes) -> bool:
    try:
        msgspec.json.decode(body)
    except msgspec.ValidationError:
        return True  # JSON with a number that nothing here can hold
    except ERRORS:
        return False
    return True
