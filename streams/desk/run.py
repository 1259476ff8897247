"""The desk as a process: puts everything together, runs its loops and its server, and ends cleanly."""

import asyncio
import contextlib
import logging
import os
import secrets
import signal
import socket
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from itertools import count
from pathlib import Path
from typing import Any, Final

import uvicorn
import uvloop
from litestar import Litestar

from streams import durable
from streams.codec import rules as rule_files
from streams.codec import vocabulary as vocabularies
from streams.desk.access.attempts import Brake, BrakePolicy
from streams.desk.access.masks import mask_customer
from streams.desk.access.sessions import SessionPolicy, Sessions
from streams.desk.access.tokens import Tokens
from streams.desk.cases.incidents import IncidentPolicy
from streams.desk.cases.policy import Policy as CasePolicy
from streams.desk.notify import channels as notify_channels
from streams.desk.notify import signing
from streams.desk.notify.receiver import ChannelSpec, Receiver
from streams.desk.notify.sender import Sender
from streams.desk.notify.signing import Links, Signer
from streams.desk.routing.policy import Policy
from streams.desk.service import canary
from streams.desk.service.book import Book
from streams.desk.service.cards import Cards
from streams.desk.service.clocks import EventClock, wall_clock
from streams.desk.service.desk import StoredDesk
from streams.desk.service.digests import Digests
from streams.desk.service.enricher import Enricher
from streams.desk.service.gauges import Gauges
from streams.desk.service.hub import Hub
from streams.desk.service.incidents import Gatherer
from streams.desk.service.journeys import Journeys
from streams.desk.service.keeper import Keeper
from streams.desk.service.measured import Measured
from streams.desk.service.publisher import Publisher
from streams.desk.service.reader import Reader
from streams.desk.service.rebuild import rebuild
from streams.desk.service.router import Router
from streams.desk.service.said import Said
from streams.desk.service.traces import Traces
from streams.desk.settings import people
from streams.desk.settings.people import People
from streams.desk.settings.refresh import DeskFile
from streams.desk.store.database import Database, connect
from streams.desk.store.migrate import migrate
from streams.serving.server import Server
from streams.settings import places
from streams.settings.canary import SECRET, canary_settings, shared_secret
from streams.settings.instance import instance_name
from streams.settings.settings import Settings
from streams.telemetry.dependencies import Dependency
from streams.telemetry.desk import DeskReading, DeskRecorder
from streams.telemetry.open_tracer import open_tracer
from streams.telemetry.pulse import watch
from streams.telemetry.tracing import NO_SPAN
from streams.touchpoints.calendar import Calendar, Working, after

TICK_SEC: Final = 1.0
RANKED_EVERY: Final = 60  # ticks
STOP_SEC: Final = 8.0
_log = logging.getLogger("touchpoint.desk")


def database_url(settings: Settings) -> str:
    """Return where the desk keeps what it keeps; makes the folder of its own file."""
    if settings.database_url:
        return settings.database_url
    folder = Path(settings.data_dir).absolute() / "desk"
    folder.mkdir(parents=True, exist_ok=True)
    folder.chmod(0o700)  # cases are about people
    return f"sqlite:///{folder / 'desk.db'}"


def working_time(calendar: Calendar | None) -> Callable[[int, int], int]:
    """Return what tells when so much working time has passed; without a calendar all time is."""
    if calendar is None:
        return lambda at, duration_ms: at + duration_ms
    return lambda at, duration_ms: after(at, Working(calendar, open_ms=duration_ms))


