"""A worker that keeps its journeys on disk comes to the same as one that has them in memory."""

import asyncio
from pathlib import Path

import pytest

from streams.testing.deployment import Deployment
from streams.testing.oracle import Oracle
from tests.kafka.lane.conftest import Made, Workers, compare

pytestmark = [pytest.mark.kafka, pytest.mark.fault]


async def test_journeys_on_disk_survive_a_kill(
    deployment: Deployment, workers: Workers, oracle: Oracle, made: Made, tmp_path: Path
) -> None:
    """One decoded journey a partition, so that nearly all come from the file; killed half way, and nothing is left."""
    customers = 200
    worker = workers(deployment, TOUCHPOINT_LANE_STORE="disk", TOUCHPOINT_LANE_LIVE_JOURNEYS="4").start()
    await asyncio.to_thread(worker.wait_ready, 60)
    for number in range(4):
        await deployment.send([made("payment.failed", f"c{one}", number=number) for one in range(customers)])
        if number == 1:
            worker.kill()
            worker.start()
            await asyncio.to_thread(worker.wait_ready, 60, 2)
    await compare(deployment, oracle)
    assert len({alert.customer for alert in await deployment.alerts()}) == customers
    assert [each for each in (tmp_path / "a" / "worker").rglob("*") if each.is_file()] == []
