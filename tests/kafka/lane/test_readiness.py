"""What /readyz and /healthz say, sampled while partitions change hands."""

import asyncio
import itertools
from dataclasses import dataclass, field

import pytest

from streams.broker.probe import free_port
from streams.testing.deployment import Deployment
from streams.testing.workers import WorkerProcess
from tests.kafka.lane.conftest import Hung, Made
from tests.kafka.lane.test_http import get

pytestmark = [pytest.mark.kafka, pytest.mark.fault]

LONG_SEC = 180.0
SAMPLE_SEC = 0.1


@dataclass
class Samples:
    """What one worker answered, in order; nothing while it does not listen yet."""

    worker: WorkerProcess
    url: str
    ready: list[tuple[int, str, bool]] = field(default_factory=list)  # status, reason, whether `ready` was logged
    healthy: list[int] = field(default_factory=list)

    async def run(self) -> None:
        """Sample until cancelled."""
        while True:
            status, reason = await asyncio.to_thread(get, f"{self.url}/readyz")
            if status and b"no broker has answered" not in reason:  # a machine that is short of processors
                self.ready.append((status, reason.decode().strip(), ": ready: " in self.worker.said))
                self.healthy.append((await asyncio.to_thread(get, f"{self.url}/healthz"))[0])
            await asyncio.sleep(SAMPLE_SEC)

    @property
    def course(self) -> list[int]:
        """The statuses of readiness, each change once."""
        return [status for status, _ in itertools.groupby(status for status, _, _ in self.ready)]


@pytest.mark.timeout(600)
async def test_readiness_through_a_rebalance_and_a_recovery(deployment: Deployment, hung: Hung, made: Made) -> None:
    """Who keeps partitions is unready from revocation until it folds; who gets some, until they are read back.

    Both are alive all the time.
    """
    ports = free_port(), free_port()
    first = hung(deployment, "slow_claims", "a", TOUCHPOINT_METRICS_PORT=str(ports[0])).start()
    await asyncio.to_thread(first.wait_ready, LONG_SEC)
    await deployment.send([made("page.viewed", f"c{number}") for number in range(60)])
    await deployment.wait_committed(LONG_SEC)
    second = hung(deployment, "slow_recovery", "b", TOUCHPOINT_METRICS_PORT=str(ports[1]))
    seen = [Samples(worker, f"http://127.0.0.1:{port}") for worker, port in zip((first, second), ports, strict=True)]
    sampling = [asyncio.create_task(one.run()) for one in seen]
    await seen_ready(seen[0])
    second.start()
    await asyncio.to_thread(second.wait_owning, 2, LONG_SEC)
    await asyncio.to_thread(first.wait_owning, 2, LONG_SEC)
    for one in seen:
        await seen_ready(one)
    for task in sampling:
        task.cancel()
    kept, came = seen
    assert kept.course[:2] == [200, 503]
    assert came.course[:2] == [503, 200]
    for one, first_status in ((kept, 200), (came, 503)):
        assert one.course[-1] == 200
        # Unready once for each time that it became ready again: one rebalance is usual, a slow machine may have more.
        again = one.worker.said.count(": ready: ") - (first_status == 200)
        assert 1 <= one.course.count(503) <= again
    assert {status for one in seen for status in one.healthy} == {200}
    assert all(has_said for status, _, has_said in came.ready if status == 200)
    said = {reason for status, reason, _ in came.ready if status == 503}
    assert "0 of 2 owned partitions are recovered" in said
    assert all("owned partitions are recovered" in one or "the group has not given" in one for one in said)


async def seen_ready(samples: Samples) -> None:
    """Return once the newest sample says ready; raises TimeoutError."""
    async with asyncio.timeout(LONG_SEC):
        while not samples.ready or samples.ready[-1][0] != 200:  # noqa: ASYNC110 - of another process
            await asyncio.sleep(SAMPLE_SEC)
