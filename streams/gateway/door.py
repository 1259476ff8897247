"""The door: one candidate in, a touchpoint for its topic or the reason why not out. No I/O; the time is an argument."""

import hashlib
import uuid
from collections.abc import Sequence
from enum import StrEnum
from typing import Any, Final

import msgspec
from msgspec.structs import astuple

from streams.codec import catalogue, checks
from streams.codec.events import EventSchemas
from streams.gateway.candidate import Candidate, Identity
from streams.gateway.identity.hashing import Hasher
from streams.gateway.identity.masks import Masks
from streams.gateway.identity.resolve import ANONYMOUS, keys_of, namespace_of
from streams.gateway.keys.key import Key, Kind
from streams.gateway.outcome import Admitted, Ignored, Refused, Verdict, Why
from streams.gateway.suggestions import Suggestions
from streams.touchpoints.rejection import Reason, Rejection
from streams.touchpoints.touchpoint import MAX_DATA_BYTES, Touchpoint
from streams.touchpoints.vocabulary import Vocabulary

LINKED: Final = "identity.linked"
LEAST_ANONYMOUS: Final = 16  # characters of an anonymous id that nobody guesses
_WHY: Final = {
    Reason.MISSING_FIELD: Why.MISSING_FIELD,
    Reason.UNKNOWN_TYPE: Why.UNKNOWN_TYPE,
    Reason.BAD_TIME: Why.BAD_TIME,
    Reason.BAD_DATA: Why.BAD_DATA,
    Reason.TOO_LARGE: Why.TOO_LARGE,
}
_NOT_STORABLE: Final = Refused(Why.BAD_DATA, "/data", "is nested too deeply, or holds what JSON cannot")
_MEMBERS: Final = frozenset({*checks.REQUIRED, "subject", "time", "data"})  # that a detail may begin with
_encode: Final = msgspec.json.Encoder().encode


class Unknown(StrEnum):
    """What is done with types that the vocabulary does not have."""

    REFUSE = "refuse"  # the sender is told
    IGNORE = "ignore"  # answered as a success, counted, and dropped


