"""One simulated worker: its processes come and go, and each is made of the worker's own classes."""

import asyncio
import logging
import random
from contextvars import copy_context
from pathlib import Path
from typing import Any, Final

from faust.types import TP

from streams.alerts.counting import Counting
from streams.alerts.crowds.crowds import Crowds
from streams.alerts.partition import Partition
from streams.codec import alert as alert_codec
from streams.codec import dead_letter as dead_letter_codec
from streams.errors import TouchpointError
from streams.journeys.replay_clock import ReplayClock
from streams.journeys.watermark import Mode
from streams.rules.model import Severity
from streams.worker.breaker import Breaker
from streams.worker.fence import Fence
from streams.worker.kit import Kit
from streams.worker.meta import Process as Identity
from streams.worker.schemas import Schemas
from streams.worker.signals import Signals
from tests.simulation import job
from tests.simulation.loop import PROCESS
from tests.simulation.membership import Membership
from tests.simulation.platform import SimApp, SimConsumer
from tests.simulation.process import Process
from tests.simulation.producer import ModelProducer
from tests.simulation.reader import ModelReader
from tests.simulation.thread import ModelThread
from tests.simulation.universe import Universe

HERE: Final = Path(__file__).parent
_log = logging.getLogger("touchpoint.simulation")


class ModelClients:
    """Makes clients of the model broker."""

    def __init__(self, universe: Universe, draw: random.Random) -> None:
        self._universe, self._random = universe, draw

    def producer(self) -> ModelProducer:
        """Return an idempotent producer."""
        return ModelProducer(self._universe.loop, self._universe.network, self._universe.logs)

    def reader(self, **options: Any) -> ModelReader:
        """Return what reads partitions back."""
        return ModelReader(self._universe.network, self._universe.logs, self._random)


class HardExit:
    """Ends the simulated process when leaving takes too long."""

    def __init__(self, worker: "Worker") -> None:
        self._worker, self._process = worker, PROCESS.get()
        self._timer: asyncio.TimerHandle | None = None

    def after(self, seconds: float, reason: BaseException | None) -> None:
        """Kill after this time; a reason comes over a mere stop."""
        if self._timer is not None and reason is None:
            return
        if self._timer is not None:
            self._timer.cancel()
        loop = asyncio.get_running_loop()
        self._timer = loop.call_later(seconds, self._worker.gone, self._process, "leaves hard")


class Worker:
    """A place where one process at a time runs, and a new one after the last is gone."""

    def __init__(self, name: str, universe: Universe) -> None:
        self.name = name
        self.process: Process | None = None
        self.app: SimApp | None = None
        self._universe = universe
        self._runs = 0
        self._over: asyncio.Event | None = None

    def start(self) -> None:
        """Start a process."""
        self._runs += 1
        self.process = Process(f"{self.name}{self._runs}")
        self._universe.processes.append(self.process)
        context = copy_context()
        context.run(PROCESS.set, self.process)
        context.run(self._universe.loop.create_task, self._run())
        self._universe.trace.add(f"{self.process}: starts")

    def stop(self) -> None:
        """Ask it to end."""
        if self._over is not None:
            self._over.set()

    def gone(self, process: Process | None, why: str) -> None:
        """Take note that a process is no more."""
        if process is not None and process.is_alive:
            process.kill()
            self._universe.trace.add(f"{process}: {why}")
            if process is self.process:
                self.process = self.app = self._over = None
                self._universe.restart(self)

    async def _run(self) -> None:
        process, universe = self.process, self._universe
        assert process is not None
        over = self._over = asyncio.Event()
        kit = self._kit(process)
        app = self.app = SimApp(kit, HardExit(self), lambda error: self._on_crash(process, over, error))
        thread = ModelThread(
            universe.loop, universe.network, universe.logs, universe.group, universe.draw(process.name)
        )
        membership = Membership(
            process.name,
            universe.group,
            universe.network,
            lambda generation, owned: self._assigned(app, thread, generation, owned),
            lambda: self._revoked(app),
        )
        consumer = app.consumer = SimConsumer(app, thread, membership)
        tasks = [
            asyncio.ensure_future(each)
            for each in (membership.run(), _fetch(consumer), consumer._tick(consumer), _commit(consumer))
        ]
        for task in tasks:
            task.add_done_callback(lambda done: self._on_done(app, done))
        await over.wait()
        for task in tasks[1:]:
            task.cancel()
        await consumer.on_stop()
        tasks[0].cancel()
        await membership.leave()
        self.gone(process, "ends")

    async def _assigned(self, app: SimApp, thread: ModelThread, generation: int, owned: frozenset[int]) -> None:
        self._universe.trace.add(f"{PROCESS.get()}: has {sorted(owned)}")
        topics = app.lane_topics
        assigned = {TP(topic, number) for topic in sorted(topics) for number in sorted(owned)}
        thread.assign(assigned)
        app.rebalancing = True
        await app.consumer.on_partitions_assigned(assigned, generation)
        app.rebalancing = False

    @staticmethod
    async def _revoked(app: SimApp) -> None:
        app.rebalancing = True
        await app.consumer.on_partitions_revoked(set())

    def _on_done(self, app: SimApp, task: "asyncio.Task[Any]") -> None:
        if not task.cancelled() and (error := task.exception()) is not None:
            app.lanes.fail(error)

    def _on_crash(self, process: Process, over: asyncio.Event, error: BaseException) -> None:
        self._universe.crashed(process, error)
        over.set()

    def _kit(self, process: Process) -> Kit:
        universe = self._universe
        topics = job.TOPICS
        clients = ModelClients(universe, universe.draw(f"clients {process.name}"))
        started_at = int(universe.loop.wall() * 1000)
        return Kit(
            bootstrap_servers="",
            clients=clients,  # type: ignore[arg-type] # a double
            partitions=job.PARTITIONS,
            mode=Mode.WALL,
            process=Identity("", started_at, process.name),
            settings=universe.settings,
            topics=topics,
            new_partition=lambda number: Partition(number, job.book().plan, job.LIMITS, Severity.HIGH),
            new_fence=lambda number: Fence(
                clients,  # type: ignore[arg-type] # a double
                f"{topics.changelog}/{number}",
                lifetime_sec=universe.settings.fence_sec,
            ),
            decoder=job.decoder(),
            schemas=Schemas(job.decoder(), job.store()),
            encode_alert=alert_codec.encode,
            decode_alert=alert_codec.decode,
            encode_dead_letter=dead_letter_codec.encode,
            breaker=Breaker(window=200, ratio=0.5, hold_sec=10.0, trip=lambda _: None),
            signals=Signals(),
            rules=job.book(),
            replay=ReplayClock(),
            new_counting=lambda number: Counting(number, job.book().plan, job.vocabulary(), job.LIMITS),
            new_crowds=lambda: Crowds(job.book().plan, job.LIMITS),
        )


def is_expected(error: BaseException) -> bool:
    """Return whether a process may end for this reason when the network is bad: nobody knows what became of a write."""
    return not isinstance(error, (TouchpointError, AssertionError, LookupError, TypeError, ValueError, AttributeError))


async def _fetch(consumer: SimConsumer) -> None:
    while True:
        await consumer._wait_next_records(1.0)
        await asyncio.sleep(0)


async def _commit(consumer: SimConsumer) -> None:
    while True:
        await asyncio.sleep(consumer.kit.settings.commit_sec)
        await consumer.commit()
