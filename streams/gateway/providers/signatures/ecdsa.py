"""ECDSA over a time and the body, checked with the provider's public key: SendGrid."""

import base64
import binascii
from functools import lru_cache

from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric.ec import ECDSA, EllipticCurvePublicKey
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import load_der_public_key

from streams.gateway.incoming import Incoming
from streams.gateway.providers.mapping import Signature
from streams.gateway.providers.signatures.freshness import is_fresh
from streams.gateway.providers.signatures.headers import said
from streams.gateway.providers.signatures.words import secrets


def is_signed(signature: Signature, incoming: Incoming, secret: str, now: int) -> bool:
    """Whether the owner of one of the public keys signed it recently; the secret is public keys in base64."""
    timestamp = said(incoming, signature.timestamp)
    if not is_fresh(timestamp, signature.tolerance_ms, now):
        return False
    try:
        given = base64.b64decode(said(incoming, signature.header), validate=True)
    except (binascii.Error, ValueError):
        return False
    message = timestamp.encode() + incoming.body
    return any(_verifies(key, given, message) for word in secrets(secret) if (key := _key(word)) is not None)


def _verifies(key: EllipticCurvePublicKey, given: bytes, message: bytes) -> bool:
    try:
        key.verify(given, message, ECDSA(SHA256()))
    except InvalidSignature:
        return False
    return True


@lru_cache(maxsize=16)
def _key(word: bytes) -> EllipticCurvePublicKey | None:
    try:
        key = load_der_public_key(base64.b64decode(word))
    except (ValueError, UnsupportedAlgorithm):
        return None
    return key if isinstance(key, EllipticCurvePublicKey) else None
