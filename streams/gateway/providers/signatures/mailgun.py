"""Mailgun: a keyed digest over a time and a token, all three in the body.

The rest of the body is not covered. That is how the provider does it: the address of the webhook must stay secret too.
"""

import hmac
from typing import Any, Final

import msgspec

from streams.gateway.incoming import Incoming
from streams.gateway.providers.fields import fields_of
from streams.gateway.providers.mapping import Signature
from streams.gateway.providers.signatures.freshness import is_fresh
from streams.gateway.providers.signatures.words import is_any, secrets

_FIELDS: Final = ("timestamp", "token", "signature")


def is_signed(signature: Signature, incoming: Incoming, secret: str, now: int) -> bool:
    """Whether one of the signing keys made the digest recently."""
    proof = _proof(incoming)
    timestamp, token, given = (proof.get(name) for name in _FIELDS)
    if not isinstance(token, str) or not isinstance(given, str) or not isinstance(timestamp, str | int):
        return False
    if not is_fresh(str(timestamp), signature.tolerance_ms, now):
        return False
    message = f"{timestamp}{token}".encode("utf-8", "replace")
    return is_any(given.lower(), [hmac.digest(key, message, "sha256").hex().encode() for key in secrets(secret)])


def _proof(incoming: Incoming) -> dict[str, Any]:
    """Return the three fields of a JSON event, or of the form of an inbound route."""
    try:
        event = msgspec.json.decode(incoming.body)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        return dict(fields_of(incoming) or ())
    proof = event.get("signature") if isinstance(event, dict) else None
    return proof if isinstance(proof, dict) else {}
