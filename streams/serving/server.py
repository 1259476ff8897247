"""The server of a process that has more to end than its server."""

import contextlib
import gc
import logging
import socket
from collections.abc import Iterator
from typing import Final

import uvicorn

from streams.settings.redacted import redacted

COLLECT_AFTER: Final = (10_000, 20, 50)  # objects, and rounds of the younger generation


class Server(uvicorn.Server):
    """Ends when its process says so, and says when it can be reached.

    `place` is where, for the log; a password in it is not said. `is_frozen`: what is there at the start stays out of
    the garbage collector.
    """

    def __init__(self, config: uvicorn.Config, place: str, log: logging.Logger, *, is_frozen: bool = False) -> None:
        super().__init__(config)
        self._place = redacted(place)
        self._log = log
        self._is_frozen = is_frozen

    @contextlib.contextmanager
    def capture_signals(self) -> Iterator[None]:
        """Leave signals to the process, which ends the rest as well."""
        yield

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        """Begin to serve."""
        await super().startup(sockets)
        if not self.started:
            return
        if self._is_frozen:
            gc.freeze()  # modules, schemas and mappings stay; looking through them would stall every request
            gc.set_threshold(*COLLECT_AFTER)
        self._log.info("ready at %s", self._place)
