"""A whole gateway on a real broker, started by its command line: what it called accepted is on the topics."""

import asyncio
import gzip
import os
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, Final

import httpx
import msgspec
import pytest

from streams.broker.probe import free_port
from streams.codec.times import to_rfc3339
from streams.testing.patience import PATIENCE_SEC
from streams.touchpoints.touchpoint import Touchpoint
from tests.kafka.gateway.conftest import arrived

pytestmark = pytest.mark.kafka
ROOT: Final = Path(__file__).parents[3]
COMMAND: Final = (sys.executable, "-m", "streams.cli", "gateway")
NOW: Final = 1_790_000_000_000
Started = subprocess.Popen[str]


class Gateway:
    """A gateway as an operator runs it, in a data folder and on a port that stay."""

    def __init__(self, servers: str, folder: Path, source: str) -> None:
        self.port = free_port()
        self.log = folder / "log"
        self._environ = os.environ | {
            "TOUCHPOINT_BOOTSTRAP_SERVERS": servers,
            "TOUCHPOINT_DATA_DIR": str(folder),
            "TOUCHPOINT_GATEWAY_PORT": str(self.port),
            "TOUCHPOINT_GATEWAY_ACK_SEC": "60",  # new topics, on a machine that has much else to do
            "TOUCHPOINT_LOG_FORMAT": "json",
            "TOUCHPOINT_GATEWAY_ACCESS_LOG": "all",
        }
        made = subprocess.run(
            [*COMMAND, "keys", "create", "--source", source],
            env=self._environ, cwd=ROOT, capture_output=True, text=True, check=True,
        )  # fmt: skip
        self.client = httpx.AsyncClient(
            base_url=f"http://127.0.0.1:{self.port}",
            headers={"authorization": f"Bearer {made.stdout.strip()}"},
            timeout=PATIENCE_SEC,
        )

    def start(self) -> Started:
        """Start it."""
        with self.log.open("a") as log:
            return subprocess.Popen(COMMAND, env=self._environ, cwd=ROOT, stderr=log, text=True)

    async def ready(self) -> None:
        """Wait until it serves."""
        async with asyncio.timeout(PATIENCE_SEC):
            while not await self._is_ready():  # noqa: ASYNC110 - another process says so
                await asyncio.sleep(0.05)

    async def _is_ready(self) -> bool:
        try:
            return (await self.client.get("/readyz")).status_code == 200
        except httpx.TransportError:
            return False

    def lines(self) -> list[dict[str, Any]]:
        """Return its log."""
        return [msgspec.json.decode(line) for line in self.log.read_text().splitlines()]


@pytest.fixture
def run(catalogue_servers: str, tmp_path: Path) -> Iterator[Callable[[str], tuple[Gateway, Callable[[], Started]]]]:
    """Prepare a gateway for a source; whatever happens, it is gone after the test."""
    running: list[Started] = []

    def prepare(source: str) -> tuple[Gateway, Callable[[], Started]]:
        gateway = Gateway(catalogue_servers, tmp_path, source)

        def start() -> Started:
            running.append(gateway.start())
            return running[-1]

        return gateway, start

    yield prepare
    for process in running:
        process.kill()
        process.wait(PATIENCE_SEC)


Run = Callable[[str], tuple[Gateway, Callable[[], Started]]]


async def test_what_was_accepted_is_on_the_topics_and_it_ends_when_told(run: Run, catalogue_servers: str) -> None:
    """Sent in every form; the log has a line for each request, and nothing of anybody."""
    source = "//test/process"
    gateway, start = run(source)
    process = start()
    await gateway.ready()
    time = to_rfc3339(NOW)
    item = {"type": "payment.failed", "time": time, "customer": "ana-of-the-shop", "data": {"amount": 19.9}}
    event = {f"ce-{name}": value for name, value in item.items() if isinstance(value, str)} | {
        "ce-specversion": "1.0", "ce-id": "4", "ce-source": f"{source}/web", "content-type": "application/json",
    }  # fmt: skip
    lines = gzip.compress(b"\n".join(msgspec.json.encode(item | {"id": each}) for each in "23"))
    packed = {"content-type": "application/x-ndjson", "content-encoding": "gzip"}
    answers = [
        await gateway.client.post("/v1/touchpoints", json=item | {"id": "1"}),
        await gateway.client.post("/v1/touchpoints", content=lines, headers=packed),
        await gateway.client.post("/v1/events", content=b'{"amount":19.9}', headers=event),
    ]
    assert [(each.status_code, each.json()["stored"]) for each in answers] == [(202, "broker")] * 3
    found = {
        (record.topic, record.key, one)
        for of in (source, f"{source}/web")
        for record, one in await arrived(catalogue_servers, of)
    }
    assert found == {
        (
            "touchpoints.web",
            b"ana-of-the-shop",
            Touchpoint(id_, of, "payment.failed", NOW, "ana-of-the-shop", "", b'{"amount":19.9}'),
        )
        for id_, of in (("1", source), ("2", source), ("3", source), ("4", f"{source}/web"))
    }
    process.send_signal(signal.SIGTERM)
    assert await asyncio.to_thread(process.wait, PATIENCE_SEC) == 0
    accesses = [each for each in gateway.lines() if each["logger"] == "touchpoint.gateway.access"]
    assert [(each["event"], each["status"], each["accepted"]) for each in accesses] == [
        ("/v1/touchpoints", 202, 1), ("/v1/touchpoints", 202, 2), ("/v1/events", 202, 1),
    ]  # fmt: skip
    assert "ana" not in gateway.log.read_text()
    await gateway.client.aclose()


@pytest.mark.fault
async def test_a_gateway_that_is_killed_under_load_loses_nothing_it_accepted(run: Run, catalogue_servers: str) -> None:
    """Senders that come again until they are answered see each touchpoint on its topic."""
    source = "//test/killed"
    gateway, start = run(source)
    accepted: list[str] = []
    is_over = asyncio.Event()

    async def send(customer: int) -> None:
        number = 0
        while not is_over.is_set():
            items = [
                {"id": f"{customer}-{number}-{place}", "type": "page.viewed", "customer": f"c{customer}"}
                for place in range(5)
            ]
            try:
                answer = await gateway.client.post("/v1/touchpoints", json=items)
            except httpx.TransportError:
                await asyncio.sleep(0.05)  # it is away for a moment
                continue
            if answer.status_code == 202:
                accepted.extend(each["id"] for each in answer.json()["items"])
                number += 1

    process = start()
    await gateway.ready()
    async with asyncio.TaskGroup() as senders:
        for customer in range(8):
            senders.create_task(send(customer))
        for kills in range(1, 4):
            async with asyncio.timeout(PATIENCE_SEC):
                while len(accepted) < 500 * kills:  # noqa: ASYNC110 - others count
                    await asyncio.sleep(0.02)
            process.kill()
            await asyncio.to_thread(process.wait, PATIENCE_SEC)
            process = start()
            await gateway.ready()
        is_over.set()
    process.send_signal(signal.SIGTERM)
    assert await asyncio.to_thread(process.wait, PATIENCE_SEC) == 0
    seen = {one.id for _, one in await arrived(catalogue_servers, source)}
    assert len(accepted) >= 1_500
    assert set(accepted) - seen == set()
    await gateway.client.aclose()
