"""The demo's processes besides its own: the broker, a worker, a desk, a gateway, and a guard that outlives the demo."""

import subprocess
import sys
import time
from contextlib import suppress
from pathlib import Path
from types import TracebackType
from typing import Final, Self

from streams.broker.embedded import EmbeddedKafka
from streams.demo import guard
from streams.demo.child import STOP_SEC
from streams.demo.desk import Desk
from streams.demo.gateway import Gateway
from streams.demo.worker import Worker

_BROKER_STOP_SEC: Final = 3.0  # after the worker, which still has to write; in all it must be less than ten


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


class Processes:
    """Broker, worker, desk and gateway below one folder; at the end of the block all have ended."""

    def __init__(self, folder: Path, port: int, metrics_port: int, desk_port: int, gateway_port: int) -> None:
        """Prepare; nothing is started. Port 0 takes a free one."""
        self._folder = folder
        self._guard: Guard | None = None
        self._watched: list[int] = []
        self._metrics_port = metrics_port
        self._desk_port = desk_port
        self._gateway_port = gateway_port
        self.kafka = EmbeddedKafka(folder / "broker", port=port, launched=self._watch)
        self.worker: Worker | None = None
        self.desk: Desk | None = None
        self.gateway: Gateway | None = None

    @property
    def servers(self) -> str:
        """Where the broker is."""
        return self.kafka.bootstrap_servers

    def start_worker(self) -> Worker:
        """Start the worker, once the topics are there."""
        self.worker = Worker(self.servers, self._folder, self._metrics_port)
        self.worker.start(self._watch)
        return self.worker

    def start_desk(self, worker: str) -> Desk:
        """Start the desk, which asks the worker at this address for journeys. Blocks, outside a running event loop."""
        self.desk = Desk(self.servers, self._folder, self._desk_port, worker)
        self.desk.start(self._watch)
        return self.desk

    def start_gateway(self) -> Gateway:
        """Start the gateway, once the topics are there."""
        self.gateway = Gateway(self.servers, self._folder, self._gateway_port)
        self.gateway.start(self._watch)
        return self.gateway

    def check(self) -> None:
        """Raise the reason when one of them has ended."""
        if self.kafka.jvm.returncode is not None:
            self.kafka.wait()
        for child in (self.worker, self.desk, self.gateway):
            if child is not None and child.code is not None:
                raise child.explain_end()

    def stop(self) -> None:
        """End all, within ten seconds: the others at the same time, then the broker, to which they still write."""
        children = [child for child in (self.gateway, self.desk, self.worker) if child is not None]
        for child in children:
            child.terminate()
        until = time.monotonic() + STOP_SEC
        for child in children:
            child.stop(until - time.monotonic())
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
