"""A real Apache Kafka broker in KRaft mode as a child of this process: the same for demo, tests and benchmarks."""

import errno
import fcntl
import os
import shutil
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from types import TracebackType
from typing import Final, Self

from streams.broker.diagnosis import explain_end
from streams.broker.java import find_java
from streams.broker.jvm import KILL_AFTER_SEC, Jvm
from streams.broker.node import LOG, PROPERTIES, format_storage, launch, log_dir, wait_until_serving
from streams.broker.packages import Progress, fetch, read_lock
from streams.broker.probe import free_port, is_free, serving_brokers
from streams.broker.properties import HOST, render, server_properties
from streams.broker.warmup import archive_flags
from streams.errors import BrokerError

LEAST_FREE_BYTES: Final = 200_000_000
JVM_FLAGS: Final = ("-Xmx512m", "-XX:+UseSerialGC", "-XX:-UsePerfData", "-Djava.awt.headless=true")


class EmbeddedKafka:
    """One broker on the loopback, its data in one folder, its life bound to this object.

    `start` returns when the broker answers as a member of its cluster; it may be stopped and started again, on the
    same port and with its data. Port 0 picks a free one at the first start. The methods block: call them from a
    thread where that matters. Not for use from several threads at once.
    """

    def __init__(
        self,
        data: Path,
        *,
        port: int = 0,
        overrides: Mapping[str, str] | None = None,
        users: Mapping[str, str] | None = None,
        jvm_flags: Sequence[str] = (),
        least_free_bytes: int = LEAST_FREE_BYTES,
        launched: Callable[[int], None] = lambda _: None,
    ) -> None:
        """Prepare; `launched` is told the process id (of a group of its own) before the broker serves.

        `users` may sign in by SCRAM with their passwords, where `overrides` make a listener that asks for it.
        """
        self.data = data.absolute()
        self.port = port
        self._overrides = overrides
        self._users = users or {}
        self._jvm_flags = jvm_flags
        self._least_free_bytes = least_free_bytes
        self._launched = launched
        self._jvm: Jvm | None = None
        self._lock: int | None = None

    @property
    def bootstrap_servers(self) -> str:
        """What clients connect to; known before the start only when the port was given."""
        return f"{HOST}:{self.port}"

    @property
    def log(self) -> Path:
        """What the broker prints."""
        return self.data / LOG

    @property
    def jvm(self) -> Jvm:
        """The running process, for tests that freeze or kill it; raises BrokerError before the start."""
        if self._jvm is None:
            raise BrokerError("the broker is not started", remedy="call start()")
        return self._jvm

    def start(self, progress: Progress | None = None) -> Self:
        """Start and wait until it serves; a BrokerError or DownloadError says what is in the way and the remedy.

        The first start on a machine downloads Kafka and prepares Java for it, which the progress is told.
        """
        if self._jvm is not None:
            raise BrokerError("the broker is started already", remedy="call stop() first")
        self._prepare_folder()
        try:
            self._choose_port()
            command = self._command(progress)
            self._configure()
            format_storage(command, self.data, self.port, self._users)
            # The lock goes along: it holds for as long as the broker runs, even when we are gone.
            self._jvm = launch(command, self.data, keep_open=[self._lock] if self._lock is not None else [])
            self._launched(self._jvm.pid)
            wait_until_serving(self._jvm, self.port)
        except OSError as error:
            self.stop()
            raise _folder_error(error, self.data) from error
        except BaseException:
            self.stop()
            raise
        return self

    def stop(self, timeout_sec: float = KILL_AFTER_SEC) -> None:
        """End the broker cleanly, by force after the time; the data stay. Does nothing when it does not run."""
        if self._jvm is not None:
            self._jvm.stop(timeout_sec)
        self._release()

    def kill(self) -> None:
        """End the broker as a power cut would; a later start recovers its data."""
        self.jvm.kill()
        self._release()

    def wait(self) -> None:
        """Return never while the broker runs; raise BrokerError with the cause once it has ended by itself."""
        code = self.jvm.wait()
        raise explain_end(code, self.jvm.log_tail(), self.log, self.port)

    def __enter__(self) -> Self:
        """Start."""
        return self.start()

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        """Stop."""
        self.stop()

    def _release(self) -> None:
        self._jvm = None
        if self._lock is not None:
            os.close(self._lock)
            self._lock = None

    def _prepare_folder(self) -> None:
        """Make the folder, take its lock, and see that there is room."""
        try:
            self.data.mkdir(parents=True, exist_ok=True)
            self._lock = os.open(self.data / "lock", os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o644)
        except OSError as error:
            raise _folder_error(error, self.data) from error
        try:
            fcntl.flock(self._lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError as error:
            self._release()
            raise BrokerError(
                "another broker is using this data folder",
                remedy="stop it first, or give this one a folder of its own with --data",
                place=str(self.data),
            ) from error
        free = shutil.disk_usage(self.data).free
        if free < self._least_free_bytes:
            self._release()
            needs = self._least_free_bytes // 1_000_000
            raise BrokerError(
                f"only {free // 1_000_000} MB of disk space are free, a broker needs {needs}",
                remedy="free some space, or choose a folder on another disk with --data",
                place=str(self.data),
            )

    def _choose_port(self) -> None:
        if self.port == 0:
            self.port = free_port()
        elif not is_free(self.port):
            owner = "a Kafka broker" if serving_brokers(self.port) is not None else "another program"
            raise BrokerError(
                f"port {self.port} is in use by {owner}",
                remedy="stop it, or choose another port with --port"
                + ("; clients can also just use that broker" if owner == "a Kafka broker" else ""),
                place=self.bootstrap_servers,
            )

    def _command(self, progress: Progress | None) -> list[str | Path]:
        """Return the command up to the main class, downloading Kafka and preparing Java at the first use."""
        jars = fetch(read_lock("kafka.lock"), progress)
        java = find_java()
        quick = archive_flags(java, JVM_FLAGS, jars, progress)
        return [java.path, *JVM_FLAGS, *quick, *self._jvm_flags, "-cp", os.pathsep.join(map(str, jars))]

    def _configure(self) -> None:
        properties = server_properties(
            port=self.port, controller_port=free_port(), log_dir=log_dir(self.data), overrides=self._overrides
        )
        (self.data / PROPERTIES).write_text(render(properties))


def _folder_error(error: OSError, folder: Path) -> BrokerError:
    """Explain why the data folder cannot be used."""
    if error.errno in (errno.ENOSPC, errno.EDQUOT):
        return BrokerError("no disk space is left", remedy="free some, or choose another --data", place=str(folder))
    return BrokerError(
        f"cannot use the data folder: {error.strerror or error}",
        remedy="choose a folder that can be written with --data",
        place=str(error.filename or folder),
    )
