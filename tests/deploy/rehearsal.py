"""The native rehearsal: docker-compose.yml performed by processes of this machine, for want of a container engine.

The same services with the same arguments, environment, ports, secrets, volumes, start order and health checks. What
differs is in `translation` (names and paths) and `natives` (images), and this: limits, users and networks of
containers are not enforced, what has ended is started again only while it is waited for, and there is no Grafana.
"""

import os
import random
import shutil
import subprocess
import tempfile
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress
from pathlib import Path
from typing import Final, Self

import msgspec
from compose_spec import parse_duration
from ruamel.yaml import YAML

from streams.demo.processes import Guard
from tests.deploy.compose import ROOT, Compose, Service, load
from tests.deploy.natives import NOT_HERE, PROGRAMS, Call, cli, is_healthy
from tests.deploy.process import Process
from tests.deploy.translation import Place, Translation

POLL_SEC: Final = 0.25
START_TIMEOUT_SEC: Final = 180.0  # 20 s are usual; a loaded machine may take ten times as long
MOST_RESTARTS: Final = 2  # of one replica; a loaded machine may make a first start too slow
SECRETS: Final = "/run/secrets"
SCRATCH: Final = "/tmp"  # noqa: S108 - of a container, which is this machine's here


class Replica(msgspec.Struct):
    """One container: of which service, where it lives, and the process that it is now."""

    service: Service
    place: Place
    folder: Path
    process: Process | None = None
    is_healthy: bool = False
    restarts: int = 0  # while it was waited for
    checked_at: float = 0.0  # when it was asked last how it is, or started


