"""An application on a real port of this machine, for tests: beside a test on its loop, or in a thread of its own."""

import asyncio
import logging
import socket
import threading
from collections.abc import AsyncIterator, Coroutine
from contextlib import asynccontextmanager
from types import TracebackType
from typing import Any, Final, Self, TypeVar

import uvicorn
from litestar import Litestar

from streams.serving.server import Server
from streams.testing.patience import PATIENCE_SEC

_T = TypeVar("_T")
_log: Final = logging.getLogger("touchpoint.testing")


@asynccontextmanager
async def listening(app: Litestar) -> AsyncIterator[str]:
    """Serve an application on the loop of the test while the context lasts, and give its address."""
    with socket.create_server(("127.0.0.1", 0)) as listener:  # who comes before it serves waits in the backlog
        address = f"http://127.0.0.1:{listener.getsockname()[1]}"
        config = uvicorn.Config(app, log_config=None, access_log=False, lifespan="on", timeout_graceful_shutdown=2)
        server = Server(config, address, _log)
        running = asyncio.create_task(server.serve([listener]))
        try:
            yield address
        finally:
            server.should_exit = True
            await running


class Served:
    """Serve an application while the context lasts: `address` is where, `call` runs something beside it."""

    def __init__(self, app: Litestar) -> None:
        # Its protocol is named, else asyncio does not switch off Nagle's delay of 40 ms.
        self._socket = socket.socket(socket.AF_INET, socket.SOCK_STREAM, socket.IPPROTO_TCP)
        self._socket.bind(("127.0.0.1", 0))
        self._socket.listen()
        self.address = f"http://127.0.0.1:{self._socket.getsockname()[1]}"
        config = uvicorn.Config(
            app, log_level="error", lifespan="off", ws="none", loop="asyncio", timeout_graceful_shutdown=1
        )
        self._server = uvicorn.Server(config)
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._run, name="served", daemon=True)

    def _run(self) -> None:
        asyncio.set_event_loop(self._loop)
        self._loop.run_until_complete(self._server.serve([self._socket]))

    def call(self, coroutine: Coroutine[Any, Any, _T]) -> _T:
        """Run something on the loop of the server, and return what it gives."""
        return asyncio.run_coroutine_threadsafe(coroutine, self._loop).result(PATIENCE_SEC)

    def __enter__(self) -> Self:
        """Begin to serve; the port takes connections already."""
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """End it, open streams too."""
        self._server.should_exit = True
        self._thread.join(PATIENCE_SEC)
        self._loop.close()
        self._socket.close()
