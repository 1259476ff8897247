"""The worker's HTTP server on the loopback: metrics, health, readiness, and the JSON routes that the worker adds."""

from collections.abc import Callable, Iterable
from typing import Final

from aiohttp import web
from prometheus_client import CollectorRegistry
from prometheus_client.exposition import choose_encoder

from streams.errors import SettingError

HOST: Final = "127.0.0.1"
STOP_TIMEOUT_SEC: Final = 1.0  # a scrape that hangs must not hold up the end of the process

NotReady = Callable[[], str]
"""Returns why the process is not ready, an empty string once it is."""


class TelemetryServer:
    """Serves in the loop that starts it; port 0 picks a free one, `port` tells which."""

    def __init__(
        self,
        registry: CollectorRegistry,
        not_ready: NotReady,
        *,
        port: int,
        host: str = HOST,
        routes: Iterable[web.AbstractRouteDef] = (),
    ) -> None:
        self.port = port
        self._host = host
        self._registry = registry
        self._not_ready = not_ready
        self._application = web.Application()
        self._application.add_routes(
            [
                web.get("/metrics", self._metrics),
                web.get("/healthz", self._healthz),
                web.get("/readyz", self._readyz),
                *routes,
            ]
        )
        self._runner = web.AppRunner(self._application, access_log=None, shutdown_timeout=STOP_TIMEOUT_SEC)

    async def start(self) -> None:
        """Listen; raises SettingError when the port is in use."""
        await self._runner.setup()
        site = web.TCPSite(self._runner, self._host, self.port)
        try:
            await site.start()
        except OSError as error:
            await self._runner.cleanup()
            raise SettingError(
                f"cannot serve metrics on port {self.port}: {error.strerror or error}",
                remedy="stop what uses it, or choose another with TOUCHPOINT_METRICS_PORT (0 picks a free one)",
                place=f"{self._host}:{self.port}",
            ) from error
        self.port = self._runner.addresses[0][1]

    async def stop(self) -> None:
        """Stop listening; does nothing when not started."""
        await self._runner.cleanup()

    async def _metrics(self, request: web.Request) -> web.Response:
        """Answer in the format that the scraper asks for."""
        encode, content_type = choose_encoder(request.headers.get("Accept", ""))
        return web.Response(body=encode(self._registry), headers={"Content-Type": content_type})

    async def _healthz(self, request: web.Request) -> web.Response:
        """Answer at all: the loop turns."""
        return web.Response(text="ok\n")

    async def _readyz(self, request: web.Request) -> web.Response:
        """Answer 200 once everything owned has been read back and is folded, else 503 with the reason."""
        reason = self._not_ready()
        return web.Response(text=f"{reason or 'ready'}\n", status=503 if reason else 200)
