"""The gateway as a process: puts everything together, serves, and ends with nothing under way."""

import asyncio
import logging
import os
import signal
import socket
import ssl
import time
from collections.abc import Awaitable, Callable, Mapping
from pathlib import Path
from typing import Any, Final, cast

import phonenumbers
import uvicorn
import uvloop

from streams.codec import vocabulary as vocabularies
from streams.codec.events import EventSchemas
from streams.errors import SettingError, UsageError
from streams.gateway import secrets
from streams.gateway.api.access_log import LOGGER, AccessLog, Which
from streams.gateway.api.watch import Watching
from streams.gateway.connect.admin import admin_token
from streams.gateway.connections import Patience, most_connections, raise_file_limit
from streams.gateway.door import Door
from streams.gateway.identity.hashing import Hasher
from streams.gateway.identity.masks import Masks
from streams.gateway.keys.file import place
from streams.gateway.keys.keeper import Keeper
from streams.gateway.keys.ring import Ring
from streams.gateway.port import Full, Sink, Stored
from streams.gateway.sink.policy import Policy
from streams.gateway.sink.sink import SafeSink, open_sink
from streams.gateway.sink.status import State
from streams.serving.server import Server
from streams.settings.settings import Settings
from streams.telemetry.gateway import GatewayRecorder, SinkReading
from streams.telemetry.open_tracer import open_tracer
from streams.telemetry.pulse import watch

STOP_SEC: Final = 4  # for requests that are under way; the sink has as long again
TEND_SEC: Final = 0.2  # so long a line of the access log may wait, and a connection that is overdue
BACKLOG: Final = 2_048  # connections that wait to be taken
App = Callable[[Any, Any, Any], Awaitable[None]]
MakeApp = Callable[["Process", Sink], App]
_log: Final = logging.getLogger("touchpoint.gateway")


def wall_clock() -> int:
    """Return the time in ms since the epoch."""
    return time.time_ns() // 1_000_000


class Process:
    """One gateway. `run` until it is stopped; raises what is wrong with settings before anything runs."""

    def __init__(self, settings: Settings, environ: Mapping[str, str] = os.environ) -> None:
        """Read everything that people write: vocabulary, schemas, keys, secrets, certificates."""
        self.settings = settings
        self.environ = environ
        self.now = wall_clock
        self.is_tls = _check_tls(settings)
        scheme = "https" if self.is_tls else "http"
        self.base_url = settings.gateway_url or f"{scheme}://{settings.gateway_host}:{settings.gateway_port}"
        self.data_dir = Path(settings.data_dir).absolute()
        self.vocabulary = vocabularies.shipped(tuple(map(Path, settings.vocabulary)))
        hasher = _hasher(environ, self.data_dir / "gateway" / "identity.key")
        region = _region(settings.gateway_region)
        masks = Masks(hasher, region)
        self.door = Door(self.vocabulary, EventSchemas(), hasher, masks, region)
        self.id_key = hasher("ids", "").encode()
        self.ring = Ring(place(self.data_dir), self.now)
        self.keeper = Keeper(place(self.data_dir), self.now)
        self.admin_token = admin_token(environ, self.data_dir)
        self.tracer = open_tracer("gateway", settings)
        self.recorder = GatewayRecorder(self.tracer)
        which, least = Which(settings.gateway_access_log), logging.getLogger(LOGGER).getEffectiveLevel()
        self._lines = AccessLog(self.now, as_json=settings.log_format == "json", which=which, least=least)
        self.watch = Watching(self.recorder, None if which is Which.NONE else self._lines)
        self._most = most_connections()
        self._patience = Patience.of(self._most)
        self._sink: SafeSink | None = None
        self._stop = asyncio.Event()

    def stop(self) -> None:
        """End `run`."""
        self._stop.set()

    async def is_ready(self) -> bool:
        """Whether requests should come here: not without a safe place, and not while it ends."""
        return self._takes()

    def metrics(self, accept: str) -> tuple[bytes, str]:
        """Return the page of metrics in the format that a scraper accepts, and its media type."""
        self.recorder.ready(self._takes())
        if self._sink is not None:
            status = self._sink.status()
            self.recorder.take(
                SinkReading(
                    waiting=status.waiting,
                    spooled=status.spooled,
                    spooled_bytes=status.spooled_bytes,
                    oldest_age_ms=self.now() - status.oldest_at if status.oldest_at else 0,
                    drained=status.drained,
                    set_aside=status.set_aside,
                )
            )
        return self.recorder.page(accept)

    def _takes(self) -> bool:
        return not self._stop.is_set() and self._sink is not None and self._sink.status().state is not State.FULL

    async def run(self, make_app: MakeApp) -> None:
        """Serve until stopped: then no new requests, the answers to those under way, and what waits made safe."""
        settings = self.settings
        policy = Policy(spool_bytes=settings.gateway_spool_bytes, ack_sec=settings.gateway_ack_sec)
        spool = self.data_dir / "gateway" / "spool"
        async with open_sink(settings.bootstrap_servers, spool, policy, note=self._stored) as self._sink:
            server = Server(self._config(make_app(self, self._sink)), self.base_url, _log, is_frozen=True)
            listener = _listen(settings.gateway_host, settings.gateway_port)
            serving = asyncio.create_task(server.serve([listener]), name="server")
            tending = asyncio.create_task(self._tend(), name="access log and connections")
            stopping = asyncio.create_task(self._stop.wait(), name="stop")
            needed = watch(self.recorder.depends, settings.bootstrap_servers)
            watching = asyncio.create_task(needed, name="dependencies")
            try:
                await asyncio.wait([serving, tending, stopping], return_when=asyncio.FIRST_COMPLETED)
            finally:
                self._stop.set()
                server.should_exit = True
                await asyncio.gather(serving, stopping)
                watching.cancel()
                tending.cancel()
                self._lines.flush()
        await asyncio.to_thread(self.tracer.close)
        _log.info("ended with nothing under way")

    def _stored(self, answer: Stored | Full, count: int, seconds: float) -> None:
        self.recorder.stored("full" if isinstance(answer, Full) else answer.value, count)

    def _config(self, app: App) -> uvicorn.Config:
        settings = self.settings
        return uvicorn.Config(
            app,
            http=cast("type[asyncio.Protocol]", self._patience.connection),  # called with the options of a class
            loop="uvloop",
            ws="none",
            lifespan="on",
            log_config=None,
            access_log=False,
            server_header=False,
            proxy_headers=False,  # nothing here believes what a proxy says of a client
            limit_concurrency=self._most,
            timeout_graceful_shutdown=STOP_SEC,
            ssl_certfile=settings.gateway_tls_cert or None,
            ssl_keyfile=settings.gateway_tls_key or None,
        )

    async def _tend(self) -> None:
        while True:
            await asyncio.sleep(TEND_SEC)
            self._lines.flush()
            self._patience.sweep()


