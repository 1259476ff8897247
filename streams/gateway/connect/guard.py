"""Who may see the page: whoever has shown the admin token in this browser, for some hours."""

import hashlib
import hmac
from collections.abc import Callable
from typing import Any, Final

from litestar import Request
from litestar.datastructures import Cookie

AnyRequest = Request[Any, Any, Any]
COOKIE: Final = "touchpoint_connect"
PATH: Final = "/connect"
LIVES_SEC: Final = 8 * 3_600


class Guard:
    """Signs people in and knows them again.

    Nothing is kept: the cookie is a time and its signature under the token, so it holds in all processes that have the
    token, and none holds when the token is another. Where a request comes from counts for nothing, since behind a
    reverse proxy everybody comes from this machine.
    """

    def __init__(self, token: str, now: Callable[[], int], *, is_secure: bool = False) -> None:
        """Keep the token (`admin_token`); `is_secure`: served by HTTPS, so the cookie never goes without."""
        self._token = _hash(token)
        self._key = _hash(f"cookie of {PATH}: {token}")
        self._now = now
        self._is_secure = is_secure

    def sign_in(self, token: str) -> Cookie | None:
        """Return the cookie for whoever shows the token; None for any other text."""
        if not hmac.compare_digest(_hash(token), self._token):
            return None
        until = str(self._now() + LIVES_SEC * 1_000)
        return Cookie(
            key=COOKIE,
            value=f"{until}.{self._sign(until)}",
            path=PATH,
            max_age=LIVES_SEC,
            httponly=True,
            samesite="strict",
            secure=self._is_secure,
        )

    def is_allowed(self, request: AnyRequest) -> bool:
        """Whether the request carries a cookie of ours that still holds."""
        until, _, signature = request.cookies.get(COOKIE, "").partition(".")
        is_ours = hmac.compare_digest(self._sign(until).encode(), signature.encode(errors="replace"))
        return is_ours and until.isdecimal() and int(until) > self._now()

    def _sign(self, until: str) -> str:
        return hmac.new(self._key, until.encode(errors="replace"), hashlib.sha256).hexdigest()


def _hash(text: str) -> bytes:
    return hashlib.sha256(text.encode(errors="replace")).digest()