class Rehearsal:
    """The whole system, up at the beginning of the block and gone at its end.

    Replicas are called `worker-1`, `worker-2`; the only one of a service by the service's name. `environ` is what the
    file interpolates, as a `.env` would have it. `without` leaves services out. `more` has variables of single
    services that the file has not.
    """

    def __init__(
        self,
        environ: Mapping[str, str] | None = None,
        without: Sequence[str] = (),
        more: Mapping[str, Mapping[str, str]] | None = None,
    ) -> None:
        """Prepare; nothing is started."""
        self._more = more or {}
        self.compose: Compose = load(environ or {})
        self.folder = Path(tempfile.mkdtemp(prefix="rehearsal-"))
        self.folder.chmod(0o711)  # PostgreSQL runs as another user below it
        here = {
            name: service
            for name, service in self.compose.services.items()
            if name not in without and _is_here(service)
        }
        hosts = _addresses({name: service.replicas for name, service in here.items()})
        self._translation = Translation(hosts)
        self._guard = Guard()
        self.replicas: dict[str, Replica] = {
            replica.place.name: replica for name, one in here.items() for replica in self._replicas(one, hosts[name])
        }

    def __enter__(self) -> Self:
        """Make the secrets and the folders, then start everything in its order."""
        try:
            self._prepare()
            self._start_all()
        except BaseException:
            self.close()
            raise
        return self

    def __exit__(self, *_: object) -> None:
        """End everything."""
        self.close()

    def close(self) -> None:
        """End every process, those first that nobody waits for, and remove the folder."""
        for name in reversed(self.replicas):
            self.kill(name)
        self._guard.close()
        shutil.rmtree(self.folder, ignore_errors=True)

    def url(self, name: str, port: int = 0) -> str:
        """Return where a service, or one replica, is served; its first port if none is named."""
        replica = self.replica(name)
        return f"http://{replica.place.host}:{port or replica.service.expose[0]}"

    def env(self, name: str) -> dict[str, str]:
        """Return the environment of a service, or of one replica, as its process has it."""
        replica = self.replica(name)
        kept = {key: os.environ[key] for key in ("PATH", "LANG", "TOUCHPOINT_CACHE_DIR") if key in os.environ}
        ours = {key: self._translation.text(text, replica.place) for key, text in replica.service.environment.items()}
        return kept | {"HOME": str(replica.folder)} | ours | dict(self._more.get(replica.service.name, {}))

    def names(self, service: str) -> list[str]:
        """Return the names of a service's replicas."""
        return [name for name, replica in self.replicas.items() if replica.service.name == service]

    def replica(self, name: str) -> Replica:
        """Return one replica; of a service with several, the first."""
        return self.replicas.get(name) or self.replicas[f"{name}-1"]

    def log(self, name: str) -> str:
        """Return everything that a replica has said."""
        process = self.replica(name).process
        return process.said if process is not None else ""

    def run(self, name: str, *arguments: str) -> str:
        """Run `touchpoint` with the environment of a service, as `docker compose run` does; returns what it prints."""
        done = subprocess.run(
            [*cli(), *arguments],
            env={**self.env(name), "PYTHONPATH": str(ROOT)},
            cwd=self.replica(name).folder,
            capture_output=True,
            text=True,
            check=False,
        )
        assert done.returncode == 0, done.stderr
        return done.stdout

    def start(self, name: str) -> None:
        """Start a replica that does not run."""
        replica = self.replica(name)
        service, place, folder = replica.service, replica.place, replica.folder
        command = tuple(self._translation.text(each, place) for each in service.command)
        program = PROGRAMS[service.image.rpartition(":")[0]]
        found = program(Call(command, self.env(name), place.host, folder, place.paths))
        environ = {**self.env(name), **found.environ}
        replica.is_healthy, replica.checked_at = False, time.monotonic()
        replica.process = Process(found.command, environ, folder / "log", cwd=folder, user=found.user)
        self._guard.watch(replica.process.pid)

    def stop(self, name: str) -> None:
        """Stop a replica as `docker compose stop` does."""
        if (process := self.replica(name).process) is not None:
            process.stop()
            self._guard.release(process.pid)

    def kill(self, name: str) -> None:
        """Kill a replica as a lost machine would."""
        if (process := self.replica(name).process) is not None:
            process.kill()
            self._guard.release(process.pid)

    def wait_healthy(self, name: str, timeout_sec: float = START_TIMEOUT_SEC) -> None:
        """Return once a replica passes its health check; raise what has ended instead, or TimeoutError."""
        deadline = time.monotonic() + timeout_sec
        while not self._check(self.replica(name)):
            if time.monotonic() > deadline:
                raise TimeoutError(f"{name} is not healthy after {timeout_sec} s:\n{self.log(name)[-3000:]}")
            time.sleep(POLL_SEC)

    def _replicas(self, service: Service, hosts: Sequence[str]) -> Iterator[Replica]:
        for number, host in enumerate(hosts, 1):
            name = f"{service.name}-{number}" if len(hosts) > 1 else service.name
            folder = self.folder / name
            paths = {SECRETS: str(self.folder / "secrets")}
            paths |= {
                inside: str(folder / "tmpfs" / inside.strip("/")) for inside in service.tmpfs if inside != SCRATCH
            }
            for mount in service.mounts:
                kind = folder / "mounts" / mount.target.strip("/") if mount.is_bind else self.folder / "volumes"
                paths[mount.target] = str(kind if mount.is_bind else kind / mount.source / "data")
            yield Replica(service, Place(name, host, paths), folder)

    def _prepare(self) -> None:
        """Make secrets by the script that operators call, and every folder and file that a container would find."""
        made = shutil.copy(ROOT / "deploy/docker/secrets.sh", self.folder)
        subprocess.run([made], check=True, capture_output=True)
        anywhere = Place("", "", {})
        for secret in (self.folder / "secrets").iterdir():
            text = self._translation.file(secret.read_text(), anywhere)
            secret.unlink()
            secret.write_text(text)
        (self.folder / "secrets").chmod(0o755)
        for replica in self.replicas.values():
            replica.folder.mkdir()
            for path in replica.place.paths.values():
                if not path.endswith("secrets"):
                    Path(path).mkdir(parents=True, exist_ok=True)
            for mount in replica.service.mounts:
                if mount.is_bind:
                    self._copy(ROOT / mount.source, Path(replica.place.paths[mount.target]), replica.place)

    def _copy(self, source: Path, target: Path, place: Place) -> None:
        """Copy what is mounted, with names and paths of this machine."""
        if source.is_dir():
            for each in source.iterdir():
                self._copy(each, target / each.name, place)
            return
        with suppress(OSError):
            target.rmdir()  # it was made as a folder
        target.parent.mkdir(parents=True, exist_ok=True)
        with suppress(UnicodeDecodeError):
            text = source.read_text()
            if source.name == "prometheus.yml":
                text = msgspec.json.encode(self._translation.listed(YAML(typ="safe").load(text))).decode()  # YAML, too
            target.write_text(self._translation.file(text, place))

    def _start_all(self) -> None:
        """Start each service once what it depends on is as far as it must be."""
        deadline = time.monotonic() + START_TIMEOUT_SEC
        waiting = list(self.replicas)
        while waiting or not all(map(self._check, self.replicas.values())):
            for name in [name for name in waiting if self._may_start(self.replicas[name].service)]:
                self.start(name)
                waiting.remove(name)
            if time.monotonic() > deadline:
                late = [name for name, each in self.replicas.items() if not each.is_healthy]
                raise TimeoutError(f"{late} are not healthy after {START_TIMEOUT_SEC} s:\n{self.log(late[0])[-3000:]}")
            time.sleep(POLL_SEC)

    def _may_start(self, service: Service) -> bool:
        needed = [name for other in service.depends_on for name in self.names(other)]
        return all(self._check(self.replicas[name]) for name in needed)

    def _check(self, replica: Replica) -> bool:
        """Return whether a replica is as far as others wait for: healthy, or done; raise what ended wrongly."""
        process, check = replica.process, replica.service.check
        if process is None or replica.is_healthy:
            return replica.is_healthy
        if process.code is not None:
            if process.code == 0 and replica.service.is_one_shot:
                replica.is_healthy = True
                return True
            replica.restarts += 1
            if replica.service.is_one_shot or replica.restarts > MOST_RESTARTS:
                raise RuntimeError(f"{replica.place.name} has ended with {process.code}:\n{process.tail}")
            self.start(replica.place.name)  # as Compose does
        elif check is not None and time.monotonic() - replica.checked_at >= parse_duration(check.start_interval):
            test = [self._translation.text(each, replica.place) for each in check.test]
            with suppress(subprocess.TimeoutExpired):
                replica.is_healthy = is_healthy(test, self.env(replica.place.name), parse_duration(check.timeout))
            replica.checked_at = time.monotonic()
        return replica.is_healthy


def _is_here(service: Service) -> bool:
    """Return whether this machine has what a service runs."""
    return service.is_ours or service.image.rpartition(":")[0] not in NOT_HERE


def _addresses(replicas: Mapping[str, int]) -> dict[str, list[str]]:
    """Give each replica an address of the loopback, in a block that nobody else is likely to use."""
    block = f"127.{random.randint(1, 254)}.{random.randint(1, 254)}"  # 127.0 is everybody's
    numbers = iter(range(1, 255))
    return {name: [f"{block}.{next(numbers)}" for _ in range(count)] for name, count in replicas.items()}