class Process:
    """One desk. `prepare`, then `run` until it is stopped; raises what is wrong with settings before anything runs."""

    def __init__(self, settings: Settings, environ: Mapping[str, str] = os.environ) -> None:
        """Read everything that people write: rules, vocabulary, the desk's file."""
        self.settings = settings
        event_clock = EventClock() if settings.clock == "event" else None
        self.now = now = event_clock or wall_clock
        self.environ = environ
        self.before_stop: list[Callable[[], None]] = []  # called before the server ends
        self.base_url = settings.desk_url or f"http://{settings.desk_host}:{settings.desk_port}"
        self._file = DeskFile(Path(settings.desk_file), _day(now())) if settings.desk_file else None
        self.policy = self._file.policy if self._file else Policy()
        vocabulary = vocabularies.shipped(tuple(map(Path, settings.vocabulary)))
        book = Book(rule_files.read(places.rules(settings.rules), vocabulary))
        receivers = {name: _receiver(each) for name, each in self.policy.receivers.items()}
        self.signer = _signer(environ, Path(settings.data_dir).absolute())
        self._links = Links(self.base_url, self.signer)
        receivers[canary.RECEIVER] = canary.receiver(canary_settings(environ).url, SECRET)
        shared = {SECRET: shared_secret(environ, Path(settings.data_dir))}
        self._channels = notify_channels.build(
            receivers.values(), environ={**environ, **shared}, links=self._links, now=now
        )
        self.url = database_url(settings)
        self.database: Database = connect(self.url)
        self.tracer = open_tracer("desk", settings)
        self._traces = Traces(self.tracer, wall_clock) if self.tracer.is_on else None
        self.recorder = DeskRecorder(self.tracer)
        self._gauges = Gauges(self.database, now)
        self.hub = Hub(self.database)
        self.publisher = Publisher(self.database, settings.bootstrap_servers)
        self.sender = Sender(
            self.database,
            receivers,
            self._channels,
            Said(self.recorder),
            now=now,
            owner=instance_name(settings.instance_id) or f"{socket.gethostname()}:{settings.desk_port}",
            trace=self._traces.sending if self._traces is not None else lambda _, __, ___: NO_SPAN,
        )
        self.router = Router(
            self.database,
            self.policy,
            receivers,
            Digests(receivers, self.base_url, settings.language),
            channels={kind.name: kind.channel for kind in vocabulary.kinds.values()},
            now=now,
            base_url=self.base_url,
            language=settings.language,
            wake=self.sender.wake,
            decided=self.recorder.decided,
            traces=self._traces,
        )
        self._journeys = Journeys(settings.workers)
        self._gatherer = Gatherer(IncidentPolicy())
        self._enricher = Enricher(self._journeys, self._gatherer, self.database, now)
        self.keeper = Keeper(
            self.database,
            book,
            CasePolicy(),
            now,
            until=working_time(self.policy.quiet.working_hours),
            rank=self.policy.rank,
            watchers=(
                self._gatherer,
                self.router,
                self._enricher,
                Measured(self.recorder),
                *([self._traces] if self._traces else []),
            ),
            wake=self._wake,
        )
        self._reader = Reader(
            self.database,
            self.keeper,
            settings.bootstrap_servers,
            settings.schema_registry_url,
            instance_id=instance_name(settings.instance_id),
            see=event_clock.see if event_clock is not None else lambda _: None,
            canary=canary.Canary(self.database, receivers, now, self.sender.wake),
            traces=self._traces,
        )
        self.people = people.read(Path(settings.desk_file)) if settings.desk_file else People()
        cards = Cards(book, vocabulary, self.people.offers, mask_customer, self.policy.rank)
        self.desk = StoredDesk(
            self.database,
            self.keeper,
            self.hub,
            cards,
            self._journeys,
            book,
            mask_customer,
            self.policy.rank,
            now,
            lambda: (self._file.policy if self._file else self.policy).silences,
        )
        self.tokens = Tokens(self.database, wall_clock)
        session_policy = SessionPolicy(is_tls=self.base_url.startswith("https://"))
        self.brake = Brake(BrakePolicy(), wall_clock)
        self.sessions = Sessions(self.database, self.tokens, self.brake, session_policy, wall_clock)
        self._stop = asyncio.Event()

    def stop(self) -> None:
        """End `run`."""
        self._stop.set()

    async def is_ready(self) -> bool:
        """Return whether the store is there, held every alert at one time, and what comes is read."""
        return self._reader.has_caught_up and await self.database.is_there()

    async def metrics(self, accept: str) -> tuple[bytes, str]:
        """Return the page of metrics in the format that a scraper accepts, and its media type."""
        reader = self._reader
        alerts = {"new": reader.new, "known": reader.known}
        is_ready = await self.is_ready()
        heard = DeskReading(is_ready=is_ready, alerts=alerts, unreadable=reader.unreadable, lag=reader.lag)
        self.recorder.take(await self._gauges.read(heard))
        return self.recorder.page(accept)

    async def prepare(self) -> None:
        """Bring the tables up to date and read back what is not in them."""
        await asyncio.to_thread(migrate, self.url)
        await rebuild(self.database, self.settings.bootstrap_servers, CasePolicy())

    async def run(self, app: Litestar) -> None:
        """Serve until stopped. A loop that ends by itself ends the desk: nothing may fail silently."""
        server = Server(
            uvicorn.Config(
                app,
                host=self.settings.desk_host,
                port=self.settings.desk_port,
                log_config=None,
                access_log=False,
                server_header=False,
                timeout_graceful_shutdown=int(STOP_SEC) // 2,
            ),
            self.base_url,
            _log,
        )
        kept = {Dependency.DATABASE: self.database.is_there}
        servers, registry_url = self.settings.bootstrap_servers, self.settings.schema_registry_url
        loops = [
            asyncio.create_task(loop, name=name)
            for name, loop in {
                "hub": self.hub.run(),
                "publisher": self.publisher.run(),
                "sender": self.sender.run(),
                "router": self.router.run(),
                "clock": self._tick(),
                "enricher": self._enricher.run(self.keeper),
                "reader": self._reader.run(),
                "dependencies": watch(self.recorder.depends, servers, registry_url, kept),
            }.items()
        ]
        serving = asyncio.create_task(server.serve(), name="server")
        stopping = asyncio.create_task(self._stop.wait(), name="stop")
        try:
            done, _ = await asyncio.wait([*loops, serving, stopping], return_when=asyncio.FIRST_COMPLETED)
            for task in done - {stopping}:
                await task
        finally:
            for end in (self.hub.stop, *self.before_stop):
                end()
            server.should_exit = True
            for loop in loops:
                loop.cancel()
            stopping.cancel()
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(STOP_SEC):
                    await asyncio.gather(*loops, serving, stopping, return_exceptions=True)
            await self.close()

    async def close(self) -> None:
        """Give everything back."""
        await self._journeys.close()
        await self._channels.close()
        await self.database.close()
        await asyncio.to_thread(self.tracer.close)

    def _read_again(self) -> None:
        """Go by what the file says now; channels of receivers that are new in it come with the next start."""
        if self._file is None:
            return
        if self._file.refresh(_day(self.now())):
            self.router.adopt(self._file.policy)
        elif self._file.problem is not None:
            _log.error("the desk's file is wrong, the last right one holds: %s", self._file.problem)

    def _wake(self) -> None:
        self.hub.wake()
        self.publisher.wake()
        self.router.wake()

    async def _tick(self) -> None:
        """Let time pass for claims, snoozes and incidents; a database that is away is waited for."""
        for turn in count():
            await asyncio.sleep(TICK_SEC)
            try:
                await self.keeper.tick()
                if turn % RANKED_EVERY == 0:
                    await self.keeper.rerank()
                    self._read_again()
                async with self.database.write() as connection:
                    await self._gatherer.close(connection, self.now())
            except Exception as error:  # noqa: BLE001 - what is due stays due
                _log.warning("time could not pass (%s), trying again", type(error).__name__)


def _day(now: int) -> datetime:
    return datetime.fromtimestamp(now / 1000, UTC)


def serve(settings: Settings, make_app: Callable[[Process], Litestar]) -> None:
    """Run a desk until SIGTERM or SIGINT."""
    process = Process(settings)
    uvloop.run(_serve(process, make_app))


async def _serve(process: Process, make_app: Callable[[Process], Litestar]) -> None:
    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, process.stop)
    await process.prepare()
    await process.run(make_app(process))


def _receiver(found: Any) -> Receiver:
    """Return a receiver of the file as the part that sends knows it."""
    channels = tuple(ChannelSpec(each.kind, dict(each.options)) for each in found.channels)
    return Receiver(found.name, channels, found.fallback)


def _signer(environ: Mapping[str, str], folder: Path) -> Signer:
    """Return the key of links: the one that is set, else one that is made once and kept in the data folder."""
    if any(name in environ for name in (signing.VARIABLE, f"{signing.VARIABLE}_FILE")):
        return signing.load(environ)
    file = folder / "desk" / "signing.key"
    file.parent.mkdir(parents=True, exist_ok=True)
    durable.made_once(file, secrets.token_urlsafe(signing.SHORTEST))
    return Signer([file.read_bytes()])
