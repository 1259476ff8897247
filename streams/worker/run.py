"""Runs the worker: checks the broker, puts everything together, waits for a signal or a crash, says how it ended."""

import asyncio
import gc
import logging
import os
import secrets
import signal
import socket
import time
from collections.abc import Iterable
from pathlib import Path
from typing import Final

import uvloop
from aiokafka import TopicPartition

from streams.alerts.counting import Counting
from streams.alerts.crowds.crowds import Crowds
from streams.alerts.partition import Partition
from streams.codec import alert as alert_codec
from streams.codec import dead_letter as dead_letter_codec
from streams.codec.packing import pack, unpack
from streams.codec.registry import SchemaStore
from streams.codec.rules import read as read_rules
from streams.codec.sources import read as read_sources
from streams.codec.touchpoint import TouchpointDecoder
from streams.codec.vocabulary import shipped
from streams.errors import TouchpointError
from streams.journeys.limits import Limits
from streams.journeys.records import Records
from streams.journeys.replay_clock import ReplayClock
from streams.journeys.watermark import Mode
from streams.rules.model import Severity
from streams.settings import places
from streams.settings.instance import instance_name
from streams.settings.lane import LaneSettings, lane_settings
from streams.settings.settings import Settings
from streams.telemetry.open_tracer import open_tracer
from streams.telemetry.pulse import watch
from streams.telemetry.server import TelemetryServer
from streams.worker import breaker_log, probe
from streams.worker.app import WorkerApp, create_app
from streams.worker.breaker import Breaker, BreakerState, BreakerTripped
from streams.worker.clients import Clients
from streams.worker.crowd_feed import CrowdFeed
from streams.worker.disk import DiskStore
from streams.worker.fence import Fence
from streams.worker.kit import Kit
from streams.worker.meta import Process
from streams.worker.metrics import Metrics
from streams.worker.routes import JourneyRoute
from streams.worker.rule_book import RuleBook
from streams.worker.rule_follower import RuleFollower
from streams.worker.rule_report import report
from streams.worker.schemas import Schemas
from streams.worker.signals import Signals
from streams.worker.sources import Sources
from streams.worker.topics import check, worker_topics
from streams.worker.watchdog import Ends, Stalled, Watchdog

_log = logging.getLogger("touchpoint.worker")
_READY: Final = "ready"
# Objects before a collection of each generation. Journeys make no cycles: to look at them would find nothing and hold
# up alerts. So the first look comes when what was fetched together is folded and gone, the next finds at most three
# times as much (ten milliseconds), and the oldest are never looked at. What lives long and is a cycle, a closed lane
# above all, lets go by itself.
COLLECT_AFTER: Final = (100_000, 2, 1_000_000_000)


