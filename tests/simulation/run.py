"""One run: a seed in, what it came to out."""

import asyncio
import gc
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cache
from types import ModuleType
from typing import Final

import streams.worker.run  # noqa: F401 - all modules whose clock is replaced
from streams.worker.lane import Lane
from tests.simulation import job
from tests.simulation.faults import WEIGHTS, Fault
from tests.simulation.laws import Laws
from tests.simulation.loop import EPOCH, VirtualTime
from tests.simulation.oracle import Expected, difference, journeys, restored
from tests.simulation.traffic import DUE_SEC, Sent, traffic
from tests.simulation.universe import Universe
from tests.simulation.worker import Worker

WORKERS: Final = ("a", "b", "c")
REST_SEC: Final = 90.0  # after the last fault everything must have been read within this
COMMIT_SEC: Final = 20.0  # and be committed within this, without further traffic
PROMPT_SEC: Final = 2.0  # law L6
LOOK_SEC: Final = 0.2
STAYS_SEC: Final = 3.0  # what is on its way when the faults end may still fail


@dataclass(frozen=True)
class Outcome:
    """What one run came to; without problems it is as it must be."""

    seed: int
    problems: list[str]
    trace: list[str]
    effects: int
    seconds: float  # of virtual time
    alerts: int

    @property
    def command(self) -> str:
        """How to see it again."""
        return f"python -m tests.simulation --seed {self.seed}"


def run(seed: int, tell: Callable[[str], object] | None = None, mix: Mapping[Fault, int] = WEIGHTS) -> Outcome:
    """Play one seed; `mix` says how likely each kind of fault is."""
    universe = Universe(seed, tell, mix)
    loop = universe.loop
    gc.disable()  # when it looks is no part of a seed, and a run is small
    try:
        with _virtual_time():
            director = Director(universe)
            try:
                loop.run_until_complete(director.play())
            except Exception as error:  # noqa: BLE001 - whatever it is, the run is not as it must be
                universe.problem(f"the run itself broke: {error!r}")
            _bury(universe)
    finally:
        gc.enable()
    return Outcome(
        seed, universe.problems, universe.trace.lines, universe.faults.effects, loop.time(), len(director.laws.said)
    )


