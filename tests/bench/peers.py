"""The contestants as child processes, and how far each has come."""

import asyncio
import os
import re
import signal
import sys
import time
import urllib.request
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from aiokafka.admin import AIOKafkaAdminClient

from streams.broker.probe import free_port

HERE: Final = Path(__file__).parent
ROOT: Final = HERE.parent.parent
BENCH_PYTHON: Final = ROOT / ".venv-bench" / "bin" / "python"
SAMPLE_SEC: Final = 0.25
TICKS: Final = os.sysconf("SC_CLK_TCK")


@dataclass(frozen=True)
class Result:
    """What one peer did: committed records, wall time from its first record, processor time."""

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


class Peer:
    """A stock peer: says `first <Unix time>` on its output at its first record, and commits by itself."""

    def __init__(self, name: str, group: str, command: Sequence[str], environment: Mapping[str, str]) -> None:
        self.name = name
        self.group = group
        self._command = command
        self._environment = environment
        self._process: asyncio.subprocess.Process | None = None
        self._first = 0.0

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

    async def first_record(self) -> float:
        """Wait for the first record; return when it was, in Unix time."""
        output = self.process.stdout
        assert output is not None
        while line := await output.readline():
            if line.startswith(b"first "):
                return float(line.split()[1])
        raise RuntimeError(f"{self.name} ended before its first record; see its log")

    async def hasten(self, total: int) -> None:
        """Do what makes the peer commit once it has taken everything; stock peers commit on their own clock."""

    def cpu_seconds(self) -> float:
        """Processor time so far."""
        fields = Path(f"/proc/{self.process.pid}/stat").read_text().rpartition(")")[2].split()
        return (int(fields[11]) + int(fields[12])) / TICKS

    async def stop(self) -> None:
        """End it, by force if need be."""
        if self.process.returncode is None:
            self.process.terminate()
            try:
                await asyncio.wait_for(self.process.wait(), 15)
            except TimeoutError:
                self.process.kill()
                await self.process.wait()

    @property
    def process(self) -> asyncio.subprocess.Process:
        """The running process."""
        assert self._process is not None
        return self._process


class Worker(Peer):
    """Our worker with the shipped rules: watched over its own metrics, and told to end once it has folded all.

    It writes a changed journey ten seconds later, and commits behind that; ending it makes it write and commit at once,
    so the figure holds everything it owes and none of the waiting.
    """

    def __init__(self, environment: Mapping[str, str]) -> None:
        self._port = free_port()
        command = [str(Path(sys.executable).with_name("touchpoint")), "worker", "--metrics-port", str(self._port)]
        super().__init__("touchpoint worker", "journeys", command, environment)

    async def first_record(self) -> float:
        """Watch the counter leave zero."""
        while not await self.folded():
            if self.process.returncode is not None:
                raise RuntimeError("the worker ended before its first record; see its log")
            await asyncio.sleep(0.05)
        return time.time()

    async def ready(self) -> None:
        """Wait until it folds."""
        while not await asyncio.to_thread(_page, f"http://127.0.0.1:{self._port}/readyz"):
            if self.process.returncode is not None:
                raise RuntimeError("the worker ended before it was ready; see its log")
            await asyncio.sleep(SAMPLE_SEC)

    async def hasten(self, total: int) -> None:
        """End it, cleanly, once it has folded everything."""
        if self.process.returncode is None and await self.folded() >= total:
            self.process.send_signal(signal.SIGTERM)

    async def folded(self) -> int:
        """Return the touchpoints folded so far."""
        page = await asyncio.to_thread(_page, f"http://127.0.0.1:{self._port}/metrics")
        return sum(
            int(float(count)) for count in re.findall(r"^touchpoint_touchpoints_total\{.*\} (\S+)$", page, re.MULTILINE)
        )


def _page(url: str) -> str:
    try:
        with urllib.request.urlopen(url, timeout=5) as answer:  # noqa: S310 - a loopback address of our own
            content: bytes = answer.read()
    except OSError:
        return ""
    return content.decode()


async def measure(peer: Peer, servers: str, topics: Sequence[str], total: int, limit_sec: float, log: Path) -> Result:
    """Run a peer until it has committed every record, or for so long; the records are on the broker already."""
    admin = AIOKafkaAdminClient(bootstrap_servers=servers)
    await admin.start()
    await peer.start(log)
    try:
        began = await asyncio.wait_for(peer.first_record(), 120)
        cpu_before = cpu = peer.cpu_seconds()
        while True:
            await asyncio.sleep(SAMPLE_SEC)
            committed = await _committed(admin, peer.group, topics)
            now = time.time()
            if peer.process.returncode is None:
                cpu = peer.cpu_seconds()
            if committed >= total or now - began >= limit_sec:
                return Result(peer.name, committed, now - began, cpu - cpu_before, committed >= total)
            if peer.process.returncode:
                raise RuntimeError(f"{peer.name} ended with {peer.process.returncode}; see {log.name}")
            await peer.hasten(total)
    finally:
        await peer.stop()
        await admin.close()


async def _committed(admin: AIOKafkaAdminClient, group: str, topics: Sequence[str]) -> int:
    offsets = await admin.list_consumer_group_offsets(group)
    return sum(max(0, there.offset) for place, there in offsets.items() if place.topic in topics)
