"""One replay on a broker that serves: topics, worker, touchpoints by their own time, what came of them."""

import asyncio
import time
from concurrent.futures import Future
from typing import TYPE_CHECKING, Final, NoReturn

from streams.alerts.alert import Alert, Status
from streams.broker import topics
from streams.broker.coordinators import wake
from streams.broker.send import Pace, send
from streams.codec.times import to_rfc3339
from streams.codec.vocabulary import shipped
from streams.demo import follow, words
from streams.demo.data import Material
from streams.demo.ending import Ending
from streams.demo.options import Options
from streams.demo.processes import Processes
from streams.demo.screen import Screen
from streams.demo.tally import Summary, Tally
from streams.demo.worker import PARTITIONS
from streams.errors import BrokerError, TouchpointError

if TYPE_CHECKING:
    from collections.abc import Callable

    from streams.demo.child import Child

READY_SEC: Final = 120.0  # 4 s are usual; a loaded machine may take ten times as long
_POLL_SEC: Final = 0.05
_CANCEL_SEC: Final = 0.5
_ENDING_SEC: Final = 8.0  # a killed process closes its connections first, and is seen to have ended only later


class Show:
    """Plays once; `began` is when the process did, on the monotonic clock."""

    def __init__(self, options: Options, screen: Screen, processes: Processes, began: float) -> None:
        self._options = options
        self._screen = screen
        self._processes = processes
        self._began = began
        self._tally = Tally()
        self._following: list[asyncio.Task[None]] = []
        self._broker_sec = self._elapsed()
        self._ready_sec = 0.0
        self._first_alert_sec: float | None = None
        self._doors = words.Doors()
        self._starting: asyncio.Task[Child] | None = None

    async def play(self, material: Future[Material], ending: Ending) -> Summary:
        """Play until the first of: the end, something breaks, a signal."""
        work = asyncio.create_task(self._work(material))
        tasks: list[asyncio.Task[Summary]] = [
            work,
            asyncio.create_task(self._watch()),
            asyncio.create_task(ending.wait()),
        ]
        try:
            done, _ = await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
            return next(iter(done)).result()
        except BrokerError:
            await self._look_for_an_end()
            raise
        finally:
            await _cancel([*tasks, *self._following])
            if self._starting is not None:  # a thread cannot be cancelled, and what it starts must be known to be ended
                await asyncio.wait([self._starting])

    async def _work(self, preparing: Future[Material]) -> Summary:
        screen, servers = self._screen, self._processes.servers
        await topics.create(servers, topics.Deployment(partitions=PARTITIONS, retention="forever"))
        worker = self._processes.start_worker()
        waking = asyncio.create_task(wake(servers))
        screen.say(f"Kafka serves on {servers} ({self._broker_sec:.1f} s)")
        material = await asyncio.wrap_future(preparing)
        for line in words.introduction(material, self._options.speed):
            screen.say(line)
        await asyncio.gather(self._wait_ready(), waking)
        self._ready_sec = self._elapsed()
        screen.say(f"the worker is ready ({self._ready_sec:.1f} s), its log is {worker.log}")
        self._following.append(asyncio.create_task(self._open_doors(worker.url)))
        reached: follow.Reached = {}
        followers = follow.followers(servers, self._tally, reached, self._hear)
        self._following += [asyncio.create_task(each) for each in followers]
        screen.begin(len(material.touchpoints))
        lines = follow.lines(material.touchpoints, self._tally)
        sent = await send(lines, servers, shipped(), Pace(self._options.speed))
        if sent.bad:
            raise TouchpointError(f"{sent.bad} touchpoints of the demo are bad: {sent.bad_lines[0]}")
        await follow.caught_up(servers, self._tally, reached)
        screen.end()
        summary = self._summarise(material)
        screen.summarise(summary)
        for line in words.conclusion(summary):
            screen.say(line)
        if not self._options.exit_at_end:
            for line in words.further(servers, worker.url, self._doors, self._tally.customer):
                screen.say(line)
            await asyncio.Event().wait()
        return summary

    async def _open_doors(self, worker: str) -> None:
        """Start desk and gateway beside the replay, one after the other, and say where each is once it serves."""
        processes = self._processes
        await self._open(lambda: processes.start_desk(worker))
        if processes.desk is not None:
            self._doors.desk = processes.desk.sign_in
            self._screen.say(f"the desk is open, work the alerts at {self._doors.desk}")
        await self._open(processes.start_gateway)
        if processes.gateway is not None:
            self._doors.gateway = processes.gateway.connect
            self._screen.say(f"the gateway is open, send touchpoints of your own from {self._doors.gateway}")

    async def _open(self, start: "Callable[[], Child]") -> None:
        self._starting = asyncio.create_task(asyncio.to_thread(start))
        child = await asyncio.shield(self._starting)
        while not child.is_ready():  # noqa: ASYNC110 - it waits for another process
            await asyncio.sleep(_POLL_SEC)

    async def _wait_ready(self) -> None:
        deadline = time.monotonic() + READY_SEC
        worker = self._processes.worker
        while worker is None or not worker.is_ready():
            if time.monotonic() > deadline:
                remedy = "look at its log, and at the load of this machine"
                place = str(worker.log) if worker is not None else ""
                raise TouchpointError(f"the worker is not ready after {READY_SEC:.0f} s", place=place, remedy=remedy)
            await asyncio.sleep(_POLL_SEC)

    async def _watch(self) -> NoReturn:
        """Draw, until something ends that should not."""
        while True:
            self._processes.check()
            for task in self._following:
                if task.done():
                    task.result()
            self._screen.draw(self._tally)
            await asyncio.sleep(_POLL_SEC)

    async def _look_for_an_end(self) -> None:
        """What a client misses is often a process that has ended: raise its reason, if one has or is about to."""
        deadline = time.monotonic() + _ENDING_SEC
        while time.monotonic() < deadline:
            self._processes.check()
            await asyncio.sleep(_POLL_SEC)

    def _hear(self, alert: Alert) -> None:
        if self._first_alert_sec is None and alert.status is not Status.WATCHING:
            self._first_alert_sec = self._elapsed()
        self._screen.tell(alert)

    def _elapsed(self) -> float:
        return round(time.monotonic() - self._began, 2)

    def _summarise(self, material: Material) -> Summary:
        tally = self._tally
        first, last = (material.touchpoints[end].time for end in (0, -1))
        return Summary(
            touchpoints=tally.sent,
            real=sum(material.real.values()),
            simulated=sum(material.simulated.values()),
            journeys=tally.journeys,
            alerts=tally.alerts,
            dead_letters=tally.dead_letters,
            seconds=self._elapsed(),
            broker_seconds=self._broker_sec,
            ready_seconds=self._ready_sec,
            first_alert_seconds=self._first_alert_sec,
            speed=self._options.speed or None,
            event_time=(to_rfc3339(first), to_rfc3339(last)),
            sources={"real": material.real, "simulated": material.simulated},
            statuses=tally.statuses(),
            moments=tally.moments(),
            rules=tally.rules(),
        )


async def _cancel(tasks: list[asyncio.Task[Summary] | asyncio.Task[None]]) -> None:
    """End tasks; those whose client waits for a broker that is gone are told twice."""
    for _ in range(2):
        for task in tasks:
            task.cancel()
        await asyncio.wait(tasks, timeout=_CANCEL_SEC)
