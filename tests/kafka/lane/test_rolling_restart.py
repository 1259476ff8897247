"""Three workers are restarted one after the other under load, with a rule more than before."""

import asyncio
import itertools
import sys
import time
from collections import Counter
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest

from streams.broker.embedded import EmbeddedKafka
from streams.codec.vocabulary import shipped
from streams.testing.deployment import Deployment
from streams.testing.oracle import Oracle, doubled, standing
from streams.testing.pauses import pauses
from streams.testing.workers import WorkerProcess
from streams.touchpoints.touchpoint import Touchpoint
from tests.kafka.lane.conftest import RULES, Made, Workers, now, wait_for_alerts

pytestmark = [pytest.mark.kafka, pytest.mark.fault]

PARTITIONS = 6
PER_SEC = 45
READY_SEC = 120.0
PROMISED_SEC = 5.0  # a partition waits no longer; on a machine where a worker takes as long to start, in its starts
STARTS = 2.5  # the old one flushes and ends, the new one starts, claims and reads back
MORE = """
  - id: seen-a-lot
    moment: FMOT
    severity: low
    when: {count: {type: page.viewed, at_least: 3, within: 10m}}
    title: {en: "Looks around", es: "Mira"}
    advice: {en: "Greet.", es: "Saludar."}
"""


@pytest.fixture
async def wide(broker: EmbeddedKafka) -> AsyncIterator[Deployment]:
    """A deployment with two partitions for each of three workers."""
    one = Deployment(broker.bootstrap_servers, f"rolling{time.monotonic_ns()}-", shipped(), PARTITIONS)
    await one.create()
    yield one
    await one.delete_all()


class Load:
    """Customers whose payments fail, one after the other until it is over: an alert for each."""

    def __init__(self, made: Made) -> None:
        self.is_over = False
        self.customers: list[str] = []
        self._made = made

    def __iter__(self) -> Iterator[Touchpoint]:
        """Yield touchpoints, made at the moment they are asked for."""
        for number in itertools.count():
            if self.is_over:
                return
            self.customers.append(f"c{number}")
            for attempt in range(3):
                yield self._made("payment.failed", f"c{number}", attempt=attempt)


async def start(worker: WorkerProcess, times: int = 1) -> float:
    """Start a worker; return how many seconds it took to be ready."""
    began = time.monotonic()
    worker.start()
    await asyncio.to_thread(worker.wait_ready, READY_SEC, times)
    return time.monotonic() - began


@pytest.mark.timeout(900)  # six starts of a worker, and whatever else the machine has to do
async def test_a_rolling_restart_loses_nothing_and_pauses_no_partition_for_long(
    wide: Deployment, workers: Workers, made: Made, tmp_path: Path
) -> None:
    """Every worker has its partitions again, every alert comes once and soon, and the new rule is in force."""
    rules = tmp_path / "rules.yaml"
    rules.write_text(RULES.read_text())
    names = ("a", "b", "c")
    settings = {"TOUCHPOINT_RULES": str(rules), "TOUCHPOINT_LANE_SESSION_SEC": "60"}
    group = [workers(wide, name, TOUCHPOINT_INSTANCE_ID=name, **settings) for name in names]
    started = max(await asyncio.gather(*map(start, group)))
    for worker in group:
        await asyncio.to_thread(worker.wait_owning, PARTITIONS // len(group), READY_SEC)
    load = Load(made)
    sending = asyncio.create_task(wide.send(load, PER_SEC))
    try:
        await wait_for_alerts(wide, PARTITIONS * 5, READY_SEC)
        rules.write_text(RULES.read_text() + MORE)
        for worker in group:
            ready = worker.said.count(": ready: ")
            worker.terminate()
            assert await asyncio.to_thread(worker.wait, 60) == 0, worker.said
            started = max(started, await start(worker, ready + 1))
            await asyncio.to_thread(worker.wait_owning, PARTITIONS // len(group), READY_SEC)
    finally:
        load.is_over = True
        await sending
    await wide.send(made("page.viewed", f"new{number}", page=page) for page in range(3) for number in range(20))
    await wide.wait_committed(READY_SEC)
    alerts = await wait_for_alerts(wide, len(load.customers) + 20, READY_SEC)
    assert doubled(alerts) == []
    assert Counter((alert.customer, alert.revision) for alert in alerts if alert.rule == "payment-failing") == Counter(
        (customer, 1) for customer in load.customers
    )
    assert {alert.customer for alert in alerts if alert.rule == "seen-a-lot"} == {
        f"new{number}" for number in range(20)
    }
    expected, counts = await Oracle(rules, shipped()).expect(wide, now())
    assert standing(alerts).keys() == expected.keys()
    assert await Oracle(rules, shipped()).restored(wide) == counts
    waited = await pauses(wide, "payment-failing", "payment.failed")
    sys.stdout.write(f"{len(load.customers)} alerts, start {started:.1f} s, pauses {dict(sorted(waited.items()))}\n")
    assert set(waited) == set(range(PARTITIONS))
    assert max(waited.values()) <= max(PROMISED_SEC, STARTS * started), waited
