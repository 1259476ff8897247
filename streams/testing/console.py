"""The console on a real port of this machine, for tests: a desk, its sessions, and a server in a thread of its own."""

import asyncio
import socket
import threading
from collections.abc import Coroutine
from types import TracebackType
from typing import Any, Final, Self, TypeVar

import uvicorn
from litestar import Litestar
from litestar.datastructures import Cookie

from streams.desk.access.viewer import Role, Viewer
from streams.desk.console.routes import create_routes
from streams.desk.console.session import AnyRequest, Sessions
from streams.desk.service.port import Desk

_T = TypeVar("_T")
_COOKIE: Final = "session"
_WAIT_SEC: Final = 15
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


class ServedConsole:
    """Serve the console of a desk while the context lasts: `address` is where, `call` runs something beside it.

    Keyword arguments go to `create_routes`.
    """

    def __init__(self, desk: Desk, sessions: Sessions | None = None, **options: Any) -> None:
        self.sessions = sessions or MemorySessions()
        self._app = Litestar(
            list(create_routes(desk, self.sessions, **options)), openapi_config=None, logging_config=None
        )
        # Its protocol is named, else asyncio does not switch off Nagle's delay of 40 ms.
        self._socket = socket.socket(socket.AF_INET, socket.SOCK_STREAM, socket.IPPROTO_TCP)
        self._socket.bind(("127.0.0.1", 0))
        self._socket.listen()
        self.address = f"http://127.0.0.1:{self._socket.getsockname()[1]}"
        config = uvicorn.Config(
            self._app, log_level="error", lifespan="off", ws="none", loop="asyncio", timeout_graceful_shutdown=1
        )
        self._server = uvicorn.Server(config)
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._run, name="served-console", daemon=True)

    def _run(self) -> None:
        asyncio.set_event_loop(self._loop)
        self._loop.run_until_complete(self._server.serve([self._socket]))

    def call(self, coroutine: Coroutine[Any, Any, _T]) -> _T:
        """Run something on the loop of the server, and return what it gives."""
        return asyncio.run_coroutine_threadsafe(coroutine, self._loop).result(_WAIT_SEC)

    def __enter__(self) -> Self:
        """Begin to serve; the port takes connections already."""
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """End it, open streams too."""
        self._server.should_exit = True
        self._thread.join(_WAIT_SEC)
        self._loop.close()
        self._socket.close()
