"""A Java program as a child process: its command line, its log file, its end."""

import os
import signal
import subprocess
import weakref
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path
from typing import Final

from streams.broker.held import begin, hold

KILL_AFTER_SEC: Final = 8.0  # a process must end within ten
LOG_TAIL_BYTES: Final = 20_000


# Waits for a line from the owner. When none comes, because the owner was killed, it ends the program in its place,
# and goes as soon as that is done.
GUARD: Final = (
    'read -r line || { kill -TERM "$0"; for _ in 1 2 3 4 5 6 7 8; do kill -0 "$0" || exit; sleep 1; done; '
    'kill -KILL "$0"; } 2>/dev/null'
)


class Jvm:
    """One running Java program.

    It has a session of its own, so that Ctrl-C reaches it only through its owner, and it does not outlive its owner:
    one that ends by an exception takes it along, and for one that is killed a guard does.
    """

    def __init__(self, command: Sequence[str | Path], *, log: Path, cwd: Path, keep_open: Sequence[int] = ()) -> None:
        self.log = log
        if log.exists():
            log.replace(log.with_suffix(".log.1"))
        with log.open("wb") as output:
            self._process = hold(command, stdout=output, stderr=subprocess.STDOUT, cwd=cwd, pass_fds=keep_open)
        self._guard = subprocess.Popen(  # noqa: S603 - a constant script and a number
            ["/bin/sh", "-c", GUARD, str(self._process.pid)],
            stdin=subprocess.PIPE,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            start_new_session=True,
        )
        self._finalizer = weakref.finalize(self, _kill, self._process, self._guard)
        begin(self._process)

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
            with suppress(TimeoutError):
                self.wait(timeout_sec)
        self._finalizer()

    def kill(self) -> None:
        """End it as a crash would."""
        self._finalizer()

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


def _kill(process: "subprocess.Popen[bytes]", guard: "subprocess.Popen[bytes]") -> None:
    """Make sure that it has ended, and only then release the guard: its process id may be another's soon."""
    if process.poll() is None:
        process.kill()
        process.wait()
    with suppress(BrokenPipeError):
        guard.communicate(b"\n")
