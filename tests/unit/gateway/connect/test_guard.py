"""Who may see the page."""

from typing import Any

from litestar import Request

from streams.gateway.connect.guard import COOKIE, LIVES_SEC, Guard

NOW = 1_800_000_000_000
TOKEN = "t" * 43


def request(cookie: str) -> Request[Any, Any, Any]:
    """A request with this cookie."""
    headers = [(b"cookie", f"{COOKIE}={cookie}".encode("latin-1"))]
    scope: Any = {"type": "http", "method": "GET", "path": "/connect", "query_string": b"", "headers": headers}
    return Request(scope)


def signed_in(guard: Guard) -> str:
    """Return the cookie of whoever knows the token."""
    cookie = guard.sign_in(TOKEN)
    assert cookie is not None
    assert cookie.value is not None
    return cookie.value


def test_whoever_shows_the_token_is_known_again_for_some_hours() -> None:
    """In every process that has the token, and in none that has another."""
    value = signed_in(Guard(TOKEN, lambda: NOW))
    assert Guard(TOKEN, lambda: NOW).is_allowed(request(value))
    assert Guard(TOKEN, lambda: NOW + LIVES_SEC * 1_000 - 1).is_allowed(request(value))
    assert not Guard(TOKEN, lambda: NOW + LIVES_SEC * 1_000).is_allowed(request(value))
    assert not Guard("u" * 43, lambda: NOW).is_allowed(request(value))


def test_nothing_else_opens_the_page() -> None:
    """Neither a wrong token nor a cookie that was made longer, cut, or made up."""
    guard = Guard(TOKEN, lambda: NOW)
    until, _, signature = signed_in(guard).partition(".")
    assert guard.sign_in("") is None
    assert guard.sign_in(TOKEN[:-1]) is None
    assert guard.sign_in("\ud800") is None
    for made_up in (
        "",
        ".",
        until,
        f"{until}.",
        f"{int(until) + 1}.{signature}",
        f"{until}.{signature}0",
        "é.é",
        TOKEN,
    ):
        assert not guard.is_allowed(request(made_up))


def test_the_cookie_is_for_this_page_alone() -> None:
    """No script reads it, no other site sends it, and with HTTPS it never goes without."""
    cookie = Guard(TOKEN, lambda: NOW, is_secure=True).sign_in(TOKEN)
    assert cookie is not None
    assert (cookie.httponly, cookie.samesite, cookie.secure, cookie.path) == (True, "strict", True, "/connect")
    assert TOKEN not in str(cookie.value)
