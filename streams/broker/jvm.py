"""A Java program as a child process: its command line, its log file, its end."""

import os
import signal
import subprocess
import weakref
from collections.abc import Sequence
from pathlib import Path
from typing import Final

KILL_AFTER_SEC: Final = 8.0  # a process must end within ten
LOG_TAIL_BYTES: Final = 20_000


class Jvm:
    """One running Java program; it gets a session of its own, so that Ctrl-C reaches it only through its owner."""

    def __init__(self, command: Sequence[str | Path], *, log: Path, cwd: Path, keep_open: Sequence[int] = ()) -> None:
        self.log = log
        if log.exists():
            log.replace(log.with_suffix(".log.1"))
        with log.open("wb") as output:
            self._process = subprocess.Popen(  # noqa: S603 - the command is built here, from no outside text
                [str(part) for part in command],
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=subprocess.STDOUT,
                cwd=cwd,
                pass_fds=keep_open,
                start_new_session=True,
            )
        # An owner that forgets to stop it, or ends by an exception, takes it along.
        self._finalizer = weakref.finalize(self, _kill, self._process)

    @property
    def pid(self) -> int:
        """The process id."""
        return self._process.pid

    @property
    def returncode(self) -> int | None:
        """None while it runs; afterwards its exit code, or minus the signal that ended it."""
        return self._process.poll()

    def wait(self, timeout_sec: float | None = None) -> int:
        """Wait until it has ended and return its exit code; raises TimeoutError."""
        try:
            return self._process.wait(timeout_sec)
        except subprocess.TimeoutExpired as error:
            raise TimeoutError(f"process {self.pid} did not end within {timeout_sec} s") from error

    def stop(self, timeout_sec: float = KILL_AFTER_SEC) -> None:
        """Ask it to end, and kill it when it has not within the time; returns when it has ended."""
        if self.returncode is None:
            self._process.terminate()
            try:
                self.wait(timeout_sec)
            except TimeoutError:
                self._process.kill()
        self._process.wait()
        self._finalizer.detach()

    def kill(self) -> None:
        """End it as a crash would."""
        self._process.kill()
        self._process.wait()
        self._finalizer.detach()

    def pause(self) -> None:
        """Freeze it."""
        os.kill(self.pid, signal.SIGSTOP)

    def resume(self) -> None:
        """Let a frozen one go on."""
        os.kill(self.pid, signal.SIGCONT)

    def log_tail(self) -> str:
        """Return the end of what it wrote."""
        with self.log.open("rb") as log:
            log.seek(max(0, self.log.stat().st_size - LOG_TAIL_BYTES))
            return log.read().decode(errors="replace")


def _kill(process: "subprocess.Popen[bytes]") -> None:
    if process.poll() is None:
        process.kill()
        process.wait()
