"""A process of the demo with a log file: started once, stopped once, and explained when it ends by itself."""

import os
import signal
import subprocess
import sys
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Final

from streams.broker.held import begin, hold
from streams.errors import TouchpointError

STOP_SEC: Final = 4.0
_TAIL_LINES: Final = 8
_CAUSE: Final = "error: "  # begins the one line in which every verb says why it ended


class Child:
    """One `touchpoint` command. Settings of the user's own deployment are none of the demo's."""

    def __init__(self, name: str, command: list[str], folder: Path, environment: Mapping[str, str], ready: str) -> None:
        """`ready` is what its log says once it does its work."""
        self.log = folder / f"{name}.log"
        self._name = name
        self._command = [sys.executable, "-P", "-m", "streams.cli", *command]
        self._environment = environment
        self._ready = ready
        self._process: subprocess.Popen[bytes] | None = None

    def start(self, launched: Callable[[int], None]) -> None:
        """Start it; `launched` is told its process id, which is also its group, before it does anything."""
        kept = {name: value for name, value in os.environ.items() if not name.startswith("TOUCHPOINT_")}
        with self.log.open("wb") as output:
            self._process = hold(self._command, env=kept | dict(self._environment), stdout=output, stderr=output)
        launched(self._process.pid)
        begin(self._process)

    @property
    def code(self) -> int | None:
        """The exit code once it has ended."""
        return self._process.poll() if self._process is not None else None

    def is_ready(self) -> bool:
        """Return whether it has said that it does its work."""
        return self._ready in self.log.read_text(errors="replace")

    def terminate(self) -> None:
        """Ask it to end; does nothing when it has."""
        if self._process is not None:
            self._process.terminate()

    def stop(self, timeout_sec: float = STOP_SEC) -> None:
        """Ask it to end, and kill it when it has not in time."""
        if self._process is None:
            return
        self._process.terminate()
        try:
            self._process.wait(max(0.0, timeout_sec))
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()

    def explain_end(self) -> TouchpointError:
        """Return the error for a process that has ended by itself, with the end of its log."""
        code = self.code or 0
        how = f"was killed by {signal.Signals(-code).name}" if code < 0 else f"ended with code {code}"
        lines = self.log.read_text(errors="replace").splitlines()
        cause = next((f": {line[len(_CAUSE) :]}" for line in reversed(lines) if line.startswith(_CAUSE)), "")
        tail = "".join(f"\n  {line}" for line in lines[-_TAIL_LINES:]) or " it is empty"
        message = f"the {self._name} {how}{cause}\nThe end of its log:{tail}\n"
        return TouchpointError(message, place=str(self.log), remedy="mend what the log says, then start the demo again")