class Director:
    """Sends the traffic, ends the faults, and compares what came of it."""

    def __init__(self, universe: Universe) -> None:
        self.laws = Laws(universe)
        self._universe = universe
        universe.loop.set_exception_handler(self._on_stray)

    async def play(self) -> None:
        """Play it all."""
        universe = self._universe
        sent = traffic(universe.seed)
        for record in sent:
            universe.later(record.at, self._send, record)
        universe.workers += [Worker(name, universe) for name in WORKERS]
        for worker in universe.workers:
            universe.later(universe.draw(f"start {worker.name}").uniform(0.0, 3.0), worker.start)
        await asyncio.sleep(sent[-1].at + 1.0)
        universe.heal()
        ready_at = await self._wait(self._is_at_rest, REST_SEC, "comes to rest")
        universe.trace.add("all has been read")
        await asyncio.sleep(max(0.0, sent[-1].at + DUE_SEC[1] - universe.loop.time()) + 2 * PROMPT_SEC)
        await self._wait(self._is_committed, COMMIT_SEC, "is committed")
        self._compare(EPOCH + ready_at)

    async def _wait(self, is_so: Callable[[], bool], seconds: float, what: str) -> float:
        loop = self._universe.loop
        until = loop.time() + seconds
        since = loop.time()
        while loop.time() - since < STAYS_SEC:
            if not is_so():
                since = loop.time() + LOOK_SEC
            if since > until:
                raise TimeoutError(f"not everything {what} within {seconds:.0f} s")
            await asyncio.sleep(LOOK_SEC)
        return loop.time()

    def _send(self, sent: Sent) -> None:
        logs = self._universe.logs
        logs.append(sent.place, [(int(self._universe.loop.wall() * 1000), sent.key, sent.value)])
        if sent.gap:
            logs.log(sent.place).end += 1

    def _lanes(self) -> list[Lane]:
        return [
            lane for worker in self._universe.workers if worker.app is not None for lane in worker.app.lanes.ready()
        ]

    def _is_at_rest(self) -> bool:
        universe = self._universe
        workers = universe.workers
        if not universe.group.is_stable or any(
            each.process is None or each.process.is_frozen or each.app is None or not each.app.lanes.is_ready()
            for each in workers
        ):
            return False
        lanes = self._lanes()
        ends = {
            (topic, number): universe.logs.log((topic, number)).end
            for topic in job.TOPICS.touchpoints
            for number in range(job.PARTITIONS)
        }
        return len(lanes) == job.PARTITIONS and all(
            lane.positions[topic] == ends[topic, lane.number] for lane in lanes for topic in job.TOPICS.touchpoints
        )

    def _is_committed(self) -> bool:
        logs, committed = self._universe.logs, self._universe.group.committed
        return all(
            committed.get(place, 0) == logs.log(place).end
            for topic in job.TOPICS.touchpoints
            for place in logs.places(topic)
        )

    def _compare(self, ready: float) -> None:
        universe, laws = self._universe, self.laws
        now_ms = int(universe.loop.wall() * 1000)
        expected = Expected(laws.arrived, now_ms)
        stands = expected.stands_of(laws.said.values())
        for name in sorted(expected.alerts.keys() | stands.keys()):
            if expected.alerts.get(name) != stands.get(name):
                universe.problem(f"L3: alert {name}: {difference(stands.get(name), expected.alerts.get(name))}")
        for name, alert in sorted(expected.alerts.items()):
            since = expected.since[name, alert.status] / 1000
            at = laws.said_at.get((name, alert.status))
            if at is not None and at > max(since, ready) + PROMPT_SEC:
                universe.problem(f"L6: {alert.rule} of {alert.customer} came {at - max(since, ready):.1f} s late")
        live = journeys(lane.core for lane in self._lanes())
        logs = universe.logs
        stored = [
            (place[1], record) for place in logs.places(job.TOPICS.changelog) for record in logs.log(place).records
        ]
        for what, found in (("in memory", live), ("on the changelog", restored(stored, now_ms))):
            for customer in sorted(expected.journeys.keys() | found.keys()):
                if expected.journeys.get(customer) != found.get(customer):
                    how = difference(found.get(customer), expected.journeys.get(customer))
                    universe.problem(f"L4: the journey of {customer} {what}: {how}")
        came = len({(touchpoint.source, touchpoint.id) for _, _, touchpoint in laws.arrived})
        if (counted := sum(laws.counted.values())) != came:
            universe.problem(f"L4: the statistics count {counted} touchpoints of {came}")
        if laws.dead != laws.unreadable:
            universe.problem(f"L1: dead letters of {laws.dead}, and unreadable were {laws.unreadable}")

    def _on_stray(self, loop: asyncio.AbstractEventLoop, context: dict[str, object]) -> None:
        self._universe.problem(f"nobody took care of {context.get('exception')!r}: {context.get('message')}")


@cache
def _modules() -> list[ModuleType]:
    import sys  # noqa: PLC0415 - only here
    import time  # noqa: PLC0415 - only here

    return [
        module
        for name, module in sorted(sys.modules.items())
        if name.startswith("streams.worker.") and getattr(module, "time", None) is time
    ]


@contextmanager
def _virtual_time() -> Iterator[None]:
    """Let the worker's modules ask the loop for the time."""
    import time  # noqa: PLC0415 - only here

    for module in _modules():
        module.time = VirtualTime()  # type: ignore[attr-defined] # each has it
    try:
        yield
    finally:
        for module in _modules():
            module.time = time  # type: ignore[attr-defined] # each has it


def _bury(universe: Universe) -> None:
    """End all tasks, those of dead processes too, so that nothing is left for the collector to close."""
    loop = universe.loop
    loop.is_over = True
    loop.set_exception_handler(lambda *_: None)
    for process in universe.processes:
        loop.release(process)

    async def bury() -> None:
        me = asyncio.current_task()
        for _ in range(20):
            left = [task for task in asyncio.all_tasks() if task is not me]
            if not left:
                break
            for task in sorted(left, key=hash):
                task.cancel()
            await asyncio.sleep(0.01)

    loop.run_until_complete(bury())
    loop.close()
    for process in universe.processes:
        for task in process.tasks:
            asyncio._unregister_task(task)  # the next run's tasks have the same numbers
