"""The console as routes, to be served beside the API."""

import secrets
from collections.abc import Callable
from datetime import UTC, tzinfo
from typing import Any, Final
from urllib.parse import quote

from litestar import Response, Router, get
from litestar.di import Provide
from litestar.enums import MediaType
from litestar.params import FromPath

from streams.desk.console import boards, card, feed, incidents, queue, signing, silences
from streams.desk.console.forgery import Forged, Seal
from streams.desk.console.session import AnyRequest, Sessions
from streams.desk.console.visit import FRAGMENT_HEADER, Console, NotSignedIn, Visit, here
from streams.desk.service.clocks import wall_clock
from streams.desk.service.port import Desk
from streams.serving.page_headers import GUARDS, KEPT_FOREVER, NEVER_KEPT

MAX_BODY: Final = 64_000  # bytes of a form
_PAGES: Final = (
    queue.queue,
    queue.hand_over,
    feed.events,
    card.card,
    card.trail,
    card.journey,
    card.act,
    card.reveal,
    incidents.incidents,
    incidents.incident,
    incidents.act,
    boards.teams,
    boards.rules,
    silences.silences,
    silences.silence,
    silences.end,
)
_DOORS: Final = (signing.login, signing.sign_in, signing.sign_out, signing.preferences)


def create_routes(
    desk: Desk,
    sessions: Sessions,
    *,
    zone: tzinfo = UTC,
    currency: str = "EUR",
    oidc_path: str = "",
    form_key: bytes = b"",
    is_secure: bool = False,
    now: Callable[[], int] = wall_clock,
) -> list[Router]:
    """Return all pages of the console.

    `zone` is in which people read and write times; `oidc_path` is where the sign-in of the company begins, if there is
    one. `form_key` signs forms: give the same to several desks behind one address, else it is made up and forms that
    were open when the desk restarted must be sent again. `is_secure`: served by HTTPS, so cookies never go without.
    """
    seal = Seal(form_key or secrets.token_bytes(32), is_secure=is_secure)
    console = Console(desk, sessions, seal, now=now, zone=zone, currency=currency, oidc_path=oidc_path)

    async def guest(request: AnyRequest) -> Visit:
        return Visit(request, console, await sessions.viewer(request))

    async def member(request: AnyRequest) -> Visit:
        visit = await guest(request)
        _ = visit.viewer  # raises where nobody is signed in, before anything is read
        return visit

    @get("/static/{digest:str}/{name:str}")
    async def static(digest: FromPath[str], name: FromPath[str]) -> Response[bytes]:
        asset = console.assets.find(f"/static/{digest}/{name}")
        if asset is None:
            return Response(b"", status_code=404, media_type=MediaType.TEXT, headers={**GUARDS, **NEVER_KEPT})
        return Response(asset.content, media_type=asset.media_type, headers={**GUARDS, **KEPT_FOREVER})

    def forged(request: AnyRequest, _: Exception) -> Response[Any]:
        return Visit(request, console, None).page("problem.html", status=403, problem="forged")

    options: dict[str, Any] = {"path": "/", "include_in_schema": False, "request_max_body_size": MAX_BODY}
    handlers: dict[Any, Any] = {NotSignedIn: _to_login, Forged: forged}
    return [
        Router(route_handlers=_PAGES, dependencies={"visit": Provide(member)}, exception_handlers=handlers, **options),
        Router(route_handlers=_DOORS, dependencies={"visit": Provide(guest)}, exception_handlers=handlers, **options),
        Router(route_handlers=[static], **options),
    ]


def _to_login(request: AnyRequest, _: Exception) -> Response[Any]:
    """Lead a person to the sign-in and back; a script is told to reload."""
    headers = {**GUARDS, **NEVER_KEPT}
    if FRAGMENT_HEADER in request.headers or request.url.path == "/events":
        return Response("", status_code=401, media_type=MediaType.TEXT, headers=headers)
    target = here(request) if request.method == "GET" else "/"
    headers["Location"] = f"/login?next={quote(target, safe='')}"
    return Response("", status_code=303, media_type=MediaType.HTML, headers=headers)
