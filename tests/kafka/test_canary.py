"""The canary on a whole system of processes: heard at every stage, kept out of every figure, and missed by name."""

import asyncio
import json
import os
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, aclosing
from pathlib import Path
from typing import Final

import httpx
import pytest

from streams.broker import topics
from streams.broker.embedded import EmbeddedKafka
from streams.broker.probe import free_port
from streams.broker.scan import scan
from streams.codec.catalogue import STATS
from streams.codec.stats import decode_stat
from streams.settings.places import DEPLOY
from streams.testing.patience import PATIENCE_SEC
from streams.testing.workers import WorkerProcess

pytestmark = pytest.mark.kafka
PARTITIONS: Final = 2
STAGES: Final = ("accepted", "alert", "notification")
COMMAND: Final = (sys.executable, "-m", "streams.cli")


class System:
    """Worker, gateway, desk and canary as processes on one broker, with one data folder for the last three."""

    def __init__(self, servers: str, folder: Path) -> None:
        self.servers = servers
        self.gateway_port, self.desk_port, self.canary_port, worker_port = (free_port() for _ in range(4))
        self.environ = {
            "TOUCHPOINT_BOOTSTRAP_SERVERS": servers,
            "TOUCHPOINT_DATA_DIR": str(folder / "data"),
            "TOUCHPOINT_PARTITIONS": str(PARTITIONS),
            "TOUCHPOINT_RULES": str(DEPLOY / "rules" / "canary.yaml"),
            "TOUCHPOINT_LANE_FLUSH_SEC": "0.5",
            "TOUCHPOINT_METRICS_PORT": str(worker_port),
            "TOUCHPOINT_WORKERS": f"http://127.0.0.1:{worker_port}",
            "TOUCHPOINT_GATEWAY_PORT": str(self.gateway_port),
            "TOUCHPOINT_DESK_PORT": str(self.desk_port),
            "TOUCHPOINT_CANARY_GATEWAY": f"http://127.0.0.1:{self.gateway_port}",
            "TOUCHPOINT_CANARY_PORT": str(self.canary_port),
            "TOUCHPOINT_CANARY_URL": f"http://127.0.0.1:{self.canary_port}/heard",
            "TOUCHPOINT_CANARY_INTERVAL_SEC": "0.5",
            "TOUCHPOINT_CANARY_TIMEOUT_SEC": "40",  # or a slow machine alone would make a round go missing
        }
        self.key = self.made_key("//shop.example")
        self.environ["TOUCHPOINT_CANARY_KEY"] = self.made_key("//touchpoint-tracker/canary", "--type", "canary.*")
        self.worker, self.gateway, self.desk, self.canary = (
            WorkerProcess(command, folder, self.environ, command=command)
            for command in ("worker", "gateway", "desk", "canary")
        )

    def made_key(self, source: str, *options: str) -> str:
        """Return a key of the gateway."""
        return self.run("gateway", "keys", "create", "--source", source, *options).stdout.strip()

    def run(self, *arguments: str) -> subprocess.CompletedProcess[str]:
        """Run a command to its end."""
        return subprocess.run(
            [*COMMAND, *arguments], env=os.environ | self.environ, capture_output=True, text=True, check=False
        )

    def page(self, port: int, path: str = "/metrics") -> str:
        """Return a page of a component, empty where it does not answer with 200."""
        try:
            answer = httpx.get(f"http://127.0.0.1:{port}{path}", timeout=PATIENCE_SEC)
        except httpx.TransportError:
            return ""
        return answer.text if answer.status_code == 200 else ""

    def heard(self, stage: str) -> float:
        """Return how often the canary was heard at a stage."""
        return self.figure(self.canary_port, f'touchpoint_canary_heard_total{{stage="{stage}"}}')

    def figure(self, port: int, series: str) -> float:
        """Return the value of a series, 0 where there is none."""
        values = [line.rpartition(" ")[2] for line in self.page(port).splitlines() if line.startswith(f"{series} ")]
        return float(values[0]) if values else 0.0


