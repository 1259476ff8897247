"""The workers under attack, and the supervisor that starts again what has ended by itself."""

import asyncio
import time
from collections import Counter
from contextlib import ExitStack
from pathlib import Path
from types import TracebackType
from typing import Final, Self

from streams.testing.workers import WorkerProcess
from tests.soak.subject import Program

READY: Final = ": ready: "
SUPERVISE_SEC: Final = 0.5
BACK_OFF_SEC: Final = 1.0
POLL_SEC: Final = 0.1
STOP_SEC: Final = 60.0  # the promise is 10; a machine without spare time and a broker that is away are not the point


class Slot:
    """A place for one worker: whoever does something to it holds its lock."""

    def __init__(self, process: WorkerProcess, *, is_wanted: bool) -> None:
        """Prepare; `is_wanted` says whether the supervisor keeps it alive."""
        self.process = process
        self.is_wanted = is_wanted
        self.lock = asyncio.Lock()
        self._seen = 0

    def start(self) -> None:
        """Start it, and remember what it said in its earlier lives."""
        self._seen = self.process.said.count(READY)
        self.process.start()

    def kill(self) -> None:
        """Kill it."""
        self.process.kill()

    async def stop(self) -> int:
        """Ask it to stop and return its exit code; raises TimeoutExpired."""
        self.process.terminate()
        return await asyncio.to_thread(self.process.wait, STOP_SEC)

    async def wait_ready(self, patience_sec: float) -> bool:
        """Return whether it has been ready in this life, within the time."""
        until = time.monotonic() + patience_sec
        while self.process.said.count(READY) <= self._seen:
            if time.monotonic() > until:
                return False
            await asyncio.sleep(POLL_SEC)
        return True


class Fleet:
    """Some workers that are always there, and one more that comes and goes; a context manager ends them all."""

    def __init__(self, folder: Path, program: Program, workers: int) -> None:
        """Prepare. The first worker is a static member of its group, the others are not."""
        self.ended: Counter[str] = Counter()  # by themselves: what they said last
        self._stack = ExitStack()
        names = [chr(ord("a") + number) for number in range(workers + 1)]
        self.slots = [
            Slot(
                WorkerProcess(
                    name,
                    folder,
                    {**program.environ, "TOUCHPOINT_INSTANCE_ID": "" if number else name, "SOAK_WORKER": name},
                    program.arguments[1:],
                    program.arguments[0],
                    program.module,
                ),
                is_wanted=number < workers,
            )
            for number, name in enumerate(names)
        ]

    @property
    def spare(self) -> Slot:
        """The one that comes and goes."""
        return self.slots[-1]

    @property
    def alive(self) -> int:
        """How many processes there are."""
        return sum(slot.process.is_alive for slot in self.slots)

    def start(self) -> None:
        """Start those that are always there."""
        for slot in self.slots:
            if slot.is_wanted:
                slot.start()

    async def supervise(self) -> None:
        """Start again what has ended by itself, as any supervisor would, until cancelled."""
        while True:
            for slot in self.slots:
                if slot.is_wanted and not slot.lock.locked() and not slot.process.is_alive:
                    async with slot.lock:
                        self.ended[f"{slot.process.wait(0)}: {_last_line(slot.process)}"] += 1
                        await asyncio.sleep(BACK_OFF_SEC)
                        slot.start()
            await asyncio.sleep(SUPERVISE_SEC)

    async def stop(self) -> list[int]:
        """Stop all cleanly, and return their exit codes."""
        for slot in self.slots:
            slot.is_wanted = False
        return [await slot.stop() for slot in self.slots if slot.process.is_alive]

    def __enter__(self) -> Self:
        """Nothing runs yet."""
        for slot in self.slots:
            self._stack.enter_context(slot.process)
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        """End them whatever their state."""
        self._stack.close()


def _last_line(process: WorkerProcess) -> str:
    lines = [line for line in process.said.splitlines() if line.strip() and not line.startswith(" ")]
    return lines[-1][:160] if lines else ""
