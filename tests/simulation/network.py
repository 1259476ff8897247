"""Between the processes and the broker: every request and every answer takes its time, and some never arrive."""

import asyncio
import random
from collections.abc import Callable
from contextvars import Context
from typing import Any, Final, Protocol, TypeVar

from aiokafka import errors

from tests.simulation.faults import Fault
from tests.simulation.loop import PROCESS, VirtualLoop
from tests.simulation.process import Process
from tests.simulation.trace import Trace

TIMEOUT_SEC: Final = 1.5  # after which a client takes a request for lost
ABANDONED_BEFORE: Final = 0.5  # the share of abandoned requests that never reached the broker
_T = TypeVar("_T")


class Striker(Protocol):
    """Lets faults happen."""

    def __call__(self, what: str, process: Process | None) -> Fault | None:
        """Count an effect; return the fault that befalls this very request, others have happened by now."""


class Network:
    """One for all processes of a run."""

    def __init__(self, loop: VirtualLoop, seed: int, strike: Striker, trace: Trace) -> None:
        self.down_until = 0.0
        self._loop = loop
        self._random = random.Random(f"network {seed}")
        self._strike = strike
        self._trace = trace
        self._broker = Context()  # where what the broker does belongs to no process

    def latency(self) -> float:
        """Return how long one way takes."""
        return self._random.uniform(0.02, 0.4) if self._random.random() < 0.05 else self._random.uniform(0.001, 0.01)

    async def call(self, what: str, action: Callable[[], _T], *, is_effect: bool = True) -> _T:
        """Let the broker do something; raises what it raises, or RequestTimedOutError when nobody can know.

        What is no effect (heartbeats, polls) is slow at times and never befallen by a fault of its own.
        """
        process = PROCESS.get()
        fault = self._strike(what, process) if is_effect else None
        if process is not None and (process.is_frozen or not process.is_alive):
            await asyncio.sleep(0)  # comes back once it is thawed, if ever
        answer: asyncio.Future[Any] = self._loop.create_future()
        self._later(self.latency(), self._arrive, what, action, answer, fault, process)
        return await answer  # type: ignore[no-any-return] # it is what the action returns

    def _later(self, delay: float, callback: Callable[..., None], *arguments: Any) -> None:
        self._loop.call_later(delay, callback, *arguments, context=self._broker)

    def _arrive(
        self,
        what: str,
        action: Callable[[], Any],
        answer: "asyncio.Future[Any]",
        fault: Fault | None,
        process: Process | None,
    ) -> None:
        if (wait := self.down_until - self._loop.time()) > 0:
            self._later(wait + self.latency(), self._arrive, what, action, answer, fault, process)
            return
        if fault is Fault.LOSE:
            self._trace.add(f"{process}: {what} is lost")
            self._later(TIMEOUT_SEC, _fail, answer, errors.RequestTimedOutError())
            return
        if fault is Fault.ABANDON and self._random.random() < ABANDONED_BEFORE:
            self._later(TIMEOUT_SEC, _fail, answer, errors.NotLeaderForPartitionError())
            return
        try:
            result = action()
        except errors.KafkaError as error:
            self._later(self.latency(), _fail, answer, error)
            return
        if fault is Fault.ABANDON:
            self._later(TIMEOUT_SEC, _fail, answer, errors.NotLeaderForPartitionError())
        elif fault is Fault.MUTE:
            self._trace.add(f"{process}: the answer to {what} is lost")
            self._later(TIMEOUT_SEC, _fail, answer, errors.RequestTimedOutError())
        else:
            self._later(self.latency(), _succeed, answer, result)


def _succeed(answer: "asyncio.Future[Any]", result: Any) -> None:
    if not answer.done():
        answer.set_result(result)


def _fail(answer: "asyncio.Future[Any]", error: Exception) -> None:
    if not answer.done():
        answer.set_exception(error)
