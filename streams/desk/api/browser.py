"""What a browser's request and our cookies are in the web framework."""

from typing import Any

from litestar import Request
from litestar.datastructures import Cookie

from streams.desk.access.cookies import SetCookie


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


def place_of(request: Request[Any, Any, Any]) -> str:
    """Return the address that a request comes from, as the server tells it; a proxy must be known to the server."""
    return request.client.host if request.client else ""
