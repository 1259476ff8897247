"""The real processes under load, watched by a real Prometheus: what dashboards are asked about.

First everything happens once, so that each counter exists; then comes the load, and only that is what is shown.
"""

import asyncio
import os
import subprocess
import sys
import time
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import AsyncExitStack, asynccontextmanager, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import httpx

from streams.broker import topics
from streams.broker.embedded import EmbeddedKafka
from streams.broker.probe import free_port
from streams.codec.vocabulary import shipped
from streams.settings.places import DEPLOY
from streams.testing.deployment import Deployment
from streams.testing.patience import PATIENCE_SEC
from streams.testing.workers import WorkerProcess
from tests.deploy.dashboards import plan
from tests.deploy.dashboards.prometheus import Prometheus
from tests.deploy.dashboards.substitution import Window
from tests.kafka.desk.conftest import FILE, SECRET, Ears

HERE: Final = Path(__file__).parent
JOBS: Final = ("worker", "desk", "gateway", "canary")
PARTITIONS: Final = 4
SCRAPE_SEC: Final = 1
ROUNDS: Final = 10
CANARY_SEC: Final = 2
EDGE_SCRAPES: Final = 2  # on either side of an edge of what is shown
CALM_SCRAPES: Final = 4  # between an edge and the load: the longer, the less an extrapolated count is off
GAUGES_SEC: Final = 5  # the desk reads its figures anew so often
ALERTS: Final = 5  # live ones of a round
POLL_SEC: Final = 0.2
FIRING: Final = 'sum(touchpoint_alerts_total{status="firing",rule!~"on-trial|source-blind|nobody-answers|canary"})'


@dataclass(frozen=True)
class Played:
    """What was done and where it can be asked about; `shown` is the time of the load alone."""

    prometheus: Prometheus
    shown: Window
    load: plan.Expected
    all: plan.Expected
    resolved: int  # cases that people ended, from the start


@contextmanager
def played(folder: Path, rounds: int = ROUNDS, scrape_sec: int = SCRAPE_SEC) -> Iterator[Played]:
    """Play so many rounds, stop everything but Prometheus, and give what came of it."""
    ports = {job: free_port() for job in JOBS}
    targets = {job: f"127.0.0.1:{port}" for job, port in ports.items()}
    with Prometheus(folder, targets, scrape_sec) as prometheus:
        yield asyncio.run(_play(folder, ports, prometheus, rounds))


async def _play(folder: Path, ports: dict[str, int], prometheus: Prometheus, rounds: int) -> Played:
    async with _processes(folder, ports) as scene:
        await scene.round(0)
        await scene.send(plan.answers(_now()))
        await scene.settle(prometheus, 1)
        await scene.work()
        start = await scene.edge(prometheus)  # so that what is shown begins with what is known of each counter
        await asyncio.sleep(CALM_SCRAPES * prometheus.scrape_sec)
        for number in range(1, rounds + 1):
            await scene.round(number)
            await asyncio.sleep(1)
        await scene.until(lambda: prometheus.value('max(touchpoint_sources{state="silent"})') == 1, "a silent chat")
        await scene.send(plan.questions(_now()))
        await scene.settle(prometheus, rounds + 1)
        await scene.work()
        await scene.until(lambda: prometheus.value("sum(touchpoint_waiting_journeys)") == plan.ASKERS, "who waits")
        await asyncio.sleep(GAUGES_SEC + CALM_SCRAPES * prometheus.scrape_sec)
        shown = Window(start, await scene.edge(prometheus), prometheus.scrape_sec)
    every = list(range(rounds + 1))
    return Played(prometheus, shown, plan.expected(every[1:]), plan.expected(every), scene.resolved)


