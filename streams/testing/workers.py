"""Worker processes that a test starts, hurts and restarts."""

import os
import re
import signal
import subprocess
import sys
import time
from collections.abc import Mapping
from pathlib import Path
from typing import IO, Final, Self

from streams.testing.patience import PATIENCE_SEC

POLL_SEC: Final = 0.02
_READY: Final = re.compile(r"ready: partitions \[(.*)\]")
_PEAK: Final = re.compile(r"VmHWM:\s*(\d+) kB")
_OWNED: Final = re.compile(r"\d+")


class WorkerProcess:
    """One `touchpoint worker` that can be killed, frozen and started again under the same settings.

    Use as a context manager: whatever state it is in, it is gone at the end. Its log is kept over restarts.
    """

    def __init__(
        self,
        name: str,
        folder: Path,
        environ: Mapping[str, str],
        arguments: tuple[str, ...] = (),
        command: str = "worker",
        module: str = "streams.cli",
    ) -> None:
        """Prepare; `environ` comes over this process's own environment.

        Another `command`, or another module that takes commands, runs as a process too.
        """
        self.name = name
        self.log = folder / f"{name}.log"
        self.exits: list[int] = []
        self._environ = {**os.environ, "TOUCHPOINT_DATA_DIR": str(folder / name), "TOUCHPOINT_METRICS_PORT": "0"}
        self._environ |= environ
        self._arguments = ("-m", module, command, *arguments)
        self._process: subprocess.Popen[bytes] | None = None
        self._output: IO[bytes] | None = None

    @property
    def is_alive(self) -> bool:
        """Whether the process runs (or is frozen)."""
        return self._process is not None and self._process.poll() is None

    @property
    def peak_bytes(self) -> int:
        """The most memory that the running process has had (Linux alone tells)."""
        assert self._process is not None  # noqa: S101 - it was started
        status = Path(f"/proc/{self._process.pid}/status").read_text()
        return int(_PEAK.findall(status)[0]) * 1024

    @property
    def pid(self) -> int:
        """Its process id; raises RuntimeError where it was never started."""
        if self._process is None:
            raise RuntimeError(f"{self.name} was not started")
        return self._process.pid

    @property
    def said(self) -> str:
        """Everything it has logged so far, over all its lives."""
        return self.log.read_text(errors="replace") if self.log.exists() else ""

    @property
    def owned(self) -> set[int]:
        """The partitions that it was last ready with."""
        return {int(number) for number in _OWNED.findall((_READY.findall(self.said) or [""])[-1])}

    def start(self) -> Self:
        """Start it; does nothing while it lives."""
        if not self.is_alive:
            self._reap()
            self._output = self.log.open("ab")
            command = [sys.executable, *self._arguments]
            self._process = subprocess.Popen(  # noqa: S603 - our own command line
                command, env=self._environ, stdout=self._output, stderr=self._output, stdin=subprocess.DEVNULL
            )
        return self

    def kill(self) -> None:
        """Kill it as the kernel would: no last words."""
        self._signal(signal.SIGKILL)
        if self._process is not None:
            self._process.wait()

    def terminate(self) -> None:
        """Ask it to stop."""
        self._signal(signal.SIGTERM)

    def freeze(self) -> None:
        """Stop its clock, as a long pause of a virtual machine does."""
        self._signal(signal.SIGSTOP)

    def thaw(self) -> None:
        """Let it go on."""
        self._signal(signal.SIGCONT)

    def wait_ready(self, timeout_sec: float = PATIENCE_SEC, times: int = 1) -> Self:
        """Return once it has logged `ready` so often; raise TimeoutError, or RuntimeError when it has ended."""
        deadline = time.monotonic() + timeout_sec
        while self.said.count(": ready: ") < times:
            if not self.is_alive:
                raise RuntimeError(f"{self.name} has ended with {self.wait(0)}:\n{self.said[-3000:]}")
            if time.monotonic() > deadline:
                raise TimeoutError(f"{self.name} is not ready after {timeout_sec} s:\n{self.said[-3000:]}")
            time.sleep(POLL_SEC)
        return self

    def wait_owning(self, partitions: int, timeout_sec: float = PATIENCE_SEC) -> Self:
        """Return once the last thing it was ready with is so many partitions."""
        deadline = time.monotonic() + timeout_sec
        while len(self.owned) != partitions:
            if time.monotonic() > deadline:
                raise TimeoutError(f"{self.name} does not own {partitions} partitions:\n{self.said[-3000:]}")
            time.sleep(POLL_SEC)
        return self

    def wait(self, timeout_sec: float = PATIENCE_SEC) -> int:
        """Return its exit code once it has ended; raise subprocess.TimeoutExpired when it does not."""
        assert self._process is not None  # noqa: S101 - it was started
        return self._process.wait(timeout_sec)

    def __enter__(self) -> Self:
        """Return itself; it is started by hand."""
        return self

    def __exit__(self, *_: object) -> None:
        """End it whatever its state."""
        self.thaw()
        self.kill()
        self._reap()

    def _signal(self, number: signal.Signals) -> None:
        if self._process is not None and self.is_alive:
            self._process.send_signal(number)

    def _reap(self) -> None:
        if self._process is not None:
            self.exits.append(self._process.wait())
            self._process = None
        if self._output is not None:
            self._output.close()
            self._output = None
