"""More partitions for a deployment in the middle of its customers' journeys; the oracle knows of no partitions."""

import asyncio
import itertools
import os
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from streams.alerts.alert import Alert, Status
from streams.codec.times import to_rfc3339
from streams.codec.vocabulary import shipped
from streams.errors import BrokerError
from streams.growth import grow as growth
from streams.testing.deployment import Deployment
from streams.testing.oracle import Oracle, standing
from streams.testing.workers import WorkerProcess
from streams.touchpoints.touchpoint import Touchpoint
from tests.kafka.lane.conftest import Made, Workers, compare, now, wait_for_alerts
from tests.kafka.lane.test_crowds import FAST, backtested, voided

pytestmark = [pytest.mark.kafka, pytest.mark.fault, pytest.mark.timeout(900)]  # starts of workers, one after another

READY_SEC = 120.0  # a loaded machine takes its time
BEFORE, AFTER = 4, 6


def grow(deployment: Deployment, partitions: int = AFTER, code: int = 0, settle_sec: int = 0) -> str:
    """Run the command, where no producer runs without waiting for any; return what it says."""
    command = [sys.executable, "-m", "streams.cli", "topics", "grow", "--partitions", str(partitions)]
    environ = os.environ | deployment.environ
    done = subprocess.run(
        [*command, "--settle", str(settle_sec), "--yes"],
        env=environ,
        capture_output=True,
        text=True,
        check=False,
        timeout=300,
    )
    assert done.returncode == code, done.stdout + done.stderr
    return done.stdout + done.stderr


async def stop(*stopping: WorkerProcess) -> None:
    """Stop workers as an operator does."""
    for worker in stopping:
        worker.terminate()
    for worker in stopping:
        assert await asyncio.to_thread(worker.wait, 60) == 0, worker.said


def customers(made: Made, step: int, due: int = 0) -> Iterator[Touchpoint]:
    """Yield one step of each customer's session; at the third all have had enough, at the fifth some are well again."""
    for number in range(60):
        name = f"c{number}"
        yield made("page.viewed", name, page=step)
        if step < 3:
            yield made("payment.failed", name, attempt=step)
        if step == 0 and due:
            yield made("promise.opened", name, f"order:{number}", due_at=to_rfc3339(due))
        if step == 3 and due and number % 2:
            yield made("promise.kept", name, f"order:{number}")
        if step == 4 and number % 3 == 0:
            yield made("order.completed", name)


def once(alerts: list[Alert]) -> list[tuple[str, int]]:
    """Return each alert and revision; assert that none came twice, nor without those before it."""
    said = [(alert.alert_id, alert.revision) for alert in alerts]
    assert len(said) == len(set(said))
    assert all(revision == 1 or (name, revision - 1) in said for name, revision in said)
    return said


async def settled(deployment: Deployment, oracle: Oracle, due: int = 0) -> None:
    """Wait until all is said that the oracle knows of, deadlines up to `due` included, and assert that it is right."""
    await asyncio.sleep(max(0, due - now()) / 1000)
    expected, _ = await oracle.expect(deployment, now())
    until = time.monotonic() + READY_SEC
    while standing(await deployment.alerts()) != expected and time.monotonic() < until:  # noqa: ASYNC110 - no event
        await asyncio.sleep(0.2)
    await compare(deployment, oracle, 1.0)
    once(await deployment.alerts())


async def test_journeys_go_on_in_more_partitions(
    deployment: Deployment, workers: Workers, oracle: Oracle, made: Made
) -> None:
    """Counts, promises and open alerts of everybody go on, unread touchpoints included; nothing is said twice."""
    first, second = (workers(deployment, name, TOUCHPOINT_INSTANCE_ID=name).start() for name in "ab")
    for worker in (first, second):
        await asyncio.to_thread(worker.wait_ready, READY_SEC)
    due = now() + 20_000  # in the middle of it all
    for step in range(2):
        await deployment.send(customers(made, step, due))
    await deployment.wait_committed(READY_SEC)
    await stop(first, second)
    await deployment.send(customers(made, 2))  # nobody has read these when the partitions come
    assert "60 journeys" in grow(deployment)
    larger = Deployment(deployment.bootstrap_servers, deployment.namespace, shipped(), AFTER)
    third, fourth = (workers(larger, name, TOUCHPOINT_INSTANCE_ID=name).start() for name in "cd")
    for worker in (third, fourth):
        await asyncio.to_thread(worker.wait_ready, READY_SEC)
    for step in range(3, 6):
        await larger.send(customers(made, step, due))
    await settled(larger, oracle, due)
    alerts = await larger.alerts()
    assert {alert.rule for alert in alerts} == {"payment-failing", "promise-broken"}
    assert {alert.status for alert in alerts} >= {Status.FIRING, Status.RECOVERED}
    assert await larger.dead_letters() == []


async def test_a_second_growth_and_a_repeated_one(
    deployment: Deployment, workers: Workers, oracle: Oracle, made: Made
) -> None:
    """To have grown once is no hindrance, and to ask for what there is changes nothing."""
    partitions = BEFORE
    for step, wanted in enumerate((AFTER, AFTER, AFTER + 1)):
        current = Deployment(deployment.bootstrap_servers, deployment.namespace, shipped(), partitions)
        worker = workers(current, f"w{step}").start()
        await asyncio.to_thread(worker.wait_ready, READY_SEC)
        await current.send(customers(made, step))
        await current.wait_committed(READY_SEC)
        await stop(worker)
        said = grow(current, wanted)
        assert ("moved 0 of 0 journeys" in said) == (wanted == partitions), said
        partitions = wanted
    last = Deployment(deployment.bootstrap_servers, deployment.namespace, shipped(), partitions)
    worker = workers(last, "last").start()
    await asyncio.to_thread(worker.wait_ready, READY_SEC)
    for step in range(3, 5):
        await last.send(customers(made, step))
    await settled(last, oracle)


