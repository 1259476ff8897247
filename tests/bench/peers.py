"""The contestants as child processes, and how far each has come."""

import asyncio
import os
import re
import signal
import sys
import time
import urllib.request
from abc import ABC, abstractmethod
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from aiokafka.admin import AIOKafkaAdminClient

from streams.broker.probe import free_port

HERE: Final = Path(__file__).parent
ROOT: Final = HERE.parent.parent
COMPILED: Final = ROOT / ".compiled"
BENCH_PYTHON: Final = ROOT / ".venv-bench" / "bin" / "python"
SAMPLE_SEC: Final = 1.0
SOON_SEC: Final = 0.1
LATE_SEC: Final = 5.0
FIRST_RECORD_SEC: Final = 120.0
TICKS: Final = os.sysconf("SC_CLK_TCK")
GROUP: Final = "journeys"


@dataclass(frozen=True)
class Result:
    """What one peer did: records taken, wall time from its first record, processor time from there."""

    name: str
    records: int
    seconds: float
    cpu_seconds: float
    is_whole: bool

    @property
    def rate(self) -> float:
        """Records a second of wall time."""
        return self.records / self.seconds

    @property
    def cpu_rate(self) -> float:
        """Records a second of its own processor time: what one core does, however busy the machine is."""
        return self.records / self.cpu_seconds


def next_look(missing: int, rate: float) -> float:
    """Return in how many seconds to ask again: to be asked costs a peer something, to be asked late costs it more."""
    return min(max(missing / rate / 2, SOON_SEC), LATE_SEC) if rate else SAMPLE_SEC


class Contestant(ABC):
    """A process that takes the records on the broker."""

    def __init__(self, name: str, command: Sequence[str], environment: Mapping[str, str]) -> None:
        self.name = name
        self._command = command
        self._environment = environment
        self._process: asyncio.subprocess.Process | None = None

    @property
    def process(self) -> asyncio.subprocess.Process:
        """The running process."""
        assert self._process is not None
        return self._process

    async def start(self, log: Path) -> None:
        """Start the process; its complaints go to the log."""
        with log.open("wb") as output:
            self._process = await asyncio.create_subprocess_exec(
                *self._command,
                stdout=asyncio.subprocess.PIPE,
                stderr=output,
                cwd=ROOT,
                env={**os.environ, **self._environment},
            )

    async def stop(self) -> None:
        """End it, by force if need be."""
        if self.process.returncode is None:
            self.process.terminate()
            try:
                await asyncio.wait_for(self.process.wait(), 15)
            except TimeoutError:
                self.process.kill()
                await self.process.wait()

    @abstractmethod
    async def taken(self, total: int) -> int:
        """Return how many records it has taken so far; 0 until its first."""

    async def measure(self, total: int, limit_sec: float, log: Path) -> Result:
        """Run it until it has taken every record, or for so long."""
        await self.start(log)
        try:
            began, cpu_before = await self._first_record(total)
            cpu = cpu_before
            furthest, pause = 0, SAMPLE_SEC
            while True:
                await asyncio.sleep(pause)
                taken = await self.taken(total)
                now = time.time()
                furthest = max(furthest, taken)
                pause = next_look(total - furthest, furthest / (now - began))
                if self.process.returncode is None:
                    cpu = self._cpu_seconds()
                elif self.process.returncode:
                    raise RuntimeError(f"{self.name} ended with {self.process.returncode}; see {log}")
                if taken >= total or now - began >= limit_sec:
                    return Result(self.name, taken, now - began, cpu - cpu_before, taken >= total)
        finally:
            await self.stop()

    async def _first_record(self, total: int) -> tuple[float, float]:
        until = time.time() + FIRST_RECORD_SEC
        while not await self.taken(total):
            if self.process.returncode is not None or time.time() > until:
                raise RuntimeError(f"{self.name} took no record; see its log")
            await asyncio.sleep(0.02)
        return time.time(), self._cpu_seconds()

    def _cpu_seconds(self) -> float:
        fields = Path(f"/proc/{self.process.pid}/stat").read_text().rpartition(")")[2].split()
        return (int(fields[11]) + int(fields[12])) / TICKS


class Peer(Contestant):
    """A stock peer: says `seen <records> <Unix time>` on its output every hundred records.

    Its records count when its code has seen them; what it still has to write and commit is not charged to it.
    """

    def __init__(self, name: str, command: Sequence[str], environment: Mapping[str, str]) -> None:
        super().__init__(name, command, environment)
        self._seen = 0
        self._reading: asyncio.Task[None] | None = None

    async def taken(self, total: int) -> int:
        """Return what it said last; it says nothing of a rest below a hundred."""
        if self._reading is None:
            self._reading = asyncio.create_task(self._read())
        return total if self._seen >= total - 100 else self._seen

    async def _read(self) -> None:
        output = self.process.stdout
        assert output is not None
        while line := await output.readline():
            if line.startswith(b"seen "):
                self._seen = max(1, int(line.split()[1]))


class Worker(Contestant):
    """Our worker with the shipped rules. Its records count when they are committed, with every effect acknowledged.

    It writes a changed journey ten seconds later and commits behind that; told to end once it has folded everything, it
    writes and commits at once, so the figure holds everything that it owes and none of the waiting.
    """

    def __init__(
        self, servers: str, topics: Sequence[str], environment: Mapping[str, str], *, is_compiled: bool = True
    ) -> None:
        self._port = free_port()
        self._servers = servers
        self._topics = topics
        self._folded = 0
        command = [str(Path(sys.executable).with_name("touchpoint")), "worker", "--metrics-port", str(self._port)]
        name, path = (
            ("touchpoint worker", {"PYTHONPATH": str(COMPILED)}) if is_compiled else ("worker, not compiled", {})
        )
        super().__init__(name, command, {**environment, **path})

    async def taken(self, total: int) -> int:
        """Watch it fold, end it then, and return what is committed; before that, what is folded, but never all."""
        if self._folded < total and self.process.returncode is None:
            self._folded = await self._counted()
            if self._folded >= total:
                self.process.send_signal(signal.SIGTERM)
            return min(self._folded, total - 1)
        return await self._committed()

    async def ready(self) -> None:
        """Wait until it folds."""
        while not await asyncio.to_thread(_page, f"http://127.0.0.1:{self._port}/readyz"):
            if self.process.returncode is not None:
                raise RuntimeError("the worker ended before it was ready; see its log")
            await asyncio.sleep(SAMPLE_SEC)

    async def _counted(self) -> int:
        page = await asyncio.to_thread(_page, f"http://127.0.0.1:{self._port}/metrics")
        counts = re.findall(r"^touchpoint_touchpoints_total\{.*\} (\S+)$", page, re.MULTILINE)
        return sum(int(float(count)) for count in counts)

    async def _committed(self) -> int:
        admin = AIOKafkaAdminClient(bootstrap_servers=self._servers)
        await admin.start()
        try:
            offsets = await admin.list_consumer_group_offsets(GROUP)
        finally:
            await admin.close()
        return sum(max(0, there.offset) for place, there in offsets.items() if place.topic in self._topics)


def _page(url: str) -> str:
    try:
        with urllib.request.urlopen(url, timeout=5) as answer:  # noqa: S310 - a loopback address of our own
            content: bytes = answer.read()
    except OSError:
        return ""
    return content.decode()
