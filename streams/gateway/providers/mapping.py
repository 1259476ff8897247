"""A mapping file as data: where a provider says what, what we call it, and how it signs."""

from collections.abc import Mapping as Map
from enum import StrEnum

import msgspec

from streams.gateway.providers.expression import Expression, Joined, Template
from streams.gateway.providers.path import Path

MAX_NAME_CHARS = 256  # of an event; no provider has longer ones
IDENTITIES = ("customer", "anonymous_id", "email", "phone", "loyalty_card")


class Form(StrEnum):
    """What bodies look like."""

    JSON = "json"
    FORM = "form"  # application/x-www-form-urlencoded
    NDJSON = "ndjson"
    CSV = "csv"  # the first line names the columns


class Wrapping(StrEnum):
    """How an event is wrapped inside a text of the body."""

    JSON = "json"
    BASE64_JSON = "base64 json"


class Scheme(StrEnum):
    """How a provider proves that a request is its own."""

    HMAC = "hmac"  # a keyed digest in a header, over the body and often a time
    ECDSA = "ecdsa"  # over a time and the body, with a public key
    MAILGUN = "mailgun"  # a keyed digest over a time and a token, all in the body
    TWILIO = "twilio"  # a keyed digest over the address and the sorted fields
    SNS = "sns"  # Amazon SNS: a certificate of Amazon's
    GOOGLE = "google"  # a bearer token that Google signs
    SECRET = "secret"  # noqa: S105 # the name of a scheme: no signature, the secret itself is sent along


class Handshake(StrEnum):
    """What a provider asks before it sends anything."""

    HUB = "hub"  # Meta: GET with hub.challenge
    PING = "ping"  # WooCommerce: an unsigned form that holds nothing but webhook_id


class Place(msgspec.Struct, frozen=True):
    """A header, or one part of a header that reads `t=...,v1=...`."""

    header: str  # in lower case
    part: str = ""


class Signature(msgspec.Struct, frozen=True, kw_only=True):
    """How a provider signs; which of the members count depends on the scheme."""

    scheme: Scheme
    header: Place = Place("")
    timestamp: Place = Place("")
    id: Place = Place("")
    tolerance_ms: int = 300_000
    hash: str = "sha256"
    encoding: str = "hex"
    prefix: str = ""
    message: str = "{body}"
    key: str = "text"


class Found(msgspec.Struct, frozen=True):
    """Where events are; their names begin with the word. A later one counts only where none before it did."""

    path: Path
    word: str = ""
    is_last_resort: bool = False


class Mapping(msgspec.Struct, frozen=True, kw_only=True):
    """One provider. `subject`, `identity` and `data` are by touchpoint type, and only for types of `aliases`."""

    name: str
    vendor: str
    reference: str
    aliases: Map[str, str]
    forms: tuple[Form, ...]
    signatures: tuple[Signature, ...]  # any of them will do
    handshake: Handshake | None
    unwrap: Path | None
    wrapping: Wrapping
    events: tuple[Found, ...]
    event: Joined  # the name of an event
    id: Joined | None
    time: Expression | None
    subject: Map[str, Template]
    identity: Map[str, Map[str, Template]]
    data: Map[str, Map[str, Template]]
    links: frozenset[str]

    def alias_of(self, name: str) -> str | None:
        """Return which alias a vendor's name falls under: the whole name, or as much as there is before a colon."""
        if len(name) > MAX_NAME_CHARS:
            return None
        while name not in self.aliases:
            name, colon, _ = name.rpartition(":")
            if not colon:
                return None
        return name