class Door:
    """Checks, keys and masks candidates."""

    def __init__(
        self, vocabulary: Vocabulary, schemas: EventSchemas, hasher: Hasher, masks: Masks, region: str = ""
    ) -> None:
        self._schemas = schemas
        self._hasher = hasher
        self._masks = masks
        self._region = region
        self._suggest = Suggestions(vocabulary)
        self._prefix, self._made = f"{uuid.uuid4().hex}-", 0  # of ids: a tenth of a new one for each
        self._topics = {kind.name: f"{catalogue.TOUCHPOINTS}{kind.topic}" for kind in vocabulary.kinds.values()}
        self._anonymous = {kind.name for kind in vocabulary.kinds.values() if kind.may_be_anonymous}

    def admit(self, candidate: Candidate, key: Key, now: int, unknown: Unknown = Unknown.REFUSE) -> Verdict:
        """Return what becomes of a candidate that came with a key at a time."""
        # All at once: compiled, a field of a struct costs as much as three quarters of this.
        type_, id_, source, time, subject, identity, raw, links, trace = astuple(candidate)
        topic = self._topics.get(type_)
        if topic is None:
            return self._unknown(type_, now, unknown)
        if not key.may_send(type_):
            return Refused(Why.NOT_ALLOWED, "/type", "this key may not send this type")
        if source and not key.may_speak_for(source):
            return Refused(Why.NOT_ALLOWED, "/source", "this key may not speak for this source")
        keys = keys_of(identity, self._hasher, self._region)
        if not keys and type_ not in self._anonymous:
            return Refused(Why.MISSING_CUSTOMER, "/customer", "nothing says whose touchpoint it is")
        data = self._data(type_, raw)
        if not isinstance(data, bytes):
            return data
        touchpoint = Touchpoint(
            id_ or self._new_id(),
            source or key.source,
            type_,
            now if time is None else time,
            keys[0] if keys else "",
            subject,
            data,
        )
        if rejection := checks.check(touchpoint) or checks.check_ahead(touchpoint, now):
            return _refused(rejection)
        if type_ == LINKED and not _may_link(key, identity, keys[0]):
            return Refused(Why.NOT_ALLOWED, "/customer", "a browser's key links anonymous ids, of a length, alone")
        if not links or not key.may_send(LINKED):
            return Admitted(touchpoint, topic, (), trace)
        weaker = [each for each in keys[1:] if _may_link(key, identity, each)]
        return Admitted(touchpoint, topic, self._links(touchpoint, weaker), trace)

    def _new_id(self) -> str:
        self._made += 1
        return self._prefix + str(self._made)

    def _data(self, type_: str, data: dict[str, Any]) -> bytes | Refused:
        """Return data as it travels: what was sent is checked, and only then masked."""
        try:
            if problems := self._schemas.validate_object(type_, data):
                return Refused(Why.BAD_DATA, problems[0].pointer, problems[0].reason)
            return self._masked(type_, data) if data else b""
        except (RecursionError, ValueError, OverflowError):  # what a decoder takes need not fit through all the others
            return _NOT_STORABLE

    def _masked(self, type_: str, data: dict[str, Any]) -> bytes | Refused:
        """Return masked data, encoded once where nothing is masked; what is too large is not looked at."""
        try:
            encoded = _encode(data)
        except RecursionError:  # masks cut it off
            return _encode(self._masks.apply(type_, data))
        if len(encoded) > MAX_DATA_BYTES:
            return Refused(Why.TOO_LARGE, "/data", f"data is {len(encoded)} bytes, more than {MAX_DATA_BYTES}")
        if self._masks.are_needless(type_, data, encoded):
            return encoded
        masked = self._masks.apply(type_, data)
        return encoded if masked is data else _encode(masked)

    def _unknown(self, type_: str, now: int, unknown: Unknown) -> Verdict:
        if not type_:
            return Refused(Why.MISSING_FIELD, "/type", "type is missing")
        if unknown is Unknown.IGNORE:
            return Ignored(Why.UNKNOWN_TYPE, "the vocabulary has no such type")
        return Refused(Why.UNKNOWN_TYPE, "/type", "the vocabulary has no such type", self._suggest(type_, now))

    def _links(self, touchpoint: Touchpoint, keys: Sequence[str]) -> tuple[Admitted, ...]:
        """Say under each weaker key that it is the strongest one's, once and for all: the id is that of the pair."""
        topic, strongest = self._topics[touchpoint.type], touchpoint.customer
        links = [_link(touchpoint, weaker, strongest) for weaker in keys]
        return tuple(Admitted(link, topic) for link in links if checks.check(link) is None)


def _may_link(key: Key, identity: Identity, linked: str) -> bool:
    """Return whether a key may say whose another key is.

    Anybody can read a browser's key. With it a page gives away its own past: an anonymous id, which nobody else knows
    if it is long enough. An address, a number, a card or a customer id can be guessed, and so would be somebody else's.
    """
    if key.kind is not Kind.BROWSER:
        return True
    anonymous = identity.anonymous_id
    return len(anonymous) >= LEAST_ANONYMOUS and linked == f"{ANONYMOUS}:{anonymous}"


def _link(touchpoint: Touchpoint, weaker: str, strongest: str) -> Touchpoint:
    pair = f"{weaker}\0{strongest}".encode("utf-8", "surrogatepass")
    id_ = f"link-{hashlib.sha256(pair).hexdigest()[:32]}"
    data = _encode({"to": strongest, "namespace": namespace_of(weaker)})
    return Touchpoint(id_, touchpoint.source, LINKED, touchpoint.time, weaker, "", data)


def _refused(rejection: Rejection) -> Refused:
    why = _WHY.get(rejection.reason, Why.MALFORMED)
    word = rejection.detail.partition(" ")[0]
    return Refused(why, f"/{word}" if word in _MEMBERS else "", rejection.detail)
