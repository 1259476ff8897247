"""The page as routes, to be served beside the ways in."""

import asyncio
import logging
from collections.abc import Callable
from typing import Any, Final

import msgspec
from litestar import MediaType, Request, Response, Router, get, post
from litestar.di import NamedDependency, Provide
from litestar.params import FromPath

from streams.errors import TouchpointError
from streams.gateway.connect import ways
from streams.gateway.connect.guard import PATH, AnyRequest, Guard
from streams.gateway.connect.headers import GUARDS
from streams.gateway.connect.page import Pages, Shown
from streams.gateway.connect.visit import Forged, NotSignedIn, Parts, Visit
from streams.gateway.connect.watch import Watch
from streams.gateway.keys.flaw import UnfitError
from streams.gateway.keys.keeper import Keeper
from streams.gateway.keys.key import Key
from streams.gateway.keys.ring import Ring
from streams.serving.page_headers import KEPT_FOREVER, NEVER_KEPT

MAX_BODY: Final = 16_000  # bytes of a form
_MAX_TOKEN: Final = 500  # characters
_HEADERS: Final = {**GUARDS, **NEVER_KEPT}
_logger: Final = logging.getLogger("touchpoint.gateway.connect")


class News(msgspec.Struct, frozen=True):
    """What has come since the script last asked, drawn, and the number to ask from next."""

    number: int
    html: str


def create_routes(
    ring: Ring,
    keeper: Keeper,
    watch: Watch,
    *,
    guard: Guard,
    now: Callable[[], int],
    base_url: str = "",
    bootstrap_servers: str = "127.0.0.1:9092",
) -> list[Router]:
    """Return the routes below `/connect`.

    `ring` and `keeper` are of one file. `base_url` is how senders reach the gateway, for the lines shown; empty: as
    whoever looks did. `watch.saw` is a watcher of the gate.
    """
    pages = Pages(base_url, bootstrap_servers)
    parts = Parts(ring=ring, keeper=keeper, watch=watch, guard=guard, pages=pages, now=now)

    async def visit(request: Request[Any, Any, Any]) -> Visit:
        return Visit(request, parts)

    def door(request: AnyRequest, _: Exception) -> Response[str]:
        return pages.door(request)

    handlers: dict[Any, Any] = {NotSignedIn: door, Forged: _forged}
    return [
        Router(
            PATH,
            route_handlers=[connect, sign_in, create, revoke, seen, static],
            dependencies={"visit": Provide(visit)},
            exception_handlers=handlers,
            include_in_schema=False,
            request_max_body_size=MAX_BODY,
        )
    ]


@get("/")
async def connect(visit: NamedDependency[Visit]) -> Response[str]:
    """Show the page; `watch` is the key to look at."""
    visit.admit()
    watched = visit.request.query_params.get("watch", "")
    return visit.show(Shown(watched=watched if visit.has_key(watched) else ""))


@post("/sign-in")
async def sign_in(visit: NamedDependency[Visit]) -> Response[str]:
    """Let in whoever shows the token."""
    token = (await visit.form()).get("token", "").strip()
    cookie = visit.parts.guard.sign_in(token) if len(token) <= _MAX_TOKEN else None
    return visit.enter(cookie) if cookie is not None else visit.parts.pages.door(visit.request, is_wrong=True)


@post("/keys", status_code=200)
async def create(visit: NamedDependency[Visit]) -> Response[str]:
    """Make a key and show the page with it in the lines, this once."""
    typed = _typed(await visit.form())
    visit.admit()
    if typed.way.kind is None:
        return visit.show(typed)
    try:
        key, text = await asyncio.to_thread(visit.parts.keeper.create, _wanted(typed))
    except UnfitError as error:
        return visit.show(msgspec.structs.replace(typed, flaw=error.flaw), 422)
    except TouchpointError as error:
        return _failed(visit, typed, error)
    visit.parts.ring.look()
    return visit.show(msgspec.structs.replace(typed, key=key, text=text, watched=key.id, said="made"))


@post("/keys/revoke", status_code=200)
async def revoke(visit: NamedDependency[Visit]) -> Response[str]:
    """End a key."""
    fields = await visit.form()
    visit.admit()
    try:
        await asyncio.to_thread(visit.parts.keeper.revoke, fields.get("id", ""))
    except TouchpointError as error:
        return _failed(visit, Shown(), error)
    visit.parts.ring.look()
    return visit.show(Shown(said="revoked"))


@get("/seen")
async def seen(visit: NamedDependency[Visit]) -> Response[Any]:
    """Tell the script what has come with the key `key` since number `after`."""
    visit.admit()
    query, parts = visit.request.query_params, visit.parts
    key_id, after = query.get("key", ""), query.get("after", "")
    number = int(after) if after.isascii() and after.isdecimal() and len(after) < 16 else 0
    if visit.has_key(key_id):
        parts.watch.follow(key_id)
    found = parts.watch.after(key_id, number)
    news = News(found[0].number, parts.pages.seen(visit.request, found)) if found else News(number, "")
    return Response(news, media_type=MediaType.JSON, headers=_HEADERS)


@get("/static/{digest:str}/{name:str}")
async def static(visit: NamedDependency[Visit], digest: FromPath[str], name: FromPath[str]) -> Response[bytes]:
    """Return a file beside the page, which holds nothing of anybody."""
    asset = visit.parts.pages.assets.find(f"{PATH}/static/{digest}/{name}")
    if asset is None:
        return Response(b"", status_code=404, media_type=MediaType.TEXT, headers=_HEADERS)
    return Response(asset.content, media_type=asset.media_type, headers={**GUARDS, **KEPT_FOREVER})


def _typed(fields: dict[str, str]) -> Shown:
    way = ways.named(fields.get("way", ""))
    return Shown(
        way=way,
        source=fields.get("source", ""),
        origin=fields.get("origin", ""),
        identifies="identifies" in fields,
        provider=fields.get(f"provider_{way.name}", ""),
    )


def _wanted(typed: Shown) -> Key:
    return ways.wanted(
        typed.way, typed.source, origin=typed.origin, identifies=typed.identifies, provider=typed.provider
    )


def _failed(visit: Visit, typed: Shown, error: TouchpointError) -> Response[str]:
    _logger.error("no key was changed: %s", error)
    return visit.show(msgspec.structs.replace(typed, flaw="disk"), 503)


def _forged(_: AnyRequest, __: Exception) -> Response[str]:
    return Response("This form is not of this page.\n", status_code=403, media_type=MediaType.TEXT, headers=_HEADERS)
