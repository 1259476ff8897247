"""One run's world: clock, broker, network, workers, and the faults that befall them."""

import random
from collections.abc import Callable, Mapping
from contextvars import Context
from typing import TYPE_CHECKING, Final

from streams.settings.lane import LaneSettings
from tests.simulation import job
from tests.simulation.faults import WEIGHTS, Fault, Faults
from tests.simulation.group import SESSION_SEC, Group
from tests.simulation.log import Logs
from tests.simulation.loop import VirtualLoop
from tests.simulation.network import Network
from tests.simulation.process import Process
from tests.simulation.trace import Trace

if TYPE_CHECKING:
    from tests.simulation.worker import Worker

EXPIRY_SEC: Final = 20.0  # the broker forgets who writes after so much silence: longer than a partition is nobody's
# As in a deployment, in proportion: a meta record well inside the fence's lifetime, and that well inside the expiry.
SETTINGS: Final = LaneSettings(
    session_sec=SESSION_SEC,
    commit_sec=0.5,
    flush_sec=2.0,
    refusal_sec=0.5,
    tick_sec=0.25,
    meta_sec=2.5,
    fence_sec=6.0,
    align_sec=0.5,
    stop_sec=4.0,
    crash_sec=1.5,
    held_records=30,
)


class Universe:
    """Everything that a run is made of. `problems` is empty as long as no law is broken."""

    def __init__(
        self, seed: int, tell: Callable[[str], object] | None = None, mix: Mapping[Fault, int] = WEIGHTS
    ) -> None:
        self.seed = seed
        self.settings = SETTINGS
        self.problems: list[str] = []
        self.workers: list[Worker] = []
        self.processes: list[Process] = []  # all there ever were: what a dead one leaves must not be closed
        self.loop = VirtualLoop(seed)
        self.trace = Trace(self.loop.time, tell)
        self.faults = Faults(seed, mix)
        self.network = Network(self.loop, seed, self._strike, self.trace)
        self.logs = Logs(EXPIRY_SEC, (job.TOPICS.stats,))
        self.group = Group(job.PARTITIONS, self.loop.time, self.draw("group"))
        self._chance = self.draw("chance")
        self._nobody = Context()

    def draw(self, name: str) -> random.Random:
        """Return random numbers that are this name's own."""
        return random.Random(f"{name} {self.seed}")

    def problem(self, what: str) -> None:
        """Take note that a law was broken."""
        self.problems.append(what)
        self.trace.add(f"BROKEN: {what}")

    def later(self, seconds: float, callback: Callable[..., object], *arguments: object) -> None:
        """Do something later that no process does."""
        self.loop.call_later(seconds, callback, *arguments, context=self._nobody)

    def restart(self, worker: "Worker") -> None:
        """Start a new process where the last one is gone, as a supervisor does."""
        self.later(self._chance.uniform(0.2, 4.0), worker.start)

    def crashed(self, process: Process, error: BaseException) -> None:
        """Take note that a process ends for a reason of its own."""
        from tests.simulation.worker import is_expected  # noqa: PLC0415 - the worker needs this module

        self.trace.add(f"{process}: crashes with {error!r}")
        if not is_expected(error):
            self.problem(f"{process} crashed with {error!r}")

    def heal(self) -> None:
        """Let no more faults happen."""
        self.faults.is_over = True
        self.network.down_until = 0.0

    def _strike(self, what: str, process: Process | None) -> Fault | None:
        fault = self.faults.strike()
        if fault is None or process is None or not process.is_alive:
            return None
        self.trace.add(f"{fault.value} at {process}: {what}")
        worker = next(each for each in self.workers if process.name.startswith(each.name))
        seconds = self.faults.seconds
        if fault is Fault.KILL:
            worker.gone(process, "is killed")
        elif fault is Fault.STOP:
            worker.stop()
        elif fault in (Fault.NAP, Fault.FREEZE):
            process.is_frozen = True
            nap, sleep = seconds.uniform(0.3, SESSION_SEC * 0.8), seconds.uniform(SESSION_SEC, SESSION_SEC * 6)
            self.later(nap if fault is Fault.NAP else sleep, self._thaw, process)
        elif fault is Fault.REBALANCE:
            self.group.rebalance()
        elif fault is Fault.OUTAGE:
            self.network.down_until = self.loop.time() + seconds.uniform(0.5, 10.0)
        elif fault is Fault.COMPACT:
            place = (job.TOPICS.changelog, seconds.randrange(job.PARTITIONS))
            log = self.logs.log(place)
            log.compact(int(log.end * seconds.uniform(0.3, 0.95)))
        else:
            return fault
        return None

    def _thaw(self, process: Process) -> None:
        if process.is_alive and process.is_frozen:
            self.trace.add(f"{process}: wakes up")
            self.loop.release(process)