class Scene:
    """The processes, and who uses them."""

    def __init__(self, deployment: Deployment, gateway: httpx.AsyncClient, desk: httpx.AsyncClient) -> None:
        self._deployment = deployment
        self._gateway = gateway
        self._desk = desk
        self.resolved = 0

    async def send(self, touchpoints: list[Any]) -> None:
        """Send touchpoints to their topics."""
        await self._deployment.send(touchpoints)

    async def round(self, number: int) -> None:
        """Let a second's worth happen: touchpoints, one that cannot be read, and a request with one that is refused."""
        await self._deployment.send(plan.round_of(number, _now()))
        await self._deployment.send_raw("touchpoints.web", [(b"x", b"garbage")])
        answer = await self._gateway.post("/v1/touchpoints", json=plan.posted(number))
        assert answer.status_code in {200, 202, 207, 422}, answer.text

    async def work(self) -> None:
        """Claim what is open, and end every second case."""
        cases = (await self._desk.get("/api/v1/cases", params={"limit": 100})).json()
        for place, row in enumerate(cases["rows"]):
            path = f"/api/v1/cases/{row['case_id']}/commands"
            claimed = await self._desk.post(path, json={"do": "claim", "revision": row["revision"]})
            if claimed.is_success and place % 2 == 0:
                revision = claimed.json()["row"]["revision"]
                self.resolved += (await self._desk.post(path, json={"do": "resolve", "revision": revision})).is_success

    async def settle(self, prometheus: Prometheus, rounds: int) -> None:
        """Wait until the alerts of so many rounds are out and the desk has them."""
        await self.until(lambda: prometheus.value(FIRING) >= rounds * ALERTS, f"the alerts of {rounds} rounds")
        await self.until(lambda: prometheus.value("sum(touchpoint_desk_lag_records)") == 0, "the desk to read them")

    async def edge(self, prometheus: Prometheus) -> float:
        """Return a time before and after which no scrape of any process was missed.

        Counts are extrapolated to the edges of what is shown, by how far the nearest scrapes are from them.
        """
        deadline = time.monotonic() + PATIENCE_SEC
        around = 2 * EDGE_SCRAPES
        every = f"up[{around * prometheus.scrape_sec}s]"
        missed = f"count(min_over_time({every}) < 1) or count(count_over_time({every}) < {around})"
        while True:
            await asyncio.sleep(EDGE_SCRAPES * prometheus.scrape_sec)
            at = time.time()
            await asyncio.sleep((EDGE_SCRAPES + 1) * prometheus.scrape_sec)  # the last one may take its time
            until = at + EDGE_SCRAPES * prometheus.scrape_sec
            if not await asyncio.to_thread(prometheus.at, missed, until):
                return at
            if time.monotonic() > deadline:
                raise TimeoutError(f"waited {PATIENCE_SEC} s for scrapes of which none is missed")

    async def until(self, is_so: Callable[[], bool], what: str) -> None:
        """Wait for something that Prometheus sees; raise TimeoutError that names it."""
        deadline = time.monotonic() + PATIENCE_SEC
        while not await asyncio.to_thread(is_so):
            if time.monotonic() > deadline:
                raise TimeoutError(f"waited {PATIENCE_SEC} s for {what}")
            await asyncio.sleep(POLL_SEC)


@asynccontextmanager
async def _processes(folder: Path, ports: dict[str, int]) -> AsyncIterator[Scene]:
    async with AsyncExitStack() as stack:
        kafka = stack.enter_context(EmbeddedKafka(folder / "broker"))
        servers = kafka.bootstrap_servers
        await topics.create(servers, topics.Deployment(partitions=PARTITIONS, retention="forever"))
        deployment = Deployment(servers, "", shipped(), PARTITIONS)
        common = deployment.environ | _common(ports)
        worker = stack.enter_context(WorkerProcess("worker", folder, common | _worker(ports["worker"])))
        ears = await stack.enter_async_context(Ears().listening())
        desk = stack.enter_context(WorkerProcess("desk", folder, common | _desk(folder, ports, ears), (), "desk"))
        gateway = stack.enter_context(WorkerProcess("gateway", folder, common | _gateway(folder, ports), (), "gateway"))
        for process in (worker, desk, gateway):
            process.start()
        data = _gateway(folder, ports)
        key, song = [
            await _told("gateway", "keys", "create", "--source", source, **data)
            for source in (plan.GATEWAY, "//touchpoint-tracker/canary")
        ]
        await _ready(ports["desk"], ports["gateway"], ports["worker"])
        stack.enter_context(WorkerProcess("canary", folder, common | _canary(song), (), "canary")).start()
        await _ready(ports["canary"])
        data = {"TOUCHPOINT_DATA_DIR": str(folder / "desk")}
        token = await _told("desk", "tokens", "create", "boss", "--role", "lead", "--expires", "1d", **data)
        yield Scene(
            deployment,
            await stack.enter_async_context(_client(f"http://127.0.0.1:{ports['gateway']}", key)),
            await stack.enter_async_context(_client(f"http://127.0.0.1:{ports['desk']}", token)),
        )


