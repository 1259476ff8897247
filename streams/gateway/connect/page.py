"""How the page is drawn: in which language, with which lines, and for whom."""

import re
import secrets
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Final

import msgspec
from litestar import Response
from litestar.datastructures import Cookie
from litestar.enums import MediaType

from streams.gateway import secrets as gateway_secrets
from streams.gateway.connect import texts, ways
from streams.gateway.connect.guard import PATH, AnyRequest
from streams.gateway.connect.headers import GUARDS
from streams.gateway.connect.lines import Lines
from streams.gateway.connect.watch import Seen
from streams.gateway.connect.ways import Way
from streams.gateway.keys.key import Key
from streams.serving.assets import Assets
from streams.serving.page_headers import NEVER_KEPT
from streams.serving.templates import templates

LANGUAGE_COOKIE: Final = "touchpoint_language"
MAX_LISTED: Final = 20  # keys on the page; the rest is on the command line
_YEAR_SEC: Final = 365 * 24 * 3_600
_FOLDER: Final = Path(__file__).parent
_HOST: Final = re.compile(r"[A-Za-z0-9.:\[\]-]{1,255}\Z")


class Shown(msgspec.Struct, frozen=True, kw_only=True):
    """What the page shows beside what it always shows."""

    way: Way = ways.WAYS[0]
    source: str = ""  # as it was typed
    origin: str = ""
    identifies: bool = False
    provider: str = ""
    key: Key | None = None  # that was just made
    text: str = ""  # of it
    watched: str = ""  # the id of a key
    flaw: str = ""  # why none was made
    said: str = ""


class Pages:
    """Draws; everything in a page is escaped, and no cache keeps it."""

    def __init__(self, base_url: str, bootstrap_servers: str) -> None:
        self._base_url = base_url.rstrip("/")
        self.assets = Assets(_FOLDER / "static", f"{PATH}/static")
        self._texts = {language: texts.Texts(language) for language in texts.LANGUAGES}
        self._lines = Lines(bootstrap_servers)
        self._html = templates(_FOLDER / "templates")
        self._html.globals |= {"asset": self.assets.address, "clock": _clock, "iso": _iso}

    def connect(self, request: AnyRequest, shown: Shown, keys: list[Key], now: int, status: int = 200) -> Response[str]:
        """Draw the page; `keys` are all there are."""
        live = [key for key in keys if key.is_valid(now)]
        lines = {way.name: self._line(way, request, shown) for way in ways.WAYS}
        context = {"shown": shown, "ways": ways.WAYS, "has_its_key": ways.has_its_key, "lines": lines}
        context["variables"] = {way.name: _variable(way, shown) for way in ways.WAYS if way.providers}
        counted = {"keys": live[:MAX_LISTED], "more": max(0, len(live) - MAX_LISTED)}
        return self._answer(request, "connect.html", status, context | counted)

    def door(self, request: AnyRequest, *, is_wrong: bool = False) -> Response[str]:
        """Ask for the admin token."""
        return self._answer(request, "door.html", 401, {"is_wrong": is_wrong})

    def seen(self, request: AnyRequest, found: list[Seen]) -> str:
        """Draw what has come."""
        return self._html.get_template("seen.html").render(t=self._language(request), seen=found)

    def address(self, request: AnyRequest) -> str:
        """Return how people reach the gateway: as it was set, else as this request did."""
        if self._base_url:
            return self._base_url
        host = request.headers.get("host", "")
        return f"{request.url.scheme}://{host if _HOST.match(host) else '127.0.0.1'}"

    def _line(self, way: Way, request: AnyRequest, shown: Shown) -> str:
        url, id_ = self.address(request), f"first-{secrets.token_hex(4)}"
        if shown.key is None or not ways.has_its_key(way, shown.key):
            return self._lines.draw(way, url=url, id_=id_)
        return self._lines.draw(way, url=url, id_=id_, key=shown.text, provider=shown.key.provider)

    def _answer(self, request: AnyRequest, template: str, status: int, context: dict[str, Any]) -> Response[str]:
        t = self._language(request)
        html = self._html.get_template(template).render(context | {"t": t, "languages": texts.LANGUAGES, "path": PATH})
        cookies = []
        if request.query_params.get("lang", "") in texts.LANGUAGES:
            cookies = [
                Cookie(
                    key=LANGUAGE_COOKIE, value=t.language, path=PATH, max_age=_YEAR_SEC, httponly=True, samesite="lax"
                )
            ]
        headers = {**GUARDS, **NEVER_KEPT}
        return Response(html, status_code=status, media_type=MediaType.HTML, headers=headers, cookies=cookies)

    def _language(self, request: AnyRequest) -> texts.Texts:
        wanted = request.query_params.get("lang", "") or request.cookies.get(LANGUAGE_COOKIE, "")
        return self._texts[texts.choose(wanted, request.headers.get("accept-language", ""))]


def _variable(way: Way, shown: Shown) -> str:
    is_made = shown.key is not None and ways.has_its_key(way, shown.key)
    return gateway_secrets.variable(shown.key.provider if shown.key and is_made else ways.PROVIDER)


def _clock(ms: int) -> str:
    return f"{datetime.fromtimestamp(ms / 1_000, UTC):%H:%M:%S}"


def _iso(ms: int) -> str:
    return f"{datetime.fromtimestamp(ms / 1_000, UTC):%Y-%m-%dT%H:%M:%SZ}"
