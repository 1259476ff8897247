"""A deployment of its own for each test, workers to hurt, and what they must come to."""

import asyncio
import itertools
import time
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import ExitStack
from pathlib import Path

import msgspec
import pytest

from streams.alerts.alert import Alert
from streams.broker.embedded import EmbeddedKafka
from streams.codec.vocabulary import shipped
from streams.testing.deployment import Deployment
from streams.testing.oracle import Oracle, doubled, standing
from streams.testing.patience import PATIENCE_SEC
from streams.testing.workers import WorkerProcess
from streams.touchpoints.touchpoint import Touchpoint

RULES = Path(__file__).with_name("rules.yaml")
FLUSH = {"TOUCHPOINT_LANE_FLUSH_SEC": "2"}  # or each test would wait ten seconds for its commit

STALL_SEC = 8  # long enough for a worker that has to wait for a processor, short enough to be waited for

_numbers = itertools.count()

Workers = Callable[..., WorkerProcess]
Hung = Callable[..., WorkerProcess]
Made = Callable[..., Touchpoint]


@pytest.fixture
async def deployment(broker: EmbeddedKafka) -> AsyncIterator[Deployment]:
    """Topics of this test alone, on the session's broker."""
    one = Deployment(broker.bootstrap_servers, f"lane{next(_numbers)}-", shipped())
    await one.create()
    yield one
    await one.delete_all()


@pytest.fixture
def workers(tmp_path: Path) -> Iterator[Workers]:
    """Make workers of a deployment; they are gone after the test, whatever was done to them."""
    with ExitStack() as stack:

        def make(deployment: Deployment, name: str = "a", *arguments: str, **environ: str) -> WorkerProcess:
            settings = deployment.environ | {"TOUCHPOINT_RULES": str(RULES)} | FLUSH | environ
            return stack.enter_context(WorkerProcess(name, tmp_path, settings, arguments))

        yield make


@pytest.fixture
def hung(tmp_path: Path) -> Iterator[Hung]:
    """Make a worker of which one part (see `hung.py`) misbehaves; most do as soon as there is a file named `hang`."""
    with ExitStack() as stack:

        def make(deployment: Deployment, part: str, name: str = "a", **environ: str) -> WorkerProcess:
            settings = deployment.environ | {"TOUCHPOINT_RULES": str(RULES), "TOUCHPOINT_LANE_FLUSH_SEC": "0.5"}
            settings |= {"TOUCHPOINT_LANE_STALL_SEC": str(STALL_SEC)}
            settings |= {"TOUCHPOINT_LANE_SESSION_SEC": "30"}  # the machine may be slow
            settings |= {"HANG": part, "HANG_FILE": str(tmp_path / "hang")} | environ
            return stack.enter_context(WorkerProcess(name, tmp_path, settings, module="tests.kafka.lane.hung"))

        yield make


@pytest.fixture
def oracle() -> Oracle:
    """The same touchpoints without any fault."""
    return Oracle(RULES, shipped())


@pytest.fixture
def made() -> Made:
    """Make a touchpoint now; keyword arguments become its data."""
    numbers = itertools.count()

    def make(kind: str, customer: str, subject: str = "", *, at: int = 0, **data: object) -> Touchpoint:
        body = msgspec.json.encode(data) if data else b""
        return Touchpoint(f"{next(numbers)}", "//test", kind, at or now(), customer, subject, body)

    return make


def now() -> int:
    """Return the wall clock in ms."""
    return time.time_ns() // 1_000_000


async def wait_for_alerts(deployment: Deployment, count: int, timeout_sec: float = PATIENCE_SEC) -> list[Alert]:
    """Return all alerts once there are so many; raise TimeoutError with those there are."""
    deadline = time.monotonic() + timeout_sec
    while len(alerts := await deployment.alerts()) < count:
        if time.monotonic() > deadline:
            raise TimeoutError(f"{len(alerts)} alerts after {timeout_sec} s: {alerts}")
        await asyncio.sleep(0.1)
    return alerts


async def compare(deployment: Deployment, oracle: Oracle, settle_sec: float = 4.0) -> None:
    """Assert that nothing was lost, doubled or changed, once all deadlines are over and everything is committed.

    What is committed is written; what falls due is said a moment later, so that is waited for.
    """
    await asyncio.sleep(settle_sec)
    await deployment.wait_committed()
    expected, counts = await oracle.expect(deployment, now())
    assert await oracle.restored(deployment) == counts
    alerts = await deployment.alerts()
    deadline = time.monotonic() + PATIENCE_SEC
    while (said := standing(alerts)) != expected and time.monotonic() < deadline:
        await asyncio.sleep(0.5)
        alerts = await deployment.alerts()
    different = {name for name in said.keys() | expected.keys() if said.get(name) != expected.get(name)}
    assert [(said.get(name), expected.get(name)) for name in sorted(different)] == []
    assert doubled(alerts) == []
