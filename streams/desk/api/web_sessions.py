"""Sessions as a web framework sees them: requests in, cookies out. What the console asks who is looking."""

from typing import Any

from litestar import Request
from litestar.datastructures import Cookie

from streams.desk.access.cookies import SetCookie
from streams.desk.access.sessions import Sessions, TooMany
from streams.desk.access.viewer import Viewer

AnyRequest = Request[Any, Any, Any]


class WebSessions:
    """Sessions over Litestar."""

    def __init__(self, sessions: Sessions) -> None:
        self._sessions = sessions

    async def viewer(self, request: AnyRequest) -> Viewer | None:
        """Return who asks; None where nobody is signed in, or not any more. Pages take cookies, and no tokens."""
        return await self._sessions.viewer(cookie=request.headers.get("cookie", ""))

    async def sign_in(self, token: str, request: AnyRequest | None = None) -> Cookie | None:
        """Return the cookie of a new session; None where the token opens nothing, or its address has to wait.

        Without the request nobody has to wait, since all would wait for one.
        """
        try:
            made = await self._sessions.sign_in(token, place_of(request) if request else "")
        except TooMany:
            return None
        return as_cookie(made) if made else None

    async def sign_out(self, request: AnyRequest) -> Cookie:
        """End the session of this request, and return the cookie that makes the browser forget it."""
        return as_cookie(await self._sessions.sign_out(request.headers.get("cookie", "")))


def as_cookie(made: SetCookie) -> Cookie:
    """Return a cookie of ours as the framework writes it."""
    return Cookie(
        key=made.name,
        value=made.value,
        max_age=made.max_age_sec,
        path="/",
        httponly=True,
        samesite="lax",
        secure=made.is_tls,
    )


def place_of(request: AnyRequest) -> str:
    """Return the address that a request comes from, as the server tells it; a proxy must be known to the server."""
    return request.client.host if request.client else ""
