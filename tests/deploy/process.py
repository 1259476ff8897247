"""One process of a rehearsal: started, asked to end, killed, and gone at the end whatever its state."""

import signal
import subprocess
import weakref
from collections.abc import Mapping, Sequence
from contextlib import suppress
from pathlib import Path
from typing import Final

KILL_AFTER_SEC: Final = 20.0  # `stop_grace_period` of our own services
TAIL_BYTES: Final = 3_000


class Process:
    """A command with a log file; it runs from the beginning of this object."""

    def __init__(
        self, command: Sequence[str | Path], environ: Mapping[str, str], log: Path, *, cwd: Path, user: str = ""
    ) -> None:
        self.log = log
        with log.open("ab") as output:
            self._process = subprocess.Popen(
                [str(part) for part in command],
                env=dict(environ),
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=output,
                cwd=cwd,
                user=user or None,
                start_new_session=True,
            )
        self._finalizer = weakref.finalize(self, _kill, self._process)

    @property
    def pid(self) -> int:
        """The process id."""
        return self._process.pid

    @property
    def code(self) -> int | None:
        """The exit code once it has ended."""
        return self._process.poll()

    @property
    def said(self) -> str:
        """Everything in its log, also from processes before it."""
        return self.log.read_text(errors="replace")

    @property
    def tail(self) -> str:
        """The end of its log."""
        return self.said[-TAIL_BYTES:]

    def stop(self, number: signal.Signals = signal.SIGTERM, timeout_sec: float = KILL_AFTER_SEC) -> None:
        """Ask it to end, and kill it when it has not within the time."""
        if self.code is None:
            self._process.send_signal(number)
            with suppress(subprocess.TimeoutExpired):
                self._process.wait(timeout_sec)
        self._finalizer()

    def kill(self) -> None:
        """End it as a crash would."""
        self._finalizer()


def _kill(process: "subprocess.Popen[bytes]") -> None:
    if process.poll() is None:
        process.kill()
    process.wait()