async def test_a_killed_worker_stands_in_the_way_until_it_was_started_again(
    deployment: Deployment, workers: Workers, oracle: Oracle, made: Made
) -> None:
    """What a kill left half done is not moved: the command says what to do, and has changed nothing."""
    slow = {"TOUCHPOINT_INSTANCE_ID": "a", "TOUCHPOINT_LANE_FLUSH_SEC": "600"}  # journeys that alert are written alone
    worker = workers(deployment, "a", **slow).start()
    await asyncio.to_thread(worker.wait_ready, READY_SEC)
    for step in range(3):
        await deployment.send(customers(made, step))
    await wait_for_alerts(deployment, 60, READY_SEC)
    worker.kill()
    said = grow(deployment, code=1)
    assert "a worker was not stopped in order" in said
    assert "stop them with SIGTERM" in said
    worker = workers(deployment, "a-again", TOUCHPOINT_INSTANCE_ID="a").start()
    await asyncio.to_thread(worker.wait_ready, READY_SEC)
    await deployment.wait_committed(READY_SEC)  # what the killed one had folded and not committed is read again
    with pytest.raises(BrokerError, match="workers still run"):
        await growth.grow(
            deployment.bootstrap_servers, AFTER, namespace=deployment.namespace, settle_sec=0, patience_sec=0
        )
    await stop(worker)
    grow(deployment)
    larger = Deployment(deployment.bootstrap_servers, deployment.namespace, shipped(), AFTER)
    await asyncio.to_thread(workers(larger, "b").start().wait_ready, READY_SEC)
    for step in range(3, 5):
        await larger.send(customers(made, step))
    await settled(larger, oracle)


async def test_producers_that_run_learn_of_the_partitions(
    deployment: Deployment, workers: Workers, oracle: Oracle, made: Made
) -> None:
    """What they send while journeys move is folded where it belongs, and nothing becomes a dead letter."""
    is_over = asyncio.Event()

    def stream() -> Iterator[Touchpoint]:
        numbers = itertools.count()
        while not is_over.is_set():
            yield made("payment.failed", f"c{next(numbers) % 60}")

    worker = workers(deployment, "a").start()
    await asyncio.to_thread(worker.wait_ready, READY_SEC)
    sending = asyncio.create_task(deployment.send(stream(), 20, metadata_max_age_ms=500))
    try:
        await wait_for_alerts(deployment, 10, READY_SEC)
        await stop(worker)
        await asyncio.to_thread(grow, deployment, AFTER, 0, 30)
        larger = Deployment(deployment.bootstrap_servers, deployment.namespace, shipped(), AFTER)
        await asyncio.to_thread(workers(larger, "b").start().wait_ready, READY_SEC)
    finally:
        is_over.set()
        await sending
    await settled(larger, oracle)
    assert await larger.dead_letters() == []
    new = [record.partition for record in await larger.read([larger.topic("payment.failed")])]
    assert max(new) == AFTER - 1


async def test_a_crowd_at_another_home_goes_on(deployment: Deployment, workers: Workers) -> None:
    """What all partitions have counted of it is at its new home, and its alert is neither said again nor forgotten."""
    worker = workers(deployment, "a", **FAST).start()
    await asyncio.to_thread(worker.wait_ready, READY_SEC)
    at = now() // 300_000 * 300_000 - 300_000
    tills = [f"//pos/madrid-{number:03}/till-1" for number in range(8)]  # at home on several partitions, then and now
    trouble = [
        Touchpoint(f"{till}-{number}", till, "sale.voided", at + number * 1_000, f"c{number}")
        for till in tills
        for number in range(6)
    ]
    rising = [voided(number, at + number * 1_000, f"c{number}") for number in range(4)]  # one fewer than it takes
    await deployment.send([*trouble, *rising])
    await wait_for_alerts(deployment, len(tills), READY_SEC)
    await deployment.wait_committed(READY_SEC)
    await stop(worker)
    grow(deployment)
    larger = Deployment(deployment.bootstrap_servers, deployment.namespace, shipped(), AFTER)
    await asyncio.to_thread(workers(larger, "b", **FAST).start().wait_ready, READY_SEC)
    last = [voided(number, at + number * 1_000, f"c{number}") for number in range(4, 6)]
    await larger.send(last)
    alerts = await wait_for_alerts(larger, len(tills) + 1, READY_SEC)
    await larger.wait_committed(READY_SEC)
    alerts = await larger.alerts()
    once(alerts)
    assert {alert.alert_id: alert.subject for alert in alerts} == {
        name: alert.subject for name, alert in backtested([*trouble, *rising, *last]).items()
    }
    assert len(alerts) >= len(tills) + 1


def test_the_command_asks_before_it_begins(tmp_path: Path) -> None:
    """Without --yes it says what it would do, for there is no way back."""
    done = subprocess.run(
        [sys.executable, "-m", "streams.cli", "topics", "grow", "--partitions", "9"],
        capture_output=True, text=True, check=False, cwd=tmp_path, env=os.environ | {"PYTHONPATH": str(Path.cwd())},
    )  # fmt: skip
    assert done.returncode == 1
    assert "9 partitions, for good" in done.stdout
