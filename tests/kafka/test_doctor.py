"""`touchpoint doctor` on a real deployment: finds nothing where nothing is wrong, and each fault with its remedy."""

import asyncio
import json
import os
import re
import subprocess
import sys
import time
import urllib.request
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, Final, NamedTuple

import msgspec
import pytest

from streams.broker import topics
from streams.broker.connect import admin, producer
from streams.broker.embedded import EmbeddedKafka
from streams.broker.probe import free_port
from streams.codec import catalogue
from streams.codec.times import to_rfc3339
from streams.codec.touchpoint import to_json
from streams.doctor import examine as examination
from streams.doctor.finding import Finding, State, worst
from streams.doctor.patient import Patient
from streams.settings.check import check
from streams.settings.declared import Part
from streams.settings.settings import Settings
from streams.testing.patience import PATIENCE_SEC
from streams.testing.workers import WorkerProcess
from streams.touchpoints.touchpoint import Touchpoint
from tests.kafka.findings import findings

pytestmark = pytest.mark.kafka
PARTITIONS: Final = 2
QUIET: Final = re.compile(
    r"\S+ INFO touchpoint\.(worker|gateway|desk): "
    r"(ready: partitions \[.*\]|ready at http://\S+|touchpoints go to the broker)"
)


class Deployment(NamedTuple):
    """A worker, a gateway and a desk on a broker of their own, and what they were told."""

    settings: Settings
    environ: dict[str, str]
    processes: tuple[WorkerProcess, ...]
    key: str  # for the gateway

    @property
    def worker(self) -> WorkerProcess:
        """The first of them."""
        return self.processes[0]

    @property
    def folder(self) -> Path:
        """The data folder that they share."""
        return Path(self.settings.data_dir)


@pytest.fixture(scope="module")
def deployment(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Deployment]:
    """All of it, started once; who stops something starts it again."""
    folder = tmp_path_factory.mktemp("doctor")
    ports = [free_port() for _ in range(3)]
    with EmbeddedKafka(folder / "broker") as kafka:
        servers = kafka.bootstrap_servers
        asyncio.run(topics.create(servers, topics.Deployment(partitions=PARTITIONS)))
        settings = Settings(
            bootstrap_servers=servers,
            partitions=PARTITIONS,
            data_dir=str(folder / "data"),
            metrics_port=ports[0],
            workers=(f"http://127.0.0.1:{ports[0]}",),
            gateway_port=ports[1],
            desk_port=ports[2],
        )
        environ = {
            "TOUCHPOINT_BOOTSTRAP_SERVERS": servers,
            "TOUCHPOINT_PARTITIONS": str(PARTITIONS),
            "TOUCHPOINT_DATA_DIR": str(folder / "data"),
            "TOUCHPOINT_METRICS_PORT": str(ports[0]),
            "TOUCHPOINT_WORKERS": settings.workers[0],
            "TOUCHPOINT_GATEWAY_PORT": str(ports[1]),
            "TOUCHPOINT_DESK_PORT": str(ports[2]),
        }
        key = _touchpoint(environ, "gateway", "keys", "create", "--source", "//test/loud").stdout.decode().strip()
        processes = [WorkerProcess(name, folder, environ, command=name) for name in ("worker", "gateway", "desk")]
        with processes[0] as worker, processes[1] as gateway, processes[2] as desk:
            for process in (worker, gateway, desk):
                process.start()
            worker.wait_ready()
            for process in (gateway, desk):
                _wait(lambda process=process: "ready at" in process.said, process)  # type: ignore[misc]
            yield Deployment(settings, environ, (worker, gateway, desk), key)


def _wait(is_so: Callable[[], bool], process: WorkerProcess) -> None:
    until = time.monotonic() + PATIENCE_SEC
    while not is_so():
        assert process.is_alive, process.said
        assert time.monotonic() < until, process.said
        time.sleep(0.05)


