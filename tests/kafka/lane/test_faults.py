"""Workers and the broker are killed, frozen and restarted in the middle of a stream; the oracle saw none of it."""

import asyncio
import random
from collections.abc import Callable, Iterator

import pytest

from streams.broker.embedded import EmbeddedKafka
from streams.codec.vocabulary import shipped
from streams.testing.deployment import SESSION_SEC, Deployment
from streams.testing.oracle import Oracle
from streams.touchpoints.touchpoint import Touchpoint
from streams.worker.clients import Clients
from streams.worker.fence import Fence, FenceLost
from tests.kafka.lane.conftest import Made, Workers, compare

pytestmark = [pytest.mark.kafka, pytest.mark.fault]

PER_SEC = 800
KINDS = ("page.viewed", "payment.failed", "order.completed", "message.received", "message.sent")
WEIGHTS = (70, 12, 3, 7, 8)


def stream(made: Made, seconds: float, seed: int) -> Iterator[Touchpoint]:
    """Yield touchpoints of a few hundred customers, made at the moment they are asked for."""
    rng = random.Random(seed)
    for _ in range(int(seconds * PER_SEC)):
        kind = rng.choices(KINDS, WEIGHTS)[0]
        subject = f"conversation:{rng.randrange(3)}" if kind.startswith("message") else ""
        yield made(kind, f"c{rng.randrange(400)}", subject)


async def test_killed_and_stopped_worker(deployment: Deployment, workers: Workers, oracle: Oracle, made: Made) -> None:
    """A worker that is killed, and later stopped, in the middle of a stream loses and doubles nothing."""
    worker = workers(deployment, TOUCHPOINT_INSTANCE_ID="a").start()
    await asyncio.to_thread(worker.wait_ready)

    async def hurt() -> None:
        await asyncio.sleep(4)
        worker.kill()
        worker.start()
        await asyncio.to_thread(worker.wait_ready, times=2)
        await asyncio.sleep(3)
        worker.terminate()
        assert await asyncio.to_thread(worker.wait) == 0
        worker.start()

    await asyncio.gather(deployment.send(stream(made, 14, 1), PER_SEC), hurt())
    await asyncio.to_thread(worker.wait_ready, times=3)
    await compare(deployment, oracle)


async def test_second_worker_joins_and_leaves(
    deployment: Deployment, workers: Workers, oracle: Oracle, made: Made
) -> None:
    """Partitions that move to a second worker, back, and to it again by force keep their journeys and alerts."""
    first, second = workers(deployment, "a").start(), workers(deployment, "b")
    await asyncio.to_thread(first.wait_ready)

    async def hurt() -> None:
        second.start()
        await asyncio.to_thread(second.wait_ready)
        await asyncio.sleep(3)
        second.terminate()
        assert await asyncio.to_thread(second.wait) == 0
        second.start()
        await asyncio.to_thread(second.wait_ready, times=2)
        await asyncio.sleep(1)
        first.kill()

    await asyncio.gather(deployment.send(stream(made, 14, 2), PER_SEC), hurt())
    await asyncio.to_thread(second.wait_owning, 4)
    await compare(deployment, oracle)


async def test_frozen_worker(deployment: Deployment, workers: Workers, oracle: Oracle, made: Made) -> None:
    """A worker that was frozen past its session and wakes up cannot overwrite what its successor has written."""
    first, second = workers(deployment, "a").start(), workers(deployment, "b").start()
    await asyncio.to_thread(first.wait_ready)
    await asyncio.to_thread(second.wait_ready)

    async def hurt() -> None:
        await asyncio.sleep(2)
        first.freeze()
        await asyncio.sleep(1.5 * float(SESSION_SEC))
        first.thaw()

    await asyncio.gather(deployment.send(stream(made, 20, 3), PER_SEC), hurt())
    for worker in (first, second):
        await asyncio.to_thread(worker.wait_owning, 2)
    await compare(deployment, oracle)
    assert first.is_alive
    assert second.is_alive


async def test_restarted_broker(
    fresh_broker: Callable[..., EmbeddedKafka], workers: Workers, oracle: Oracle, made: Made
) -> None:
    """A worker waits for a broker that restarts, and goes on."""
    kafka = fresh_broker()
    deployment = Deployment(kafka.bootstrap_servers, "", shipped())
    await deployment.create()
    worker = workers(deployment).start()
    await asyncio.to_thread(worker.wait_ready)

    async def hurt() -> None:
        await asyncio.sleep(3)
        await asyncio.to_thread(kafka.stop)
        await asyncio.to_thread(kafka.start)
        await asyncio.sleep(4)
        await asyncio.to_thread(kafka.kill)
        await asyncio.to_thread(kafka.start)

    await asyncio.gather(deployment.send(stream(made, 14, 4), PER_SEC), hurt())
    await compare(deployment, oracle)
    assert worker.is_alive


async def test_fenced_rightful_owner(deployment: Deployment, workers: Workers, oracle: Oracle, made: Made) -> None:
    """A worker that a late claim of an evicted one has fenced claims its partition again, and loses nothing."""
    worker = workers(deployment).start()
    await asyncio.to_thread(worker.wait_ready)

    async def hurt() -> None:
        await asyncio.sleep(2)
        changelog = f"{deployment.namespace}journeys-changelog"
        fence = Fence(Clients(deployment.bootstrap_servers), f"{changelog}/1", lifetime_sec=60)
        await fence.claim()
        batch = fence.batch()
        batch.append(timestamp=None, key=b"\x00late", value=b"")
        await fence.settle(await fence.send(batch, changelog, 1))
        await fence.close()

    await asyncio.gather(deployment.send(stream(made, 6, 5), PER_SEC), hurt())
    await compare(deployment, oracle)
    assert worker.is_alive


async def test_closed_fence(deployment: Deployment) -> None:
    """A flush that is still under way when its lane is let go of is refused like that of any stale owner: no crash."""
    changelog = f"{deployment.namespace}journeys-changelog"
    fence = Fence(Clients(deployment.bootstrap_servers), f"{changelog}/0", lifetime_sec=60)
    await fence.claim()
    first, late = fence.batch(), fence.batch()
    for batch in (first, late):
        batch.append(timestamp=None, key=b"\x00late", value=b"", headers=[])
    await fence.settle(await fence.send(first, changelog, 0))
    await fence.close()
    with pytest.raises(FenceLost):
        await fence.send(late, changelog, 0)