async def _ready(*ports: int) -> None:
    """Wait until each process says that it does its work."""
    deadline = time.monotonic() + PATIENCE_SEC
    async with httpx.AsyncClient(timeout=5) as client:
        for port in ports:
            while not await _says_so(client, port):
                if time.monotonic() > deadline:
                    raise TimeoutError(f"waited {PATIENCE_SEC} s for port {port}")
                await asyncio.sleep(POLL_SEC)


async def _says_so(client: httpx.AsyncClient, port: int) -> bool:
    try:
        return (await client.get(f"http://127.0.0.1:{port}/readyz")).is_success
    except httpx.TransportError:
        return False


def _common(ports: dict[str, int]) -> dict[str, str]:
    return {
        "TOUCHPOINT_RULES": f"{HERE / 'rules.yaml'} {DEPLOY / 'rules' / 'canary.yaml'}",
        "TOUCHPOINT_CANARY_PORT": str(ports["canary"]),
        "TOUCHPOINT_CANARY_URL": f"http://127.0.0.1:{ports['canary']}/heard",
        "TOUCHPOINT_CANARY_GATEWAY": f"http://127.0.0.1:{ports['gateway']}",
        "TOUCHPOINT_CANARY_SECRET": SECRET,
    }


def _canary(key: str) -> dict[str, str]:
    return {"TOUCHPOINT_CANARY_KEY": key, "TOUCHPOINT_CANARY_INTERVAL_SEC": str(CANARY_SEC)}


def _worker(port: int) -> dict[str, str]:
    return {
        "TOUCHPOINT_METRICS_PORT": str(port),
        "TOUCHPOINT_SOURCES": str(HERE / "sources.yaml"),
        "TOUCHPOINT_LANE_SOURCES_SEC": "0.5",
        "TOUCHPOINT_LANE_FLUSH_SEC": "1",
    }


def _gateway(folder: Path, ports: dict[str, int]) -> dict[str, str]:
    return {"TOUCHPOINT_GATEWAY_PORT": str(ports["gateway"]), "TOUCHPOINT_DATA_DIR": str(folder / "gateway")}


def _desk(folder: Path, ports: dict[str, int], hook: str) -> dict[str, str]:
    file = folder / "desk.yaml"
    file.write_text(FILE.replace("URL", hook), encoding="utf-8")
    return {
        "TOUCHPOINT_DESK_PORT": str(ports["desk"]),
        "TOUCHPOINT_DESK_FILE": str(file),
        "TOUCHPOINT_DATA_DIR": str(folder / "desk"),
        "TOUCHPOINT_WORKERS": f"http://127.0.0.1:{ports['worker']}",
        "DESK_SECRET": SECRET,
    }


def _client(url: str, token: str) -> httpx.AsyncClient:
    return httpx.AsyncClient(base_url=url, headers={"authorization": f"Bearer {token}"}, timeout=PATIENCE_SEC)


async def _told(*arguments: str, **environ: str) -> str:
    """Return what a command of ours prints."""
    command = [sys.executable, "-m", "streams.cli", *arguments]
    whole = os.environ | environ
    ran = await asyncio.to_thread(subprocess.run, command, env=whole, capture_output=True, text=True, check=True)
    return str(ran.stdout).strip()


def _now() -> int:
    return time.time_ns() // 1_000_000