@pytest.fixture(scope="module")
def sick(deployment: Deployment, tmp_path_factory: pytest.TempPathFactory) -> list[Finding]:
    """What is found once everything that can be wrong is wrong; the deployment is not well afterwards."""
    folder = tmp_path_factory.mktemp("sick")
    (folder / "no-folder").write_text("in the way of the data folder")
    (folder / "rules.yaml").write_text("rules:\n  - id: nameless\n    moment: LATER\n")
    (folder / "empty.db").touch()
    (deployment.folder / "gateway").chmod(0o755)
    (deployment.folder / "gateway" / "keys.json").write_text("{}")
    (deployment.folder / "gateway" / "keys.json").chmod(0o644)
    environ = {
        "TOUCHPOINT_PARTITONS": "2",
        "TOUCHPOINT_SIGNING_KEY_FILE": str(folder / "gone"),
    }
    deployment.worker.terminate()
    asyncio.run(_spoil(deployment.settings.bootstrap_servers))
    deployment.worker.wait()
    common = {"problems": tuple(check(environ)[1]), "environ": environ}
    first = _examine(
        deployment,
        {
            "partitions": 3,
            "rules": (str(folder / "rules.yaml"),),
            "schema_registry_url": f"http://127.0.0.1:{free_port()}",
            "database_url": f"sqlite:///{folder / 'empty.db'}",
        },
        **common,
        now=lambda: time.time() - 60,
    )
    away = {
        "bootstrap_servers": f"127.0.0.1:{free_port()}",
        "database_url": f"postgresql://desk:hunter2@127.0.0.1:{free_port()}/desk",
        "data_dir": str(folder / "no-folder" / "data"),
    }
    namespaced = {"TOUCHPOINT_LANE_NAMESPACE": "x-", "TOUCHPOINT_LANE_FENCE_SEC": "86400"}
    hasty = {"TOUCHPOINT_LANE_META_SEC": "600", "TOUCHPOINT_LANE_FENCE_SEC": "300"}
    workers = (Part.WORKER,)
    others = [_examine(deployment, {}, environ=environ, parts=workers) for environ in (namespaced, hasty)]
    return first + _examine(deployment, away) + [one for findings in others for one in findings]


def touchpoint(deployment: Deployment, *arguments: str) -> subprocess.CompletedProcess[bytes]:
    """Run the command beside the deployment, to its end."""
    return _touchpoint(deployment.environ, *arguments)


def _touchpoint(environ: dict[str, str], *arguments: str) -> subprocess.CompletedProcess[bytes]:
    command = [sys.executable, "-m", "streams.cli", *arguments]
    return subprocess.run(command, env={**os.environ, **environ}, capture_output=True, check=False)


def _send_by_http(deployment: Deployment, now: int) -> None:
    """Send one customer's failures as a shop does, a request each."""
    headers = {"Authorization": f"Bearer {deployment.key}", "Content-Type": "application/json"}
    url = f"http://127.0.0.1:{deployment.settings.gateway_port}/v1/touchpoints"
    for n in range(3):
        time_, names = to_rfc3339(now + n), {"customer": "eva", "subject": "order:2"}
        item = {"id": str(n), "type": "payment.failed", "time": time_, **names}
        request = urllib.request.Request(url, json.dumps(item).encode(), headers)
        with urllib.request.urlopen(request, timeout=PATIENCE_SEC) as answer:  # noqa: S310
            assert answer.status == 202


def _page(port: int) -> bytes:
    with urllib.request.urlopen(f"http://127.0.0.1:{port}/metrics", timeout=PATIENCE_SEC) as answer:
        content: bytes = answer.read()
        return content


def _examine(deployment: Deployment, changes: dict[str, Any], **patient: Any) -> list[Finding]:
    settings = msgspec.structs.replace(deployment.settings, **changes)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(examination, "EACH_SEC", PATIENCE_SEC)  # a slow machine is no planted fault
        return asyncio.run(examination.examine(Patient(settings=settings, **patient)))


async def _spoil(servers: str) -> None:
    async with producer(servers) as client:
        await client.send_and_wait(catalogue.DEAD, b"refused", partition=0)
    async with admin(servers) as client:
        await client.delete_topics([catalogue.DESK_ACTIONS])


