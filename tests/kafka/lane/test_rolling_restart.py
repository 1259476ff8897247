"""Three workers are restarted one after the other under load, with a rule more than before.

How long a partition waits meanwhile is measured by `python -m tests.soak.rolling`.
"""

import asyncio
import itertools
import time
from collections import Counter
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest

from streams.broker.embedded import EmbeddedKafka
from streams.codec import alert as alert_codec
from streams.codec import catalogue
from streams.codec.registry import SchemaStore
from streams.codec.vocabulary import shipped
from streams.testing.deployment import Deployment
from streams.testing.oracle import Oracle, doubled, standing
from streams.touchpoints.touchpoint import Touchpoint
from tests.kafka.lane.conftest import RULES, Made, Workers, now, wait_for_alerts

pytestmark = [pytest.mark.kafka, pytest.mark.fault]

PARTITIONS = 6
PER_SEC = 45
READY_SEC = 120.0
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


async def go_on(deployment: Deployment, load: Load, partitions: set[int]) -> None:
    """Return once each of these partitions has an alert about a customer who has come since; raise TimeoutError."""
    store, known, waiting = SchemaStore(), frozenset(load.customers), partitions
    async with asyncio.timeout(READY_SEC):
        while waiting:
            records = await deployment.read([deployment.namespace + catalogue.ALERTS])
            waiting = partitions - {
                record.partition
                for record in records
                if not record.key.startswith(b"\x00") and alert_codec.decode(record.value, store).customer not in known
            }
            await asyncio.sleep(0.1)


@pytest.mark.timeout(900)  # six starts of a worker, and whatever else the machine has to do
async def test_a_rolling_restart_loses_nothing_and_pauses_one_workers_partitions_at_a_time(
    wide: Deployment, workers: Workers, made: Made, tmp_path: Path
) -> None:
    """Every worker has its partitions again, every alert comes once, and the new rule is in force.

    While one is away the partitions of the others go on, and all of them do before the next one goes.
    """
    rules = tmp_path / "rules.yaml"
    rules.write_text(RULES.read_text())
    names = ("a", "b", "c")
    settings = {"TOUCHPOINT_RULES": str(rules), "TOUCHPOINT_LANE_SESSION_SEC": "60"}
    group = [workers(wide, name, TOUCHPOINT_INSTANCE_ID=name, **settings) for name in names]
    for worker in group:
        worker.start()
    for worker in group:
        await asyncio.to_thread(worker.wait_owning, PARTITIONS // len(group), READY_SEC)
    load = Load(made)
    sending = asyncio.create_task(wide.send(load, PER_SEC))
    try:
        await wait_for_alerts(wide, PARTITIONS * 5, READY_SEC)
        rules.write_text(RULES.read_text() + MORE)
        for worker in group:
            ready, everything = worker.said.count(": ready: "), set(range(PARTITIONS))
            worker.terminate()
            assert await asyncio.to_thread(worker.wait, READY_SEC) == 0, worker.said
            await go_on(wide, load, everything - worker.owned)
            await asyncio.to_thread(worker.start().wait_ready, READY_SEC, ready + 1)
            await asyncio.to_thread(worker.wait_owning, PARTITIONS // len(group), READY_SEC)
            await go_on(wide, load, everything)
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
