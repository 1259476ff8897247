"""Amazon SNS: signed with a certificate of Amazon's that the message names.

Anybody may sign messages of a topic of their own there, so only the topics that the secret names are believed, and the
certificate is fetched from an SNS host of Amazon's alone: a bucket has an amazonaws.com name as well.
"""

import base64
import binascii
import re
from typing import Any, Final
from urllib.parse import urlsplit

import msgspec
from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric.padding import PKCS1v15
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicKey
from cryptography.hazmat.primitives.hashes import SHA1, SHA256, HashAlgorithm
from cryptography.x509 import load_pem_x509_certificate

from streams.gateway.incoming import Incoming
from streams.gateway.providers.fetching import Documents
from streams.gateway.providers.mapping import Signature
from streams.gateway.providers.signatures.freshness import is_fresh
from streams.gateway.providers.signatures.words import is_any, of_kind

KEPT_MS: Final = 86_400_000  # of a certificate
_HOST: Final = re.compile(r"sns\.[a-z0-9-]{1,32}\.amazonaws\.com(\.cn)?")
_NOTIFICATION: Final = ("Message", "MessageId", "Subject", "Timestamp", "TopicArn", "Type")
_SUBSCRIPTION: Final = ("Message", "MessageId", "SubscribeURL", "Timestamp", "Token", "TopicArn", "Type")
CONFIRMATION: Final = "SubscriptionConfirmation"


def is_signed(signature: Signature, incoming: Incoming, secret: str, now: int, documents: Documents) -> bool:
    """Whether Amazon signed it for one of the topics, and recently."""
    message = read(incoming)
    timestamp = message.get("Timestamp", "")
    return is_fresh(timestamp, signature.tolerance_ms, now) and is_authentic(message, secret, now, documents)


def read(incoming: Incoming) -> dict[str, str]:
    """Return the texts of the envelope; empty where there is none."""
    try:
        found: dict[str, Any] = msgspec.json.decode(incoming.body, type=dict[str, Any])
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        return {}
    return {name: value for name, value in found.items() if isinstance(value, str)}


def is_authentic(message: dict[str, str], secret: str, now: int, documents: Documents) -> bool:
    """Whether Amazon signed an envelope for one of the topics."""
    if not is_any(message.get("TopicArn", ""), of_kind(secret, "arn:")):
        return False
    hashed = {"1": SHA1, "2": SHA256}.get(message.get("SignatureVersion", ""))
    url = message.get("SigningCertURL", "")
    if hashed is None or not is_amazon(url) or not urlsplit(url).path.endswith(".pem"):
        return False
    certificate = documents.get(url, now, KEPT_MS)
    return certificate is not None and _verifies(certificate, message, hashed())


def is_amazon(url: str) -> bool:
    """Whether an address is one of SNS itself."""
    try:
        parts = urlsplit(url)
        return parts.scheme == "https" and parts.netloc == parts.hostname and bool(_HOST.fullmatch(parts.netloc))
    except ValueError:
        return False


def canonical(message: dict[str, str]) -> bytes:
    """Return what is signed of an envelope."""
    names = _NOTIFICATION if message.get("Type") == "Notification" else _SUBSCRIPTION
    return "".join(f"{name}\n{message[name]}\n" for name in names if name in message).encode("utf-8", "replace")


def _verifies(certificate: bytes, message: dict[str, str], hashed: HashAlgorithm) -> bool:
    try:
        key = load_pem_x509_certificate(certificate).public_key()
        given = base64.b64decode(message.get("Signature", ""), validate=True)
        if not isinstance(key, RSAPublicKey):
            return False
        key.verify(given, canonical(message), PKCS1v15(), hashed)
    except (InvalidSignature, UnsupportedAlgorithm, binascii.Error, ValueError):
        return False
    return True