def test_nothing_is_found_where_nothing_is_wrong(deployment: Deployment) -> None:
    """All checks are well, and the exit code says so to scripts."""
    asked: list[subprocess.CompletedProcess[bytes]] = []

    def ask() -> bytes:
        asked.append(touchpoint(deployment, "doctor", "--json"))
        return asked[-1].stdout

    found = findings(ask)
    assert [one for one in found if one["state"] != "ok"] == []
    assert {one["check"] for one in found} >= {
        *("settings", "disk", "secrets", "rules", "registry", "database", "worker", "gateway", "desk", "clock"),
        *("broker", "topics", "access", "namespace", "fence", "breaker", "lag", "dead letters", "rules in force"),
    }
    assert (json.loads(asked[-1].stdout)["state"], asked[-1].returncode) == ("ok", 0)


def test_a_normal_run_is_quiet(deployment: Deployment, tmp_path: Path) -> None:
    """Touchpoints come in by both ways, alerts become cases; the logs say that each process is ready, and no more."""
    now = time.time_ns() // 1_000_000
    failures = [Touchpoint(str(n), "//test/quiet", "payment.failed", now + n, "ana", "order:1") for n in range(3)]
    file = tmp_path / "touchpoints.jsonl"
    file.write_bytes(b"\n".join(map(to_json, failures)))
    assert touchpoint(deployment, "send", "--speed", "max", str(file)).returncode == 0
    _send_by_http(deployment, now)
    _wait(lambda: b'novelty="new"} 2.0' in _page(deployment.settings.desk_port), deployment.worker)
    lines = [line for process in deployment.processes for line in process.said.splitlines()]
    assert [line for line in lines if not QUIET.fullmatch(line)] == []
    assert sorted(process.said.count("ready") for process in deployment.processes) == [1, 1, 1]


@pytest.mark.parametrize(
    ("name", "seen", "remedy"),
    [
        ("settings", "TOUCHPOINT_PARTITONS: unknown variable", "did you mean TOUCHPOINT_PARTITIONS?"),
        ("broker", "no Kafka broker answers", "name yours with --bootstrap-servers"),
        ("topics", "1 missing: desk-actions", "touchpoint topics create"),
        ("topics", "alerts: partitions is 2 instead of 3", "use --partitions 2"),
        ("rules", "rules.yaml:3:13", "ZMOT"),
        ("registry", "does not answer", "TOUCHPOINT_SCHEMA_REGISTRY_URL"),
        ("database", "has no tables of the desk", "start the desk once"),
        ("database", "postgresql://desk:••••@127.0.0.1", "TOUCHPOINT_DATABASE_URL"),
        ("disk", "cannot be written", "TOUCHPOINT_DATA_DIR"),
        ("secrets", "keys.json may be read by others (mode 644)", "chmod 600"),
        ("secrets", "TOUCHPOINT_SIGNING_KEY_FILE", "mend the path"),
        ("clock", "the clock of gateway is ", "same time servers"),
        ("clock", "the clock of who wrote the newest records is", "same time servers"),
        ("namespace", "16 topics of the worker are missing: x-alerts,", "unset TOUCHPOINT_LANE_NAMESPACE"),
        (
            "fence",
            "forgets a silent producer after 86400 s, workers trust in it for 86400 s",
            "producer.id.expiration.ms",
        ),
        ("fence", "renewed every 600 s and trusted in for 300 s", "TOUCHPOINT_LANE_META_SEC"),
        ("worker", "nobody answers", "start it (`touchpoint worker`)"),
        ("dead letters", "1 records were refused in the last hour", "touchpoint dead-letters list"),
    ],
)
def test_a_planted_fault_is_found_with_its_remedy(sick: list[Finding], name: str, seen: str, remedy: str) -> None:
    """In words that name the thing, and the command or setting that mends it."""
    found = [one for one in sick if one.check == name and one.state in {State.FAILED, State.WARNING}]
    assert [one for one in found if seen in one.seen and remedy in one.remedy], found


def test_what_needs_the_broker_is_not_looked_at_without_one(sick: list[Finding]) -> None:
    """One cause is said once."""
    skipped = {one.check for one in sick if one.state is State.SKIPPED}
    assert skipped == {
        "topics",
        "access",
        "namespace",
        "fence",
        "breaker",
        "lag",
        "dead letters",
        "clock",
        "rules in force",
    }


def test_no_secret_is_in_what_is_found(sick: list[Finding]) -> None:
    """People paste it into tickets."""
    assert "hunter2" not in str(sick)
    assert worst(sick) is State.FAILED
