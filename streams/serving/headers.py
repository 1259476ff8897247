"""Headers that every answer has, unless it says otherwise itself: nothing is loaded, framed, sniffed or kept."""

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


def guards(*, is_tls: bool) -> tuple[tuple[bytes, bytes], ...]:
    """Return them."""
    return tuple((DEFAULTS | _TLS if is_tls else DEFAULTS).items())


def security_headers(*, is_tls: bool) -> BeforeMessageSendHookHandler:
    """Return a hook that adds what an answer does not have, whoever made it."""
    headers = guards(is_tls=is_tls)

    async def add(message: Message, _: Scope) -> None:
        if message["type"] == "http.response.start":
            given: Any = message["headers"]
            names = {name.lower() for name, _ in given}
            message["headers"] = [*given, *(each for each in headers if each[0] not in names)]

    return add
