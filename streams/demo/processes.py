"""The demo's processes besides its own: the broker, one worker, and a guard that outlives the demo."""

import os
import signal
import subprocess
import sys
from contextlib import suppress
from pathlib import Path
from types import TracebackType
from typing import Final, Self

from streams.broker.embedded import EmbeddedKafka
from streams.demo import guard
from streams.errors import TouchpointError
from streams.settings.places import DEPLOY

PARTITIONS: Final = 8
GROUP: Final = "journeys"  # the worker's consumer group

# All must have ended within ten seconds, the worker first: it still has to write.
_WORKER_STOP_SEC: Final = 5.0
_BROKER_STOP_SEC: Final = 3.0
_TAIL_LINES: Final = 8
_READY: Final = ": ready: "
# Settings of the user's own deployment are none of the demo's; journeys are written and committed at once.
_ENVIRONMENT: Final = {"TOUCHPOINT_LANE_FLUSH_SEC": "0.5", "TOUCHPOINT_LANE_COMMIT_SEC": "0.5"}


class Guard:
    """A process that ends the others when this one is killed."""

    def __init__(self) -> None:
        self._process = subprocess.Popen(  # noqa: S603 - our own file
            [sys.executable, "-I", "-S", guard.__file__], stdin=subprocess.PIPE, text=True, start_new_session=True
        )

    def watch(self, group: int) -> None:
        """Look after a process group from now on."""
        self._tell(group)

    def release(self, group: int) -> None:
        """Forget a group that has ended."""
        self._tell(-group)

    def close(self) -> None:
        """End it; what it still looks after it ends first."""
        with suppress(OSError):
            self._process.communicate()

    def _tell(self, group: int) -> None:
        if self._process.stdin is not None:
            with suppress(OSError):  # somebody has killed it: the demo goes on without
                self._process.stdin.write(f"{group}\n")
                self._process.stdin.flush()


class Worker:
    """One `touchpoint worker` on event time, with a log file."""

    def __init__(self, servers: str, folder: Path, metrics_port: int) -> None:
        self.log = folder / "worker.log"
        self.metrics = f"http://127.0.0.1:{metrics_port}/metrics"
        self._command = [
            *(
                sys.executable,
                "-P",
                "-m",
                "streams.cli",
                "worker",
                "--clock",
                "event",
                "--rules",
                str(DEPLOY / "rules"),
            ),
            *("--bootstrap-servers", servers, "--partitions", str(PARTITIONS)),
            *("--data-dir", str(folder), "--metrics-port", str(metrics_port)),
        ]
        self._process: subprocess.Popen[bytes] | None = None

    def start(self) -> int:
        """Start it and return its process id, which is also its group."""
        kept = {name: value for name, value in os.environ.items() if not name.startswith("TOUCHPOINT_")}
        with self.log.open("wb") as output:
            self._process = subprocess.Popen(  # noqa: S603 - our own command line
                self._command,
                env=kept | _ENVIRONMENT,
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=output,
                start_new_session=True,
            )
        return self._process.pid

    @property
    def code(self) -> int | None:
        """The exit code once it has ended."""
        return self._process.poll() if self._process is not None else None

    def is_ready(self) -> bool:
        """Return whether it has said that it folds everything it owns."""
        return _READY in self.log.read_text(errors="replace")

    def stop(self) -> None:
        """Ask it to end, and kill it when it has not in time."""
        if self._process is None:
            return
        self._process.terminate()
        try:
            self._process.wait(_WORKER_STOP_SEC)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()

    def explain_end(self) -> TouchpointError:
        """Return the error for a worker that has ended by itself, with the end of its log."""
        code = self.code or 0
        how = f"was killed by {signal.Signals(-code).name}" if code < 0 else f"ended with code {code}"
        said = "".join(f"\n  {line}" for line in self.log.read_text(errors="replace").splitlines()[-_TAIL_LINES:])
        message = f"the worker {how}; the end of its log:{said or ' nothing'}\n"
        return TouchpointError(message, place=str(self.log), remedy="mend what the log says, then start the demo again")


class Processes:
    """Broker and worker below one folder; at the end of the block all have ended."""

    def __init__(self, folder: Path, port: int, metrics_port: int) -> None:
        """Prepare; nothing is started. Port 0 takes a free one."""
        self._folder = folder
        self._guard: Guard | None = None
        self._watched: list[int] = []
        self._metrics_port = metrics_port
        self.kafka = EmbeddedKafka(folder / "broker", port=port, launched=self._watch)
        self.worker: Worker | None = None

    @property
    def servers(self) -> str:
        """Where the broker is."""
        return self.kafka.bootstrap_servers

    def start_worker(self) -> Worker:
        """Start the worker, once the topics are there."""
        self.worker = Worker(self.servers, self._folder, self._metrics_port)
        self._watch(self.worker.start())
        return self.worker

    def check(self) -> None:
        """Raise the reason when one of them has ended."""
        if self.kafka.jvm.returncode is not None:
            self.kafka.wait()
        if self.worker is not None and self.worker.code is not None:
            raise self.worker.explain_end()

    def stop(self) -> None:
        """End all, within ten seconds."""
        if self.worker is not None:
            self.worker.stop()
        self.kafka.stop(_BROKER_STOP_SEC)
        if self._guard is not None:
            for group in self._watched:
                self._guard.release(group)
            self._guard.close()

    def __enter__(self) -> Self:
        """Start the guard."""
        self._guard = Guard()
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        """Stop."""
        self.stop()

    def _watch(self, group: int) -> None:
        self._watched.append(group)
        if self._guard is not None:
            self._guard.watch(group)