class Worker:
    """One worker process from start to end."""

    def __init__(self, settings: Settings, lane: LaneSettings | None = None, signals: Signals | None = None) -> None:
        """Read rules and vocabulary; raises LoadError or SettingError before anything is connected."""
        self._settings = settings
        self._lane = lane or lane_settings()
        self._tracer = open_tracer("worker", settings)
        self._metrics = Metrics(self._tracer)
        self._kit = self._make_kit(signals or self._metrics)
        self._sources = self._follow_sources()
        self._folder = Path(settings.data_dir).absolute() / "worker"
        self._folder.mkdir(parents=True, exist_ok=True)
        self._stop = asyncio.Event()
        self._failure: BaseException | None = None
        self.app: WorkerApp | None = None

    def is_ready(self) -> bool:
        """Return whether everything owned folds."""
        return self._has_been_ready and not self._not_ready()

    _has_been_ready = False
    _sources: Sources | None = None
    _watchdog: Watchdog | None = None

    async def run(self) -> None:
        """Run until SIGTERM or SIGINT; raises what made it crash."""
        loop = asyncio.get_running_loop()
        for number in (signal.SIGTERM, signal.SIGINT):
            loop.add_signal_handler(number, self._stop.set)
        incarnations = await check(self._settings.bootstrap_servers, self._settings.partitions, self._kit.topics)
        state = await breaker_log.read(self._settings.bootstrap_servers, self._kit.topics.sources)
        if state.tripped_at > state.resumed_at:
            raise BreakerTripped(state)
        self._kit.breaker.resumed_at = state.resumed_at
        follower = RuleFollower(
            self._settings.bootstrap_servers, self._kit.topics.rules, self._kit.rules, self._kit.process.known_as
        )
        try:
            await follower.begin()
            await self._run(incarnations, follower)
        finally:
            await follower.close()
            await asyncio.to_thread(self._tracer.close)
        if self._failure is not None:
            raise self._failure

    async def _run(self, incarnations: dict[str, str], follower: RuleFollower) -> None:
        loop = asyncio.get_running_loop()
        app = self.app = create_app(self._kit, incarnations, self._folder, self._lane.namespace)
        app.loop = loop
        app.in_worker = True
        app.finalize()
        app.lanes.told = self._on_ready
        if self._sources is not None:
            self._sources.lanes = lambda: list(app.lanes.lanes.values())
            self._sources.failed = app.lanes.fail
            self._metrics.sources = self._sources.facts.values
        self._metrics.lanes = app.lanes.lanes.values
        self._metrics.is_ready, self._metrics.is_live = self.is_ready, self._kit.is_wall
        server = TelemetryServer(
            self._metrics.registry,
            self._not_ready,
            port=self._settings.metrics_port,
            host=self._settings.metrics_host,
            routes=JourneyRoute(app.lanes).definitions(),
        )
        await server.start()
        watchdog = self._watchdog = Watchdog(app.lanes, self._ask, self._on_stall)
        self._metrics.stalled = lambda: watchdog.spent
        settings = self._settings
        needed = watch(self._metrics.depends, settings.bootstrap_servers, settings.schema_registry_url)
        watching = asyncio.ensure_future(needed)
        following = asyncio.ensure_future(follower.run(lambda: report(self._kit, app.lanes.lanes.values())))
        feed = asyncio.ensure_future(CrowdFeed(app.lanes).run())
        feed.add_done_callback(self._on_feed_ended)
        try:
            if self._sources is not None:
                await self._sources.start()
            watchdog.start()
            await app.start()
            await self._until_over(app)
        finally:
            watchdog.stop()
            if self._sources is not None:
                await self._sources.stop()
            for task in (watching, following, feed):
                task.cancel()
            await app.stop()
            await server.stop()
            app.hard_exit.call_off()

    def _not_ready(self) -> str:
        """Return why it does not do its work, in words; nothing when it does."""
        app = self.app
        lanes = list(app.lanes.lanes.values()) if app is not None else []
        if missing := sum(not lane.is_ready for lane in lanes):
            return f"{len(lanes) - missing} of {len(lanes)} owned partitions are recovered"
        if app is None or not app.started or not self._has_been_ready or app.rebalancing:
            return "the group has not given it its partitions yet"
        if app.consumer.is_deaf:
            return f"no broker has answered for {time.monotonic() - app.consumer.heard_at:.0f} s"
        if self._watchdog is not None and (deaf := sorted(self._watchdog.cut_off)):
            return f"the broker does not answer about partitions {deaf}"
        if asking := [lane.number for lane in lanes if lane.asking is not None]:
            return f"partitions {asking} wait for the schema registry"
        return ""

    async def _ask(self, partitions: Iterable[TopicPartition]) -> Ends | None:
        return await probe.ends(self._settings.bootstrap_servers, partitions)

    def _on_stall(self, stalled: Stalled) -> None:
        assert self.app is not None  # noqa: S101
        self.app.hard_exit.after(self._lane.crash_sec, stalled)
        self._failure = self._failure or stalled
        self.app.lanes.fail(stalled)

    async def _until_over(self, app: WorkerApp) -> None:
        stopped, crashed = (asyncio.ensure_future(event.wait()) for event in (self._stop, app._crashed))  # noqa: SLF001
        await asyncio.wait([stopped, crashed], return_when=asyncio.FIRST_COMPLETED)
        if isinstance(self._failure, BreakerTripped):
            await breaker_log.write(self._settings.bootstrap_servers, self._kit.topics.sources, self._failure.state)
        if crashed.done():
            self._failure = self._failure or app.crash_reason
        for waiter in (stopped, crashed):
            waiter.cancel()

    def _on_feed_ended(self, feed: "asyncio.Task[None]") -> None:
        if not feed.cancelled() and (error := feed.exception()) is not None:
            self._failure = self._failure or error
            self._stop.set()

    def _on_ready(self) -> None:
        self._has_been_ready = True
        assert self.app is not None  # noqa: S101
        _log.info("%s: partitions %s", _READY, sorted(self.app.lanes.lanes))

    def _on_trip(self, state: BreakerState) -> None:
        self._failure = BreakerTripped(state)
        if self.app is not None:
            self.app.lanes.is_abandoned = True
            self.app.lanes.quiesce()
            self.app.hard_exit.after(self._lane.stop_sec, self._failure)
        self._stop.set()

    def _follow_sources(self) -> Sources | None:
        """Return who follows the sources; in a replay only where somebody has declared what to expect."""
        settings = self._settings
        policy = read_sources(settings.sources)
        return Sources(self._kit, policy) if settings.sources or self._kit.is_wall else None

    def _make_kit(self, signals: Signals) -> Kit:
        settings, lane = self._settings, self._lane
        vocabulary = shipped(tuple(map(Path, settings.vocabulary)))
        self._metrics.follow(vocabulary.kinds)
        book = RuleBook(read_rules(places.rules(settings.rules), vocabulary), vocabulary, signals)
        limits = Limits(live_journeys=max(1, lane.live_journeys // settings.partitions), stats_groups=lane.stats_groups)
        store = SchemaStore(settings.schema_registry_url)
        hold_from = Severity(settings.hold_from)
        topics = worker_topics(settings.partitions, lane.namespace)
        clients = Clients(settings.bootstrap_servers)
        decoder = TouchpointDecoder(vocabulary, store)
        name = f"{socket.gethostname()}-{os.getpid()}-{secrets.token_hex(3)}"
        return Kit(
            bootstrap_servers=settings.bootstrap_servers,
            clients=clients,
            partitions=settings.partitions,
            mode=Mode(settings.clock),
            process=Process(instance_name(settings.instance_id), int(time.time() * 1000), name),
            settings=lane,
            topics=topics,
            new_partition=lambda number: self._new_partition(Partition(number, book.plan, limits, hold_from)),
            new_fence=lambda number: Fence(clients, f"{topics.changelog}/{number}", lifetime_sec=lane.fence_sec),
            decoder=decoder,
            schemas=Schemas(decoder, store),
            encode_alert=alert_codec.encode,
            decode_alert=lambda value: alert_codec.decode(value, store),
            encode_dead_letter=dead_letter_codec.encode,
            breaker=Breaker(
                window=lane.breaker_window, ratio=lane.breaker_ratio, hold_sec=lane.breaker_hold_sec, trip=self._on_trip
            ),
            signals=signals,
            tracer=self._tracer,
            rules=book,
            replay=ReplayClock(),
            new_counting=lambda number: Counting(number, book.plan, vocabulary, limits),
            new_crowds=lambda: Crowds(book.plan, limits),
            outages=lambda: self._sources.outages() if self._sources is not None else (),
        )

    def _new_partition(self, partition: Partition) -> Partition:
        partition.store = DiskStore(self._folder) if self._lane.store == "disk" else Records(pack, unpack)
        return partition


def run(settings: Settings) -> None:
    """Run a worker to its end; raises TouchpointError with the reason when it was no signal."""
    worker = Worker(settings)
    gc.freeze()  # modules, rules and schemas stay; a full collection over all journeys would stall everything
    gc.set_threshold(*COLLECT_AFTER)
    if settings.log_level != "debug":  # what the client logs, it also raises, and we say it once in our own words
        logging.getLogger("aiokafka").setLevel(logging.CRITICAL + 1)
    try:
        uvloop.run(worker.run())
    except TouchpointError:
        raise
    except Exception as error:
        _log.exception("the worker crashed")
        raise TouchpointError(f"the worker crashed: {error!r}", remedy="see the log above") from error
