"""What each image of docker-compose.yml is on this machine: a real program, with the same arguments and environment.

| image | here |
| --- | --- |
| touchpoint-tracker | `python -m streams.cli`, from this checkout |
| apache/kafka | the broker that all tests use, with the properties of the environment, under a cluster id of its own |
| apicurio/apicurio-registry | the same version, as tests use it |
| postgres | `initdb` and `postgres` of the pgserver package, with the password that the image would set |
| prom/prometheus, prom/alertmanager | the binaries of the distribution |
| grafana/grafana | none: its provisioning is checked as files |
"""

import os
import pwd
import shutil
import subprocess
import sys
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Final
from urllib.parse import urlsplit

import msgspec
import pgserver

from streams.broker.embedded import JVM_FLAGS
from streams.broker.java import REGISTRY_NEEDS, find_java
from streams.broker.node import PROPERTIES, format_storage
from streams.broker.packages import LOCKS, fetch, read_lock
from streams.broker.probe import serving_brokers
from streams.broker.properties import render
from streams.broker.registry import FLAGS, _application
from streams.broker.warmup import archive_flags
from tests.deploy.compose import ROOT

NOT_HERE: Final = ("grafana/grafana",)
POSTGRES: Final = Path(pgserver.__file__).parent / "pginstall" / "bin"
ALERTMANAGER: Final = ("alertmanager", "prometheus-alertmanager", str(Path.home() / "go/bin/alertmanager"))


class Start(msgspec.Struct, frozen=True):
    """How a program is started; `user` where it refuses to run as root."""

    command: tuple[str | Path, ...]
    environ: Mapping[str, str] = {}
    user: str = ""


class Call(msgspec.Struct, frozen=True):
    """What a container would be started with, in terms of this machine."""

    command: tuple[str, ...]
    environ: Mapping[str, str]
    host: str
    folder: Path  # of its own, where it may write
    data: Mapping[str, str]  # paths of its container -> of this machine


def kafka_properties(environ: Mapping[str, str]) -> dict[str, str]:
    """Return the properties that the image makes of its environment: KAFKA_NODE_ID is node.id, __ is _, ___ is -."""
    kept = {name.removeprefix("KAFKA_"): value for name, value in environ.items() if name.startswith("KAFKA_")}
    return {
        name.replace("___", "-").replace("__", "\0").replace("_", ".").replace("\0", "_").lower(): value
        for name, value in kept.items()
        if name != "HEAP_OPTS"
    }


def ours(call: Call) -> Start:
    """Return our own command line."""
    return Start((*cli(), *call.command), {**call.environ, "PYTHONPATH": str(ROOT)})


def kafka(call: Call) -> Start:
    """Write its properties and format its folder, as the image does when it starts."""
    java, jars = find_java(), fetch(read_lock("kafka.lock"))
    head: list[str | Path] = [java.path, *JVM_FLAGS, *archive_flags(java, JVM_FLAGS, jars)]
    command = [*head, "-cp", os.pathsep.join(map(str, jars))]
    properties = kafka_properties(call.environ)
    data = Path(properties["log.dirs"]).parent
    (data / PROPERTIES).write_text(render(properties))
    format_storage(command, data, 0)
    logging = f"-Dlog4j2.configurationFile={LOCKS / 'log4j2.properties'}"
    return Start((command[0], logging, *command[1:], "kafka.Kafka", data / PROPERTIES))


def registry(call: Call) -> Start:
    """Return the application in its own Java."""
    return Start((find_java(REGISTRY_NEEDS).path, *FLAGS, "-jar", _application(None) / "quarkus-run.jar"), call.environ)


def postgres(call: Call) -> Start:
    """Make the cluster as the image does at its first start: user, database and password."""
    environ, data = call.environ, Path(call.data["/var/lib/postgresql/data"])
    user = "nobody" if os.geteuid() == 0 else ""
    if not (data / "PG_VERSION").exists():
        password = call.folder / "password"
        password.write_text(Path(environ["POSTGRES_PASSWORD_FILE"]).read_text())
        if user:
            for path in (data, password):
                os.chown(path, pwd.getpwnam(user).pw_uid, -1)
        _run(
            [POSTGRES / "initdb", "-D", data, "-U", environ["POSTGRES_USER"], f"--pwfile={password}", "--encoding=UTF8",
             *environ["POSTGRES_INITDB_ARGS"].split()],
            user,
        )  # fmt: skip
        _run(
            [POSTGRES / "postgres", "--single", "-D", data, "postgres"],
            user,
            f"CREATE DATABASE {environ['POSTGRES_DB']}",
        )
    return Start((POSTGRES / "postgres", "-D", data, "-h", call.host, "-p", "5432", "-k", data), user=user)


def prometheus(call: Call) -> Start:
    """Return the binary; raise FileNotFoundError where there is none."""
    return Start((_binary("prometheus"), *call.command))


def alertmanager(call: Call) -> Start:
    """Return the binary; raise FileNotFoundError where there is none."""
    return Start((_binary(*ALERTMANAGER), *call.command))


PROGRAMS: Final[Mapping[str, Callable[[Call], Start]]] = {
    "touchpoint-tracker": ours,
    "apache/kafka": kafka,
    "apicurio/apicurio-registry": registry,
    "postgres": postgres,
    "prom/prometheus": prometheus,
    "prom/alertmanager": alertmanager,
}


def is_healthy(test: Sequence[str], environ: Mapping[str, str], timeout_sec: float) -> bool:
    """Run a health check as Compose does; Kafka's tool, a Java that asks for the brokers, is our own probe here."""
    kind, program, *arguments = test
    assert kind == "CMD", test
    if program.endswith("/kafka-broker-api-versions.sh"):
        address = urlsplit(f"//{arguments[-1]}")
        return bool(serving_brokers(address.port or 0, timeout_sec, address.hostname or ""))
    programs = {"touchpoint": cli(), "pg_isready": (POSTGRES / "pg_isready",)}
    done = subprocess.run(
        [*map(str, programs.get(program, (program,))), *arguments],
        env={**environ, "PYTHONPATH": str(ROOT)},
        capture_output=True,
        timeout=timeout_sec,
        check=False,
    )
    return done.returncode == 0


def cli() -> tuple[str, ...]:
    """Return the beginning of our own command line."""
    return (sys.executable, "-P", "-m", "streams.cli")


def _binary(*names: str) -> str:
    found = next(filter(None, map(shutil.which, names)), None)
    if found is None:
        raise FileNotFoundError(f"there is no {names[0]} (Debian: apt-get install {names[-1]}; see `make tools`)")
    return found


def _run(command: Sequence[str | Path], user: str, text: str = "") -> None:
    done = subprocess.run(command, input=text, capture_output=True, text=True, check=False, user=user or None, cwd="/")
    assert done.returncode == 0, done.stdout + done.stderr
