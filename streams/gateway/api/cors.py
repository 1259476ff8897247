"""Which pages may read our answers: those of the origins that some browser key names, and no other.

What a page may send is for its own key to say (`callers`); this is only about what its browser lets it do and see.
"""

from typing import Final

from streams.gateway.api.reply import Reply
from streams.gateway.port import KeyRing

_METHODS: Final = "POST"
_HEADERS: Final = "authorization, content-encoding, content-type, idempotency-key, x-write-key"
_KEPT_SEC: Final = 600  # a browser remembers for so long what it was told
_VARY: Final = ((b"vary", b"origin"),)
_Headers = tuple[tuple[bytes, bytes], ...]


def preflight(origin: str, ring: KeyRing) -> Reply:
    """Return the answer to a browser that asks before it sends."""
    headers = {"Allow": f"{_METHODS}, OPTIONS"}
    if origin in ring.origins():
        headers |= {
            "Access-Control-Allow-Methods": _METHODS,
            "Access-Control-Allow-Headers": _HEADERS,
            "Access-Control-Max-Age": str(_KEPT_SEC),
        }
    return Reply(204, headers=headers)


def headers(origin: str, ring: KeyRing) -> _Headers:
    """Return the headers of any answer to a page.

    Credentials are allowed since `sendBeacon` always sends them along; no route that has these headers reads cookies.
    """
    if origin not in ring.origins():
        return _VARY
    return (
        (b"access-control-allow-origin", origin.encode("latin-1")),
        (b"access-control-allow-credentials", b"true"),
        (b"access-control-expose-headers", b"retry-after"),
        (b"cross-origin-resource-policy", b"cross-origin"),
        *_VARY,
    )
