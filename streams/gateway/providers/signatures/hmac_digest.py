"""A keyed digest in a header: over the body, or over a time, an id and the body.

The header may hold several, parted by spaces, as Standard Webhooks have it while a secret is being changed.
"""

import base64
import binascii
import hmac
from typing import Final

from streams.gateway.incoming import Incoming
from streams.gateway.providers.mapping import Signature
from streams.gateway.providers.signatures.freshness import is_fresh
from streams.gateway.providers.signatures.headers import said
from streams.gateway.providers.signatures.words import is_any, secrets

MAX_PROOFS: Final = 8  # of one header that are looked at
_STANDARD: Final = b"whsec_"  # before a key in base64, in Standard Webhooks


def is_signed(signature: Signature, incoming: Incoming, secret: str, now: int) -> bool:
    """Whether one of the secrets made one of the digests, and recently where a time is signed."""
    timestamp = said(incoming, signature.timestamp)
    if signature.timestamp.header and not is_fresh(timestamp, signature.tolerance_ms, now):
        return False
    message = _message(signature, incoming, timestamp)
    keys = (_key(signature, word) for word in secrets(secret))
    digests = [_encoded(signature, hmac.digest(key, message, signature.hash)) for key in keys if key]
    return any([is_any(given, digests) for given in _given(signature, incoming)])  # noqa: C419 # looks at every one


def _given(signature: Signature, incoming: Incoming) -> list[str]:
    texts = said(incoming, signature.header).split()[:MAX_PROOFS]
    found = [text.removeprefix(signature.prefix) for text in texts if text.startswith(signature.prefix)]
    return [text.lower() for text in found] if signature.encoding == "hex" else found


def _message(signature: Signature, incoming: Incoming, timestamp: str) -> bytes:
    """Return what is signed; braces in the body mean nothing."""
    id_ = said(incoming, signature.id)
    before, _, after = (
        part.replace("{timestamp}", timestamp).replace("{id}", id_).encode("utf-8", "replace")
        for part in signature.message.partition("{body}")
    )
    return before + incoming.body + after


def _encoded(signature: Signature, digest: bytes) -> bytes:
    return base64.b64encode(digest) if signature.encoding == "base64" else digest.hex().encode()


def _key(signature: Signature, word: bytes) -> bytes:
    """Return the key that a secret stands for; empty where it is none."""
    try:
        if signature.key == "hex":
            return binascii.unhexlify(word)
        return base64.b64decode(word.removeprefix(_STANDARD)) if signature.key == "base64" else word
    except binascii.Error:
        return b""
