"""An event loop without a machine under it: time is a number, what is ready runs in a seeded order, processes can die.

Whatever a process starts carries its name in a context variable. What belongs to a frozen process waits until it is
thawed; what belongs to a dead one never runs again, not even its `finally`: that is kill -9.
"""

import asyncio
import random
from asyncio import base_events
from collections.abc import Coroutine
from contextvars import ContextVar
from heapq import heappop
from typing import Any, Final

from tests.simulation.process import Process

EPOCH: Final = 1_767_603_600.0  # 2026-01-05T09:00:00Z: what the wall clock says when a run begins
MOST_TURNS: Final = 1_000_000  # of one run: more is a loop that never waits
PROCESS: ContextVar[Process | None] = ContextVar("process", default=None)


class NumberedTask(asyncio.Task[Any]):
    """A task whose place in a set depends on when it was made, not on where it lies in memory."""

    number = 0

    def __hash__(self) -> int:
        """Return its number."""
        return self.number


class NumberedFuture(asyncio.Future[Any]):
    """A future, likewise."""

    number = 0

    def __hash__(self) -> int:
        """Return its number."""
        return self.number


class VirtualLoop(base_events.BaseEventLoop):
    """Runs one world. Make a new one for each run."""

    def __init__(self, seed: int) -> None:
        """Start at time 0."""
        super().__init__()
        self.now = 0.0
        self.turns = 0
        self.is_over = False  # the dead may tidy up, nobody looks any more
        self._random = random.Random(f"order {seed}")
        self._spent = 0.0
        self._numbers = 0
        self._clock_resolution = 1e-9
        self.set_task_factory(self._make_task)  # type: ignore[arg-type] # its options differ between versions

    def time(self) -> float:
        """Return the seconds since the run began."""
        return self.now

    def wall(self) -> float:
        """Return what the wall clock says."""
        return EPOCH + self.now

    def spend(self) -> float:
        """Return a time that goes on by itself, as if computing took any; for how long a slice has lasted."""
        self._spent += self._random.choice((0.0, 0.0, 0.0, 0.001, 0.005))
        return self.now + self._spent

    def create_future(self) -> "asyncio.Future[Any]":
        """Return a future with a number."""
        future = NumberedFuture(loop=self)
        self._numbers += 1
        future.number = self._numbers
        return future

    def _make_task(self, loop: asyncio.AbstractEventLoop, coro: Coroutine[Any, Any, Any], **options: Any) -> Any:
        task = NumberedTask(coro, loop=loop, **options)
        self._numbers += 1
        task.number = self._numbers
        task._log_destroy_pending = False  # type: ignore[attr-defined] # the dead leave their tasks
        if (process := PROCESS.get()) is not None:
            process.tasks.append(task)
        return task

    def _run_once(self) -> None:
        timers, ready = self._scheduled, self._ready  # type: ignore[attr-defined] # what BaseEventLoop keeps
        if not ready and timers:
            self.now = max(self.now, timers[0]._when)
        while timers and timers[0]._when <= self.now:
            handle = heappop(timers)
            handle._scheduled = False
            ready.append(handle)
        if not ready:
            raise RuntimeError("nothing is left that could ever happen")
        batch = list(ready)
        ready.clear()
        if len(batch) > 1:
            self._random.shuffle(batch)
        self.turns += len(batch)
        if self.turns > MOST_TURNS:
            raise RuntimeError(f"nothing comes to rest in {MOST_TURNS} turns")
        for handle in batch:
            if not handle._cancelled and self._may_run(handle):
                handle._run()

    def _may_run(self, handle: Any) -> bool:
        process = handle._context.get(PROCESS)
        if process is None or self.is_over:
            return True
        if process.is_frozen or not process.is_alive:
            process.held.append(handle)
            return False
        return True

    def release(self, process: Process) -> None:
        """Let a process that was frozen go on with all that has come up in between."""
        process.is_frozen = False
        self._ready.extend(process.held)  # type: ignore[attr-defined] # as above
        process.held.clear()

    def _process_events(self, event_list: Any) -> None:
        """Do nothing: there is no selector."""

    def _write_to_self(self) -> None:
        """Do nothing: there is nobody to wake up."""


class VirtualTime:
    """Stands in for the module `time` wherever the worker asks it."""

    def monotonic(self) -> float:
        """Return the running loop's time."""
        return asyncio.get_running_loop().time()

    def time(self) -> float:
        """Return the wall clock of the running loop."""
        return _loop().wall()

    def time_ns(self) -> int:
        """Return the same in nanoseconds."""
        return int(_loop().wall() * 1_000_000_000)

    def perf_counter(self) -> float:
        """Return a time that goes on while nothing waits."""
        return _loop().spend()


def _loop() -> VirtualLoop:
    loop = asyncio.get_running_loop()
    assert isinstance(loop, VirtualLoop)
    return loop
