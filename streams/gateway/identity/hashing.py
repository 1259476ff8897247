"""The keyed hash under which e-mail addresses, phone numbers and cards travel."""

import hashlib
import hmac
from typing import Final

HASH_CHARS: Final = 32  # of the hexadecimal digest: 128 bits, which no two people share by chance
MIN_SECRET_BYTES: Final = 32  # as many as the hash gives; a shorter one could be found by trying


class Hasher:
    """HMAC-SHA256 (RFC 2104) under the deployment's secret: without it nobody can try addresses one by one.

    A new secret gives everybody new keys, and journeys begin anew: it is made once and kept as long as the data.
    """

    def __init__(self, secret: bytes) -> None:
        """Keep the secret; raise ValueError for one that can be guessed."""
        if len(secret) < MIN_SECRET_BYTES:
            raise ValueError(f"the identity secret has {len(secret)} bytes, fewer than {MIN_SECRET_BYTES}")
        self._keyed = hmac.new(secret, digestmod=hashlib.sha256)

    def __call__(self, namespace: str, value: str) -> str:
        """Return `namespace:digest`; the namespace is hashed too, so that equal texts of two kinds differ."""
        keyed = self._keyed.copy()
        keyed.update(f"{namespace}\0{value}".encode("utf-8", "surrogatepass"))
        return f"{namespace}:{keyed.hexdigest()[:HASH_CHARS]}"
