"""A crash between any two acknowledgements: what was remembered is said, and said once."""

import asyncio

import pytest

from streams.testing.deployment import Deployment
from streams.testing.oracle import Oracle
from tests.kafka.lane.conftest import Made, Workers, compare, wait_for_alerts
from tests.kafka.limits import limit

pytestmark = [pytest.mark.kafka, pytest.mark.fault]


async def test_crash_between_remembering_and_saying(
    deployment: Deployment, workers: Workers, oracle: Oracle, made: Made
) -> None:
    """An alert whose journey was written, and which was not sent, is sent by the next life from the outbox."""
    worker = workers(deployment).start()
    await asyncio.to_thread(worker.wait_ready)
    alerts, probe = f"{deployment.namespace}alerts", b"x" * 1_000
    await limit(deployment.bootstrap_servers, alerts, 300, probe)  # bytes: claims fit, no alert does
    await deployment.send([made("payment.failed", "c1", number=number) for number in range(3)])
    assert await asyncio.to_thread(worker.wait) != 0
    assert await deployment.alerts() == []
    assert (await oracle.restored(deployment))[b"c1"] == 3
    await limit(deployment.bootstrap_servers, alerts, 1_000_000, probe)
    worker.start()
    (alert,) = await wait_for_alerts(deployment, 1)
    assert (alert.rule, alert.revision) == ("payment-failing", 1)
    await compare(deployment, oracle, 1)


async def test_crash_between_saying_and_remembering(
    deployment: Deployment, workers: Workers, oracle: Oracle, made: Made
) -> None:
    """An alert that was sent just before the crash is found on its topic and not sent again."""
    worker = workers(deployment, TOUCHPOINT_LANE_FLUSH_SEC="600", TOUCHPOINT_INSTANCE_ID="a").start()
    await asyncio.to_thread(worker.wait_ready)
    await deployment.send([made("payment.failed", f"c{one}", number=two) for one in range(20) for two in range(3)])
    await wait_for_alerts(deployment, 20)
    worker.kill()
    worker.start()
    await asyncio.to_thread(worker.wait_ready, times=2)
    await deployment.send([made("payment.failed", "c-new", number=number) for number in range(3)])
    alerts = await wait_for_alerts(deployment, 21)
    assert sorted((alert.customer, alert.revision) for alert in alerts) == sorted(
        [*((f"c{one}", 1) for one in range(20)), ("c-new", 1)]
    )
    worker.terminate()  # it may not have read every partition's records again by now: the next one does
    await asyncio.to_thread(worker.wait)
    workers(deployment, TOUCHPOINT_INSTANCE_ID="a").start()
    await compare(deployment, oracle, 0)
