"""Signing in and out, and what a browser remembers for its person: language and theme."""

from litestar import Response, get, post
from litestar.datastructures import Cookie
from litestar.di import NamedDependency

from streams.desk.console.catalogue import LANGUAGES
from streams.desk.console.visit import LANGUAGE_COOKIE, THEME_COOKIE, THEMES, Visit, local

_YEAR_SEC = 365 * 24 * 3600
_MAX_TOKEN = 500  # characters


@get("/login")
async def login(visit: NamedDependency[Visit]) -> Response[str]:
    """Ask for a token, or lead to the sign-in of the company."""
    return visit.page("login.html", next=local(visit.request.query_params.get("next", "")), wrong=False)


@post("/login")
async def sign_in(visit: NamedDependency[Visit]) -> Response[str]:
    """Begin a session; a wrong token is not told from one that has ended."""
    form = await visit.form()
    target = local(form.get("next", ""))
    token = form.get("token", "").strip()
    place = visit.request.client.host if visit.request.client else ""
    cookie = await visit.console.sessions.sign_in(token, place) if 0 < len(token) <= _MAX_TOKEN else None
    if cookie is None:
        return visit.page("login.html", status=401, next=target, wrong=True)
    return visit.redirect(target, [cookie])


@post("/logout")
async def sign_out(visit: NamedDependency[Visit]) -> Response[str]:
    """End the session."""
    await visit.form()
    return visit.redirect("/login", [await visit.console.sessions.sign_out(visit.request)])


@post("/preferences")
async def preferences(visit: NamedDependency[Visit]) -> Response[str]:
    """Remember language and theme in the browser."""
    form = await visit.form()
    cookies = [
        Cookie(key=key, value=value, path="/", max_age=_YEAR_SEC, httponly=True, samesite="lax")
        for key, value, known in (
            (LANGUAGE_COOKIE, form.get("language", ""), LANGUAGES),
            (THEME_COOKIE, form.get("theme", ""), THEMES),
        )
        if value in known
    ]
    return visit.redirect(local(form.get("back", "")), cookies)
