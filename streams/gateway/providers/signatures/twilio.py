"""Twilio: a keyed digest over the address that was called and the fields of the form in their order.

For a JSON body the address carries the body's digest as `bodySHA256`, and only the address is signed. A proxy may have
added or taken away the standard port, so the address counts with and without it.
"""

import base64
import hashlib
import hmac
from typing import Final
from urllib.parse import urlsplit, urlunsplit

from streams.gateway.incoming import Incoming
from streams.gateway.providers.fields import fields_of
from streams.gateway.providers.mapping import Signature
from streams.gateway.providers.signatures.headers import said
from streams.gateway.providers.signatures.words import is_any, secrets

_PORTS: Final = {"https": 443, "http": 80}


def is_signed(signature: Signature, incoming: Incoming, secret: str, now: int) -> bool:
    """Whether one of the auth tokens made the digest."""
    digest = incoming.query.get("bodySHA256", "")
    if digest:
        if not hmac.compare_digest(
            digest.lower().encode("utf-8", "replace"), hashlib.sha256(incoming.body).hexdigest().encode()
        ):
            return False
        fields = ""
    else:
        pairs = fields_of(incoming)
        if pairs is None:
            return False
        fields = "".join(name + value for name, value in sorted(set(pairs)))
    expected = [
        base64.b64encode(hmac.digest(key, (url + fields).encode("utf-8", "replace"), "sha1"))
        for key in secrets(secret)
        for url in _spellings(incoming.url)
    ]
    return is_any(said(incoming, signature.header), expected)


def _spellings(url: str) -> tuple[str, ...]:
    """Return the address without and with its standard port."""
    try:
        parts = urlsplit(url)
        port = parts.port
    except ValueError:
        return (url,)
    standard = _PORTS.get(parts.scheme)
    if not parts.hostname or standard is None or port not in (None, standard):
        return (url,)
    host = parts.netloc.removesuffix(f":{standard}")
    return urlunsplit(parts._replace(netloc=host)), urlunsplit(parts._replace(netloc=f"{host}:{standard}"))
