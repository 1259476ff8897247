"""One request to the page: whether it may, what was sent along, and the answer."""

import asyncio
from collections.abc import Callable
from typing import Final

import msgspec
from litestar import MediaType, Response
from litestar.datastructures import Cookie

from streams.gateway.connect import forgery, forms
from streams.gateway.connect.guard import PATH, AnyRequest, Guard
from streams.gateway.connect.headers import GUARDS
from streams.gateway.connect.page import Pages, Shown
from streams.gateway.connect.watch import Watch
from streams.gateway.keys.keeper import Keeper
from streams.gateway.keys.ring import Ring
from streams.serving.page_headers import NEVER_KEPT

FORM_SEC: Final = 10.0


class Forged(Exception):  # noqa: N818 # says what happened
    """Raise where a form is of another site; nothing has been done."""


class NotSignedIn(Exception):  # noqa: N818 # says what happened
    """Raise where nobody has shown the admin token."""


class Parts(msgspec.Struct, frozen=True, kw_only=True):
    """What all requests share; `ring` and `keeper` are of one file."""

    ring: Ring
    keeper: Keeper
    watch: Watch
    guard: Guard
    pages: Pages
    now: Callable[[], int]


class Visit:
    """One request."""

    def __init__(self, request: AnyRequest, parts: Parts) -> None:
        self.request = request
        self.parts = parts

    def admit(self) -> None:
        """Raise NotSignedIn unless an administrator asks."""
        if not self.parts.guard.is_allowed(self.request):
            raise NotSignedIn

    async def form(self) -> dict[str, str]:
        """Return the fields of a form of ours, none where it does not come in time; raise Forged for any other."""
        if not forgery.is_ours(self.request.headers, self.parts.pages.address(self.request)):
            raise Forged
        try:
            async with asyncio.timeout(FORM_SEC):  # it may come from anybody
                return forms.read(await self.request.body())
        except TimeoutError:
            return {}

    def has_key(self, key_id: str) -> bool:
        """Whether there is a key of this id."""
        return any(key.id == key_id for key in self.parts.ring.all())

    def show(self, shown: Shown, status: int = 200) -> Response[str]:
        """Draw the page, and begin to watch what it watches."""
        parts = self.parts
        if shown.watched:
            parts.watch.follow(shown.watched)
        return parts.pages.connect(self.request, shown, parts.ring.all(), parts.now(), status)

    def enter(self, cookie: Cookie) -> Response[str]:
        """Go on to the page, so that reloading sends no token again."""
        headers = {**GUARDS, **NEVER_KEPT, "Location": PATH}
        return Response("", status_code=303, media_type=MediaType.HTML, headers=headers, cookies=[cookie])
