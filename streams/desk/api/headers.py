"""Headers that every answer has, unless its page says otherwise: nothing is loaded, framed, sniffed or kept."""

from typing import Any, Final

from litestar.types import BeforeMessageSendHookHandler, Message, Scope

DEFAULTS: Final[dict[bytes, bytes]] = {
    b"content-security-policy": b"default-src 'none'; frame-ancestors 'none'; base-uri 'none'; form-action 'none'",
    b"x-content-type-options": b"nosniff",
    b"x-frame-options": b"DENY",
    b"referrer-policy": b"no-referrer",
    b"cross-origin-opener-policy": b"same-origin",
    b"cross-origin-resource-policy": b"same-origin",
    b"permissions-policy": b"camera=(), geolocation=(), microphone=()",
    b"cache-control": b"no-store",
}
_TLS: Final[dict[bytes, bytes]] = {b"strict-transport-security": b"max-age=31536000"}


def security_headers(*, is_tls: bool) -> BeforeMessageSendHookHandler:
    """Return a hook that adds what an answer does not have, whoever made it."""
    headers = DEFAULTS | _TLS if is_tls else DEFAULTS

    async def add(message: Message, _: Scope) -> None:
        if message["type"] == "http.response.start":
            given: Any = list(message["headers"])
            names = {name.lower() for name, _ in given}
            message["headers"] = [*given, *((name, value) for name, value in headers.items() if name not in names)]

    return add