def serve(settings: Settings, make_app: MakeApp) -> None:
    """Run a gateway until SIGTERM or SIGINT."""
    raise_file_limit()
    uvloop.run(_serve(Process(settings), make_app))


async def _serve(process: Process, make_app: MakeApp) -> None:
    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, process.stop)
    await process.run(make_app)


def _listen(host: str, port: int) -> socket.socket:
    """Return where requests come in; raises UsageError where that cannot be."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    try:
        return socket.create_server((host, port), family=family, backlog=BACKLOG)
    except OSError as error:
        raise UsageError(
            f"nobody can listen here: {error.strerror}",
            place=f"{host}:{port}",
            remedy="stop what listens there, or say another --host and --port",
        ) from error


def _check_tls(settings: Settings) -> bool:
    """Return whether there is TLS; raises SettingError for files that do not make it."""
    certificate, key = settings.gateway_tls_cert, settings.gateway_tls_key
    if not certificate and not key:
        return False
    if not certificate or not key:
        raise SettingError("TLS needs both files", place="--tls-cert, --tls-key", remedy="give both, or none")
    try:
        ssl.create_default_context(ssl.Purpose.CLIENT_AUTH).load_cert_chain(certificate, key)
    except (OSError, ssl.SSLError) as error:
        raise SettingError(
            f"the files make no TLS: {error.strerror or error}",
            place="--tls-cert, --tls-key",
            remedy="a certificate chain and its key, both PEM and readable",
        ) from error
    return True


def _region(name: str) -> str:
    if name and name not in phonenumbers.SUPPORTED_REGIONS:
        raise SettingError(f"no country has the code `{name}`", place="--region", remedy="two letters, like ES")
    return name


def _hasher(environ: Mapping[str, str], file: Path) -> Hasher:
    try:
        return Hasher(secrets.identity(environ, file))
    except ValueError as error:
        raise SettingError(
            str(error), place=secrets.IDENTITY, remedy="for example `openssl rand -base64 32`"
        ) from error
