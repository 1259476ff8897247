"""What a running worker answers: readiness, and a customer's journey to whoever asks for it."""

import asyncio
import subprocess
import sys
import urllib.error
import urllib.request

import msgspec
import pytest

from streams.broker.probe import free_port
from streams.testing.deployment import Deployment
from streams.testing.patience import PATIENCE_SEC
from tests.kafka.lane.conftest import Made, Workers

pytestmark = pytest.mark.kafka


def get(url: str) -> tuple[int, bytes]:
    """Return status and body; 0 while nobody listens."""
    try:
        with urllib.request.urlopen(url, timeout=PATIENCE_SEC) as answer:  # noqa: S310 - our own worker
            return answer.status, answer.read()
    except urllib.error.HTTPError as error:
        return error.code, error.read()
    except OSError:
        return 0, b""


def show(*arguments: str) -> subprocess.CompletedProcess[bytes]:
    """Run `touchpoint journey show`."""
    command = [sys.executable, "-m", "streams.cli", "journey", "show", *arguments]
    return subprocess.run(command, capture_output=True, check=False)


async def test_readiness_and_journeys(deployment: Deployment, workers: Workers, made: Made) -> None:
    """Ready only once everything is folded; a journey is shown by its owner, to people and to programs."""
    port = free_port()
    url = f"http://127.0.0.1:{port}"
    worker = workers(deployment, TOUCHPOINT_METRICS_PORT=str(port)).start()
    seen = set()
    while (status := (await asyncio.to_thread(get, f"{url}/readyz"))[0]) != 200:
        seen.add(status)
        await asyncio.sleep(0.02)
        assert worker.is_alive
    assert seen <= {0, 503}
    await deployment.send([made("message.received", "Zoë 1", "s:1"), made("page.viewed", "Zoë 1")])
    await deployment.wait_committed()
    asked = await asyncio.to_thread(show, "Zoë 1", "--worker", url, "--json")
    assert asked.returncode == 0, asked.stderr
    journey = msgspec.json.decode(asked.stdout)
    assert (journey["customer"], journey["touchpoints"]) == ("Zoë 1", 2)
    assert [one["type"] for one in journey["recent"]] == ["message.received", "page.viewed"]
    spoken = await asyncio.to_thread(show, "Zoë 1", "--worker", url)
    assert b"2 touchpoints" in spoken.stdout
    assert b"message.received" in spoken.stdout
    unknown = await asyncio.to_thread(show, "nobody", "--worker", url)
    assert (unknown.returncode, b"no journey of 'nobody'" in unknown.stderr) == (1, True)
    silent = await asyncio.to_thread(show, "nobody", "--worker", f"http://127.0.0.1:{free_port()}")
    assert (silent.returncode, b"no worker answers" in silent.stderr) == (1, True)


async def test_another_workers_journey(deployment: Deployment, workers: Workers, made: Made) -> None:
    """Of two workers the one that owns the customer answers; the other says that it is not the one."""
    ports = free_port(), free_port()
    urls = [f"http://127.0.0.1:{port}" for port in ports]
    pair = [
        workers(deployment, name, TOUCHPOINT_METRICS_PORT=str(port)).start()
        for name, port in zip("ab", ports, strict=True)
    ]
    for one in pair:
        await asyncio.to_thread(one.wait_owning, 2)
    customers = [f"c{number}" for number in range(8)]
    await deployment.send([made("page.viewed", customer) for customer in customers])
    await deployment.wait_committed()
    answers = {(await asyncio.to_thread(get, f"{url}/journey/{one}"))[0] for one in customers for url in urls}
    assert answers == {200, 421}
    found = await asyncio.to_thread(show, "c3", "--worker", urls[0], "--worker", urls[1], "--json")
    assert found.returncode == 0, found.stderr
