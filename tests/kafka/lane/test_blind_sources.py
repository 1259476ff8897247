"""A source falls silent and comes back (law L7), on a real broker: what waits, what is said, and who remembers it."""

import asyncio
import time
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path

import pytest

from streams.alerts.alert import Alert, Status
from streams.broker import sources as sources_topic
from streams.codec import catalogue
from streams.journeys.sources import Sight, Source
from streams.testing.deployment import Deployment
from streams.testing.oracle import Oracle, doubled
from streams.testing.patience import PATIENCE_SEC
from streams.touchpoints.touchpoint import Touchpoint
from tests.kafka.lane.conftest import Made, Workers, now, wait_for_alerts

pytestmark = pytest.mark.kafka

DECLARED = """
sources:
  - {source: //chat, blind_after: 10s, late_after: 1s}
  - {source: //app, blind_after: 1h}
  - {source: //till, blind_after: 2s, open: [Mon 00:00-00:15], time_zone: UTC}
"""
CLOSED_DAYS = ["Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun"]


@pytest.fixture
def sources(tmp_path: Path) -> dict[str, str]:
    """Return the settings of workers that follow sources; the till is closed today."""
    path = tmp_path / "sources.yaml"
    closed = CLOSED_DAYS[(time.gmtime().tm_wday + 3) % 7]
    path.write_text(DECLARED.replace("Mon 00", f"{closed} 00"))
    return {"TOUCHPOINT_SOURCES": str(path), "TOUCHPOINT_LANE_SOURCES_SEC": "0.5"}


@pytest.fixture
def of(made: Made) -> Callable[..., Touchpoint]:
    """Make a touchpoint of a source."""

    def make(source: str, kind: str, customer: str, subject: str = "", *, at: int = 0, **data: object) -> Touchpoint:
        one = made(kind, customer, subject, at=at, **data)
        return Touchpoint(one.id, source, one.type, one.time, one.customer, one.subject, one.data)

    return make


async def facts(deployment: Deployment) -> dict[str, Source]:
    """Return the last fact of each source."""
    topic = deployment.namespace + catalogue.SOURCES
    return {fact.source: fact for fact in await sources_topic.facts(deployment.bootstrap_servers, topic)}


async def wait_for(deployment: Deployment, source: str, state: Sight, timeout_sec: float = PATIENCE_SEC) -> Source:
    """Return the fact once the source stands so."""
    deadline = time.monotonic() + timeout_sec
    while (fact := (await facts(deployment)).get(source)) is None or fact.state is not state:
        if time.monotonic() > deadline:
            raise TimeoutError(f"{source} is not {state}: {fact}")
        await asyncio.sleep(0.2)
    return fact


@asynccontextmanager
async def talking(deployment: Deployment, of: Callable[..., Touchpoint]) -> AsyncIterator[None]:
    """Let the chat send something again and again while the context lasts: it stays seen."""
    is_over = asyncio.Event()

    async def talk() -> None:
        while not is_over.is_set():
            await deployment.send([of("//chat", "message.sent", "warm0", "s")])
            await asyncio.sleep(0.4)

    task = asyncio.create_task(talk())
    try:
        yield
    finally:
        is_over.set()
        await task


async def fall_silent(deployment: Deployment, of: Callable[..., Touchpoint]) -> Source:
    """Let chat and till send something, and return the fact that the chat is blind."""
    for number in range(4):  # types and times on several partitions
        await deployment.send([of("//chat", "message.sent", f"warm{number}", "s"), of("//till", "sale.completed", "w")])
        await asyncio.sleep(0.3)
    return await wait_for(deployment, "//chat", Sight.SILENT)


def about(alerts: list[Alert], rule: str) -> list[Alert]:
    """Return the alerts of a rule."""
    return [alert for alert in alerts if alert.rule == rule]


async def test_what_waits_for_a_silent_source(
    deployment: Deployment, workers: Workers, of: Callable[..., Touchpoint], sources: dict[str, str], oracle: Oracle
) -> None:
    """One alert about it, none about customers; its backlog keeps what was kept, and the true one fires, as due."""
    worker = workers(deployment, **sources).start()
    await asyncio.to_thread(worker.wait_ready)
    blind = await fall_silent(deployment, of)
    asked = now()
    await deployment.send([of("//app", "message.received", f"c{number}", "s", at=asked) for number in range(8)])
    await deployment.send([of("//app", "payment.failed", "angry") for _ in range(3)])
    await wait_for_alerts(deployment, 2)
    await asyncio.sleep(5)
    alerts = await deployment.alerts()
    assert [(one.rule, one.customer) for one in alerts if one.rule != "source-blind"] == [("payment-failing", "angry")]
    (said,) = about(alerts, "source-blind")
    assert (said.customer, said.subject, said.status) == ("", "source://chat", Status.FIRING)
    assert said.started_at == blind.outages[-1].since

    await deployment.send([of("//chat", "message.sent", f"c{number}", "s", at=asked + 1_000) for number in range(7)])
    async with talking(deployment, of):
        back = await wait_for(deployment, "//chat", Sight.SEEING)
        await wait_for_alerts(deployment, 4)
        await asyncio.sleep(1)
        alerts = await deployment.alerts()
    (late,) = about(alerts, "nobody-answers")
    assert (late.customer, late.status, late.started_at) == ("c7", Status.FIRING, asked + 2_000)
    assert late.detected_at >= back.outages[-1].until
    assert [one.status for one in about(alerts, "source-blind")] == [Status.FIRING, Status.RECOVERED]
    assert doubled(alerts) == []
    known = await facts(deployment)
    assert known["//till"].state is Sight.SEEING  # closed today
    assert set(known["//app"].types) == {"message.received", "payment.failed"}


async def test_a_restart_and_a_rebalance_keep_what_waits(
    deployment: Deployment, workers: Workers, of: Callable[..., Touchpoint], sources: dict[str, str]
) -> None:
    """Killed, started again, joined by another and left alone: nobody says it, and nobody says the blind one twice."""
    first, second = workers(deployment, "a", **sources).start(), workers(deployment, "b", **sources)
    await asyncio.to_thread(first.wait_ready)
    await fall_silent(deployment, of)
    asked = now()
    await deployment.send([of("//app", "message.received", f"c{number}", "s", at=asked) for number in range(12)])
    await asyncio.sleep(4)
    first.kill()
    first.start()
    await asyncio.to_thread(first.wait_ready, times=2)
    await asyncio.sleep(3)
    second.start()
    await asyncio.to_thread(second.wait_ready)
    await asyncio.to_thread(first.wait_ready, times=3)
    await asyncio.sleep(3)
    first.terminate()
    await asyncio.to_thread(first.wait)
    await asyncio.to_thread(second.wait_owning, deployment.partitions)
    await asyncio.sleep(3)
    assert {one.rule for one in await deployment.alerts()} == {"source-blind"}
    await deployment.send([of("//chat", "message.sent", f"c{number}", "s", at=asked + 1_000) for number in range(11)])
    async with talking(deployment, of):
        await wait_for(deployment, "//chat", Sight.SEEING)
        await wait_for_alerts(deployment, 3)
        await asyncio.sleep(1)
        alerts = await deployment.alerts()
    assert [one.customer for one in about(alerts, "nobody-answers")] == ["c11"]
    assert {(one.revision, one.status) for one in about(alerts, "source-blind")} == {
        (1, Status.FIRING),
        (2, Status.RECOVERED),
    }
