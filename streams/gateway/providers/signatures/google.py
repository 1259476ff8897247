"""A bearer token that Google signs: Pub/Sub push.

Anybody may get such a token for any audience, so the account that pushes must be named as well.
"""

from typing import Any, Final

import msgspec
from joserfc import jwt
from joserfc.errors import JoseError
from joserfc.jwk import KeySet

from streams.gateway.incoming import Incoming
from streams.gateway.providers.fetching import Documents
from streams.gateway.providers.mapping import Signature
from streams.gateway.providers.signatures.words import is_any, of_kind

KEYS: Final = "https://www.googleapis.com/oauth2/v3/certs"
KEPT_MS: Final = 3_600_000  # Google changes its keys every few days, and names the next one long before
LEEWAY_SEC: Final = 60
MAX_TOKEN_CHARS: Final = 8_000
_ISSUERS: Final = ("https://accounts.google.com", "accounts.google.com")


def is_signed(signature: Signature, incoming: Incoming, secret: str, now: int, documents: Documents) -> bool:
    """Whether Google signed the token for this audience and account, and it is still good."""
    kind, _, token = incoming.headers.get("authorization", "").partition(" ")
    audiences, accounts = of_kind(secret, "aud:"), of_kind(secret, "email:")
    if kind.lower() != "bearer" or len(token) > MAX_TOKEN_CHARS or not audiences or not accounts:
        return False
    claims = _claims(token.strip(), documents.get(KEYS, now, KEPT_MS))
    return (
        claims.get("iss") in _ISSUERS
        and claims.get("email_verified") is True
        and _is_good(claims, now)
        and _is_one(claims.get("aud"), audiences)
        and _is_one(claims.get("email"), accounts)
    )


def _claims(token: str, keys: bytes | None) -> dict[str, Any]:
    if keys is None:
        return {}
    try:
        found = KeySet.import_key_set(msgspec.json.decode(keys))
        return dict(jwt.decode(token, found, algorithms=["RS256"]).claims)
    except (JoseError, msgspec.DecodeError, ValueError, TypeError, KeyError, AttributeError):
        return {}


def _is_good(claims: dict[str, Any], now: int) -> bool:
    ends_at = claims.get("exp")
    return isinstance(ends_at, int | float) and now / 1000 < ends_at + LEEWAY_SEC


def _is_one(value: Any, words: list[bytes]) -> bool:
    return isinstance(value, str) and is_any(value, words)
