"""One request to the console: who looks, in which language, and how the answer is drawn."""

from collections import OrderedDict
from collections.abc import Callable, Mapping
from datetime import tzinfo
from pathlib import Path
from typing import Any, Final
from urllib.parse import quote

from litestar import Response
from litestar.datastructures import Cookie
from litestar.enums import MediaType

from streams.desk.access.viewer import Viewer
from streams.desk.console import catalogue, forgery, words
from streams.desk.console.forms import Setting
from streams.desk.console.live import Rooms
from streams.desk.console.session import AnyRequest, Sessions
from streams.desk.service.port import Desk
from streams.serving.assets import Assets
from streams.serving.page_headers import GUARDS, NEVER_KEPT
from streams.serving.templates import templates

LANGUAGE_COOKIE: Final = "touchpoint_language"
THEME_COOKIE: Final = "touchpoint_theme"
THEMES: Final = ("auto", "light", "dark")
FRAGMENT_HEADER: Final = "x-fragment"
_FOLDER: Final = Path(__file__).parent


class NotSignedIn(Exception):  # noqa: N818 # says what happened, like the other answers of the console
    """Raise where a page needs somebody who is signed in."""


class Console:
    """What all requests share."""

    def __init__(
        self,
        desk: Desk,
        sessions: Sessions,
        seal: forgery.Seal,
        *,
        now: Callable[[], int],
        zone: tzinfo,
        currency: str,
        oidc_path: str,
    ) -> None:
        self.desk = desk
        self.sessions = sessions
        self.seal = seal
        self.now = now
        self.zone = zone
        self.currency = currency
        self.oidc_path = oidc_path
        self.drawn: OrderedDict[tuple[Any, ...], str] = OrderedDict()  # rows as they were drawn, oldest first
        self.rooms = Rooms()
        self.pages = 0  # that follow what changes
        self.assets = Assets(_FOLDER / "static", "/static")
        self.texts = {language: catalogue.load(language) for language in catalogue.LANGUAGES}
        self.templates = templates(_FOLDER / "templates")
        self.templates.globals |= {
            "asset": self.assets.address,
            "lasting": words.lasting,
            "iso": words.iso,
            "number": words.number,
            "share": words.share,
        }
        self.templates.filters["pick"] = lambda texts, t: t.pick(texts)
        for name in self.templates.list_templates():
            self.templates.get_template(name)  # compiled now, so that nobody waits for it


class Visit:
    """One request of one viewer; `viewer` is None only where nobody needs to be signed in."""

    def __init__(self, request: AnyRequest, console: Console, viewer: Viewer | None) -> None:
        self.request = request
        self.console = console
        self._viewer = viewer
        self.now = console.now()
        self.t = console.texts[_language(request, viewer)]
        self._seal_value = request.cookies.get(forgery.COOKIE, "")

    @property
    def viewer(self) -> Viewer:
        """Return who looks; raise NotSignedIn where it is nobody."""
        if self._viewer is None:
            raise NotSignedIn
        return self._viewer

    @property
    def desk(self) -> Desk:
        """Return what is looked at."""
        return self.console.desk

    def later(self) -> "Visit":
        """Return the same visit as of now, for what is drawn long after the request came."""
        return Visit(self.request, self.console, self._viewer)

    @property
    def setting(self) -> Setting:
        """Return what the meaning of forms depends on."""
        return Setting(self.now, self.console.zone, self.console.currency)

    async def form(self) -> dict[str, str]:
        """Return the fields of a form of ours, the last value of each; raise Forged for any other."""
        fields = {key: value for key, value in (await self.request.form()).items() if isinstance(value, str)}
        given = fields.pop(forgery.FIELD, "") or self.request.headers.get(forgery.HEADER, "")
        self.console.seal.check(self._seal_value, self._viewer.name if self._viewer else "", given)
        return fields

    @property
    def is_fragment(self) -> bool:
        """Whether the script asks, which needs no frame around the page."""
        return FRAGMENT_HEADER in self.request.headers

    def page(self, template: str, *, status: int = 200, **context: Any) -> Response[str]:
        """Draw a page; everything in it is escaped, and no cache keeps it."""
        cookies = []
        if not self._seal_value:
            self._seal_value = self.console.seal.new()
            cookies.append(self.console.seal.cookie(self._seal_value))
        content = self.draw(template, **context)
        return Response(
            content, status_code=status, media_type=MediaType.HTML, headers={**GUARDS, **NEVER_KEPT}, cookies=cookies
        )

    def draw(self, template: str, **context: Any) -> str:
        """Draw a template to text."""
        return self.console.templates.get_template(template).render(self.frame() | context)

    def frame(self) -> dict[str, Any]:
        """Return what every template may use."""
        theme = self.request.cookies.get(THEME_COOKIE, "")
        viewer = self._viewer
        return {
            "t": self.t,
            "now": self.now,
            "viewer": viewer,
            "theme": theme if theme in THEMES else "auto",
            "csrf": self.console.seal.sign(self._seal_value, viewer.name if viewer else ""),
            "layout": "fragment.html" if self.is_fragment else "base.html",
            "here": here(self.request),
            "oidc_path": self.console.oidc_path,
            "zone": str(self.console.zone),
            "clock": lambda ms: words.clock(ms, self.now, self.console.zone),
            "amount": lambda value: words.amount(value, self.t.language, self.console.currency),
            "said": "",
        }

    def redirect(self, path: str, cookies: list[Cookie] | None = None) -> Response[str]:
        """Go on with a GET of a path of ours, so that reloading sends nothing again."""
        headers = {"Location": path, **GUARDS, **NEVER_KEPT}
        return Response("", status_code=303, media_type=MediaType.HTML, headers=headers, cookies=cookies)


def here(request: AnyRequest) -> str:
    """Return path and query of a request."""
    query = request.scope.get("query_string", b"").decode("latin-1")
    return request.url.path + (f"?{query}" if query else "")


def local(path: str, otherwise: str = "/") -> str:
    """Return a path that leads nowhere but here, else the other one."""
    is_ours = path.startswith("/") and not path.startswith("//") and "\\" not in path and path.isprintable()
    return quote(path, safe="/?&=%+:#,@-._~") if is_ours else otherwise


def _language(request: AnyRequest, viewer: Viewer | None) -> str:
    """Return what was chosen, else what the browser prefers, else what is known of the viewer."""
    chosen = request.cookies.get(LANGUAGE_COOKIE, "")
    if chosen in catalogue.LANGUAGES:
        return chosen
    preferred = _accepted(request.headers)
    if preferred:
        return preferred
    return viewer.language if viewer and viewer.language in catalogue.LANGUAGES else catalogue.FALLBACK


def _accepted(headers: Mapping[str, str]) -> str:
    weighed: list[tuple[float, int, str]] = []
    for place, item in enumerate(headers.get("accept-language", "")[:200].split(",")):
        tag, _, weight = item.partition(";q=")
        language = tag.strip().lower().partition("-")[0]
        if language in catalogue.LANGUAGES:
            try:
                weighed.append((-float(weight or 1), place, language))
            except ValueError:
                continue
    return min(weighed)[2] if weighed else ""