@pytest.fixture(scope="module")
def system(tmp_path_factory: pytest.TempPathFactory) -> Iterator[System]:
    """Start everything but the canary, on a broker of its own."""
    folder = tmp_path_factory.mktemp("canary")
    with ExitStack() as stack:
        servers = stack.enter_context(EmbeddedKafka(folder / "broker")).bootstrap_servers
        asyncio.run(topics.create(servers, topics.Deployment(partitions=PARTITIONS, retention="forever")))
        one = System(servers, folder)
        for process in (one.worker, one.gateway, one.desk, one.canary):
            stack.enter_context(process)
        for process in (one.worker, one.gateway, one.desk):
            process.start()
        one.worker.wait_ready()
        for port in (one.gateway_port, one.desk_port):
            until(lambda port=port: one.page(port, "/readyz") != "", one.gateway, one.desk)  # type: ignore[misc] # bound now
        yield one


def until(is_so: Callable[[], bool], *processes: WorkerProcess) -> None:
    """Wait until something is so; the logs of the processes say why it never was."""
    deadline = time.monotonic() + PATIENCE_SEC
    while not is_so():
        assert time.monotonic() < deadline, "\n".join(process.said[-2000:] for process in processes)
        time.sleep(0.1)


async def counted(servers: str) -> set[str]:
    """Return the types that the statistics count."""
    found = set()
    async with aclosing(scan(servers, STATS)) as records:
        async for record in records:
            if record.value is not None and not (record.key or b"").startswith(b"\x00"):
                found.add(decode_stat(record.value).type)
    return found


def test_one_round_is_heard_at_every_stage(system: System) -> None:
    """For scripts: it ends with 0, and says how long each stage took."""
    answer = system.run("canary", "--once", "--json")
    assert answer.returncode == 0, answer.stderr + system.desk.said[-2000:]
    heard = json.loads(answer.stdout)["heard"]
    assert list(heard) == list(STAGES)
    assert min(heard.values()) > 0


def test_a_key_that_is_refused_is_the_gateways_stage(system: System) -> None:
    """It ends with 1, names the stage, and says what the gateway answered, but not the key."""
    system.environ["TOUCHPOINT_CANARY_KEY"], good = "wrong-key-of-nobody", system.environ["TOUCHPOINT_CANARY_KEY"]
    try:
        answer = system.run("canary", "--once", "--no-notice")
    finally:
        system.environ["TOUCHPOINT_CANARY_KEY"] = good
    assert answer.returncode == 1
    assert "accepted       not heard" in answer.stdout
    assert answer.stderr == "the gateway answers 401\n"


def test_it_sings_on_every_partition_and_counts_in_no_figure(system: System) -> None:
    """While it is heard, one real touchpoint is all that statistics know, and the desk has nothing to show."""
    system.canary.start()
    until(lambda: system.heard("notification") >= 2 * PARTITIONS, system.canary, system.desk)
    sent = {"type": "page.viewed", "customer": "c1", "data": {"path": "/"}}
    httpx.post(
        f"http://127.0.0.1:{system.gateway_port}/v1/touchpoints",
        json=sent,
        headers={"Authorization": f"Bearer {system.key}"},
        timeout=PATIENCE_SEC,
    ).raise_for_status()
    until(lambda: bool(asyncio.run(counted(system.servers))), system.worker)
    assert asyncio.run(counted(system.servers)) == {"page.viewed"}
    desk = system.page(system.desk_port)
    assert "touchpoint_desk_open_cases{" not in desk
    assert 'notifications_total{channel="canary",outcome="sent"}' in desk
    assert 'notifications_total{channel="webhook"' not in desk
    assert 'touchpoint_desk_alerts_total{novelty="new"} 0.0' in desk
    until(lambda: system.page(system.canary_port, "/readyz") == "ready\n", system.canary)


def test_a_round_beside_the_canary_that_runs_is_heard_too(system: System) -> None:
    """Scripts need not stop it, although the desk tells only the one that listens."""
    answer = system.run("canary", "--once", "--json")
    assert answer.returncode == 0, answer.stdout + answer.stderr
    assert system.canary.is_alive


def test_the_stage_that_is_missing_is_named_once_and_so_is_its_return(system: System) -> None:
    """A desk that is killed is missed at its own stage; the others go on."""
    before_that = len(system.canary.said)
    system.desk.kill()
    until(lambda: "the stage `notification` is missing" in system.canary.said[before_that:], system.canary)
    before = system.heard("alert")
    until(lambda: system.heard("alert") > before, system.canary)
    system.desk.start()
    until(lambda: "the canary is heard again" in system.canary.said[before_that:], system.canary, system.desk)
    assert system.canary.said[before_that:].count("is not heard") == 1
    system.canary.terminate()
    assert system.canary.wait() == 0
