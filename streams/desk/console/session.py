"""What the console must know of sessions; who keeps them is none of its business."""

from typing import Any, Protocol

from litestar import Request
from litestar.datastructures import Cookie

from streams.desk.access.viewer import Viewer

AnyRequest = Request[Any, Any, Any]


class Sessions(Protocol):
    """Tells who is looking. A cookie that it gives is HttpOnly and SameSite=Lax: links in mails lead to a case."""

    async def viewer(self, request: AnyRequest) -> Viewer | None:
        """Return who asks; None where nobody is signed in, or not any more."""

    async def sign_in(self, token: str, place: str = "") -> Cookie | None:
        """Return the cookie of a new session; None where the token opens nothing. `place` is where it came from."""

    async def sign_out(self, request: AnyRequest) -> Cookie:
        """End the session of this request, and return the cookie that makes the browser forget it."""
