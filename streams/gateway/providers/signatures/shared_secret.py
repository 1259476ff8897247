"""No signature: the provider sends the secret itself along, as basic or bearer authorization or in a header.

Basic authorization counts as a whole, `user:password`; it holds over TLS only.
"""

import base64
import binascii

from streams.gateway.incoming import Incoming
from streams.gateway.providers.mapping import Signature
from streams.gateway.providers.signatures.headers import said
from streams.gateway.providers.signatures.words import is_any, secrets


def is_signed(signature: Signature, incoming: Incoming, secret: str, now: int) -> bool:
    """Whether one of the secrets came along."""
    kind, _, rest = incoming.headers.get("authorization", "").partition(" ")
    given: list[str | bytes] = [said(incoming, signature.header)]
    if kind.lower() == "bearer":
        given.append(rest.strip())
    elif kind.lower() == "basic":
        try:
            given.append(base64.b64decode(rest.strip(), validate=True))
        except (binascii.Error, ValueError):
            return False
    expected = secrets(secret)
    return any([is_any(each, expected) for each in given])  # noqa: C419 # looks at every one
