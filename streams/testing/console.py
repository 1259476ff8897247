"""The console on a real port of this machine, for tests: a desk and its sessions."""

from typing import Any, Final

from litestar import Litestar
from litestar.datastructures import Cookie

from streams.desk.access.viewer import Role, Viewer
from streams.desk.console.routes import create_routes
from streams.desk.console.session import AnyRequest, Sessions
from streams.desk.service.port import Desk
from streams.testing.served import Served

_COOKIE: Final = "session"
VIEWERS: Final = {
    "token-ana": Viewer(name="ana", roles=frozenset({Role.AGENT, Role.LEAD})),
    "token-luis": Viewer(name="luis", roles=frozenset({Role.AGENT})),
    "token-carla": Viewer(name="carla", roles=frozenset({Role.COACH})),
}


class MemorySessions:
    """Sessions whose cookie is the token itself: for tests, never for people."""

    def __init__(self, viewers: dict[str, Viewer] | None = None) -> None:
        self.viewers = dict(VIEWERS if viewers is None else viewers)

    async def viewer(self, request: AnyRequest) -> Viewer | None:
        """Return who asks."""
        return self.viewers.get(request.cookies.get(_COOKIE, ""))

    async def sign_in(self, token: str, place: str = "") -> Cookie | None:
        """Return the cookie of a new session."""
        return Cookie(key=_COOKIE, value=token, httponly=True, samesite="lax") if token in self.viewers else None

    async def sign_out(self, request: AnyRequest) -> Cookie:
        """Return the cookie that makes the browser forget."""
        return Cookie(key=_COOKIE, value="", max_age=0, httponly=True, samesite="lax")


class ServedConsole(Served):
    """Serve the console of a desk while the context lasts; keyword arguments go to `create_routes`."""

    def __init__(self, desk: Desk, sessions: Sessions | None = None, **options: Any) -> None:
        self.sessions = sessions or MemorySessions()
        routes = list(create_routes(desk, self.sessions, **options))
        super().__init__(Litestar(routes, openapi_config=None, logging_config=None))
