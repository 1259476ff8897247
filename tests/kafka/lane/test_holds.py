"""Holds on a real broker: said once, remembered over a kill, and of no effect on the worker that reads them back."""

import asyncio
import time
from collections import Counter

import msgspec
import pytest

from streams.alerts.holds import SOURCE
from streams.codec.registry import SchemaStore
from streams.codec.touchpoint import TouchpointDecoder
from streams.codec.vocabulary import shipped
from streams.testing.deployment import Deployment
from streams.testing.oracle import Oracle
from streams.testing.patience import PATIENCE_SEC
from streams.touchpoints.touchpoint import Touchpoint
from tests.kafka.lane.conftest import Made, Workers, compare, wait_for_alerts

pytestmark = [pytest.mark.kafka, pytest.mark.fault]


async def said(deployment: Deployment) -> list[Touchpoint]:
    """Return all holds on the topic, each under the customer's key."""
    decoder = TouchpointDecoder(shipped(), SchemaStore())
    records = await deployment.read([deployment.topic("recovery.hold")])
    found = [decoder.decode(record.value, record.key, record.headers, record.timestamp) for record in records]
    return [one for one in found if isinstance(one, Touchpoint) and one.source == SOURCE]


async def wait_for_holds(deployment: Deployment, count: int, timeout_sec: float = PATIENCE_SEC) -> list[Touchpoint]:
    """Return the holds once there are so many different ones."""
    deadline = time.monotonic() + timeout_sec
    while len(reasons_by_id(holds := await said(deployment))) < count:
        if time.monotonic() > deadline:
            raise TimeoutError(f"{len(holds)} holds after {timeout_sec} s: {holds}")
        await asyncio.sleep(0.1)
    return holds


def reasons_by_id(holds: list[Touchpoint]) -> dict[str, tuple[str, str]]:
    """Return customer and reason of each different hold."""
    return {hold.id: (hold.customer, str(msgspec.json.decode(hold.data)["reason"])) for hold in holds}


def reasons(holds: list[Touchpoint]) -> Counter[tuple[str, str]]:
    """Return how many different holds there are by customer and reason."""
    return Counter(reasons_by_id(holds).values())


async def test_holds_survive_a_kill(deployment: Deployment, workers: Workers, oracle: Oracle, made: Made) -> None:
    """One a customer in trouble, lifted once it is over; killed in between, nothing is lost and no id changes."""
    customers = [f"c{number}" for number in range(20)]
    worker = workers(deployment, TOUCHPOINT_INSTANCE_ID="a").start()
    await asyncio.to_thread(worker.wait_ready)
    await deployment.send([made("payment.failed", one, number=number) for one in customers for number in range(3)])
    await wait_for_alerts(deployment, 20)
    worker.kill()
    worker.start()
    await asyncio.to_thread(worker.wait_ready, times=2)
    begun = await wait_for_holds(deployment, 20)
    assert reasons(begun) == Counter({(one, "open_episode"): 1 for one in customers})
    await deployment.send([made("order.completed", one) for one in customers])
    lifted = await wait_for_holds(deployment, 40)
    assert reasons(lifted) == reasons(begun) + Counter({(one, "recovered"): 1 for one in customers})
    await compare(deployment, oracle, 1)
