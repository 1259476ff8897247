"""A real schema registry (Apicurio) as a child of this process, for tests of the Confluent-compatible API."""

import http.client
import shutil
import tarfile
import tempfile
import time
from pathlib import Path
from types import TracebackType
from typing import Final, Self

from streams.broker.cache import cache_folder, exclusive
from streams.broker.java import REGISTRY_NEEDS, find_java
from streams.broker.jvm import KILL_AFTER_SEC, Jvm
from streams.broker.packages import Progress, fetch, read_lock
from streams.broker.probe import free_port, is_free
from streams.broker.properties import HOST
from streams.errors import BrokerError

API: Final = "/apis/ccompat/v7"
START_TIMEOUT_SEC: Final = 120.0  # 5 s are usual
POLL_SEC: Final = 0.1
FLAGS: Final = ("-Xmx512m", "-XX:+UseSerialGC", "-XX:TieredStopAtLevel=1", "-XX:-UsePerfData")


class EmbeddedRegistry:
    """One registry on the loopback; what it is told stays in memory and ends with it."""

    def __init__(self, data: Path, *, port: int = 0) -> None:
        self.data = data.absolute()
        self.port = port
        self._jvm: Jvm | None = None

    @property
    def url(self) -> str:
        """The base address of the Confluent-compatible API."""
        return f"http://{HOST}:{self.port}{API}"

    def start(self, progress: Progress | None = None) -> Self:
        """Start and wait until the API answers; the first start on a machine downloads 159 MB."""
        if self._jvm is not None:
            raise BrokerError("the registry is started already", remedy="call stop() first")
        application = _application(progress)
        self.data.mkdir(parents=True, exist_ok=True)
        if self.port == 0:
            self.port = free_port()
        elif not is_free(self.port):
            raise BrokerError(f"port {self.port} is in use", remedy="choose another port", place=f"{HOST}:{self.port}")
        listen = (f"-Dquarkus.http.host={HOST}", f"-Dquarkus.http.port={self.port}")
        command: list[str | Path] = [
            find_java(REGISTRY_NEEDS).path,
            *FLAGS,
            *listen,
            "-jar",
            application / "quarkus-run.jar",
        ]
        self._jvm = Jvm(command, log=self.data / "registry.log", cwd=self.data)
        try:
            self._wait_until_serving(self._jvm)
        except BaseException:
            self.stop()
            raise
        return self

    def stop(self, timeout_sec: float = KILL_AFTER_SEC) -> None:
        """End it; does nothing when it does not run."""
        if self._jvm is not None:
            self._jvm.stop(timeout_sec)
            self._jvm = None

    def __enter__(self) -> Self:
        """Start."""
        return self.start()

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        """Stop."""
        self.stop()

    def _wait_until_serving(self, jvm: Jvm) -> None:
        deadline = time.monotonic() + START_TIMEOUT_SEC
        while not self._is_serving():
            if (code := jvm.returncode) is not None:
                raise BrokerError(
                    f"the registry ended with code {code}", remedy="its log says more", place=str(jvm.log)
                )
            if time.monotonic() > deadline:
                raise BrokerError(
                    f"the registry did not serve within {START_TIMEOUT_SEC:.0f} s",
                    remedy="look at its log, and at the load of this machine",
                    place=str(jvm.log),
                )
            time.sleep(POLL_SEC)

    def _is_serving(self) -> bool:
        connection = http.client.HTTPConnection(HOST, self.port, timeout=5)
        try:
            connection.request("GET", f"{API}/subjects")
            return connection.getresponse().status == http.HTTPStatus.OK
        except (OSError, http.client.HTTPException):
            return False
        finally:
            connection.close()


def _application(progress: Progress | None) -> Path:
    """Return the unpacked application; it appears in the cache whole, by one rename, and the archive then goes."""
    packages = read_lock("apicurio.lock")
    folder = cache_folder() / f"registry-{packages[0].sha256[:12]}"
    if folder.exists():
        return folder
    (archive,) = fetch(packages, progress)
    with exclusive(cache_folder()):
        if not folder.exists():
            scratch = Path(tempfile.mkdtemp(prefix=".partial-", dir=cache_folder()))
            try:
                with tarfile.open(archive) as packed:
                    packed.extractall(scratch, filter="data")
                scratch.replace(folder)
            finally:
                shutil.rmtree(scratch, ignore_errors=True)
            archive.unlink()
    return folder
