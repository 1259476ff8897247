"""One event of a provider as a candidate, or why it is none. Pure: the time of the event is in the event."""

import hashlib
import hmac
from collections.abc import Mapping as Map
from typing import Any, Final

import msgspec

from streams.gateway.candidate import Candidate, Identity
from streams.gateway.outcome import Ignored, Refused, Why
from streams.gateway.providers.bodies import Event
from streams.gateway.providers.expression import Template, Wrong
from streams.gateway.providers.mapping import Mapping
from streams.gateway.providers.path import Scope, shown

ID_CHARS: Final = 32  # of a made id: 128 bits
_encode: Final = msgspec.json.Encoder(order="deterministic").encode


def read_event(mapping: Mapping, event: Event, id_key: bytes) -> Candidate | Ignored | Refused:
    """Return what an event stands for."""
    name = name_of(mapping, event)
    if isinstance(name, Refused):
        return name
    alias = mapping.alias_of(name)
    if alias is None:
        return Ignored(Why.UNMAPPED, "this event of the provider stands for no touchpoint")
    type_, scope = mapping.aliases[alias], event.scope
    time = mapping.time.value(scope) if mapping.time else None
    if isinstance(time, Wrong) or (time is not None and not isinstance(time, int)):
        return Refused(Why.BAD_TIME, mapping.time.pointer if mapping.time else "", "this is no time of the form mapped")
    id_ = mapping.id.value(scope) if mapping.id else None
    subject = mapping.subject[type_].value(scope) if type_ in mapping.subject else None
    identity = _values(mapping.identity.get(type_, {}), scope)
    data = _values(mapping.data.get(type_, {}), scope)
    for made in (id_, subject, identity, data):
        if isinstance(made, Wrong):
            return Refused(Why.BAD_DATA, made.pointer, f"this does not fit `{made.wanted}`")
    candidate = Candidate(
        type=type_,
        id=shown(id_) if id_ is not None else "",
        time=time,
        subject=shown(subject) if subject is not None else "",
        identity=Identity(**{key: shown(value) for key, value in identity.items()}),
        data=data,
        links=type_ in mapping.links,
    )
    return candidate if candidate.id else msgspec.structs.replace(candidate, id=_made_id(candidate, id_key))


def name_of(mapping: Mapping, event: Event) -> str | Refused:
    """Return the vendor's name of an event."""
    name = mapping.event.value(event.scope)
    if isinstance(name, Wrong) or name is None:
        return Refused(Why.MISSING_FIELD, mapping.event.pointer, "the name of the event is missing")
    return f"{event.word}:{name}" if event.word else str(name)


def _values(templates: Map[str, Template], scope: Scope) -> Any:
    """Return what is there of each field, or the first that is wrong."""
    found: dict[str, Any] = {}
    for field, template in templates.items():
        value = template.value(scope)
        if isinstance(value, Wrong):
            return value
        if value is not None:
            found[field] = value
    return found


def _made_id(candidate: Candidate, key: bytes) -> str:
    """Return an id made of what was said, so that saying it again is a duplicate.

    Without a key, addresses and numbers stay out of it: whoever holds the rest could try them one by one.
    """
    identity = candidate.identity if key else Identity(customer=candidate.identity.customer)
    content = (candidate.type, candidate.time, candidate.subject, identity, candidate.data)
    return hmac.new(key, _encode(content), hashlib.sha256).hexdigest()[:ID_CHARS]
