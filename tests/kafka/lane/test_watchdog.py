"""A worker that does not get on although it could ends itself with a reason; one that may wait stays."""

import asyncio
from collections.abc import Callable
from pathlib import Path

import pytest

from streams.broker.embedded import EmbeddedKafka
from streams.broker.probe import free_port
from streams.codec.vocabulary import shipped
from streams.testing.deployment import Deployment
from streams.worker.leave import STALL_CODE
from tests.kafka.lane.conftest import STALL_SEC, Hung, Made
from tests.kafka.lane.test_http import get

pytestmark = [pytest.mark.kafka, pytest.mark.fault]

LONG_SEC = 180.0
SLOW_RECORDS = 40 * STALL_SEC // 2  # of four partitions, two a second: read back in more than twice the limit
HELD_CODE = 1  # of the interpreter's own guard


async def wait_until(is_so: Callable[[], bool]) -> None:
    """Return once it is so; raises TimeoutError."""
    async with asyncio.timeout(LONG_SEC):
        while not is_so():  # noqa: ASYNC110 - of another process
            await asyncio.sleep(0.1)


@pytest.mark.timeout(600)
@pytest.mark.parametrize(
    ("part", "code", "says"),
    [
        ("hang_loop", STALL_CODE, "its event loop hangs"),
        ("hang_interpreter", HELD_CODE, "Timeout ("),
        ("hang_reader", STALL_CODE, "it has records to read and folds none"),
        ("hang_writer", STALL_CODE, "nothing that it has folded becomes durable"),
        ("hang_ticker", STALL_CODE, "nobody looks at its deadlines"),
    ],
)
async def test_a_part_that_hangs_ends_the_process(
    deployment: Deployment, hung: Hung, made: Made, tmp_path: Path, part: str, code: int, says: str
) -> None:
    """With its own code, a line that says what, and stacks that show where, but not whose touchpoints."""
    worker = hung(deployment, part).start()
    await asyncio.to_thread(worker.wait_ready, LONG_SEC)
    (tmp_path / "hang").touch()
    ending = asyncio.create_task(asyncio.to_thread(worker.wait, LONG_SEC))
    while not ending.done():  # the first ones may still come by a poll that was under way
        await deployment.send([made("page.viewed", f"zoë-{number}") for number in range(40)])
        await asyncio.wait([ending], timeout=1.0)
    assert await ending == code, worker.said
    assert says in worker.said
    assert ".py" in worker.said
    assert "zoë" not in worker.said


@pytest.mark.timeout(600)
async def test_a_recovery_that_hangs_ends_the_process(deployment: Deployment, hung: Hung) -> None:
    """It has never been ready, and says which partition is not read back."""
    worker = hung(deployment, "hang_recovery").start()
    assert await asyncio.to_thread(worker.wait, LONG_SEC) == STALL_CODE, worker.said
    assert "journeys are not read back" in worker.said
    assert ": ready: " not in worker.said


@pytest.mark.timeout(600)
async def test_a_slow_recovery_is_waited_for(deployment: Deployment, hung: Hung, made: Made) -> None:
    """However long it takes in all: one record after the other comes back."""
    first = hung(deployment, "hang_loop", TOUCHPOINT_INSTANCE_ID="a").start()
    await asyncio.to_thread(first.wait_ready, LONG_SEC)
    await deployment.send([made("page.viewed", f"c{number}") for number in range(SLOW_RECORDS)])
    await deployment.wait_committed(LONG_SEC)
    first.terminate()
    assert await asyncio.to_thread(first.wait) == 0
    port = free_port()
    second = hung(
        deployment, "slow_recovery", "b", TOUCHPOINT_INSTANCE_ID="a", TOUCHPOINT_METRICS_PORT=str(port)
    ).start()
    await asyncio.to_thread(second.wait_ready, LONG_SEC)
    assert "does not get on" not in second.said
    found = await asyncio.to_thread(get, f"http://127.0.0.1:{port}/journey/c7")
    assert found[0] == 200


@pytest.mark.timeout(600)
async def test_who_is_idle_or_cut_off_stays(fresh_broker: Callable[..., EmbeddedKafka], hung: Hung, made: Made) -> None:
    """Neither silence nor a broker that is away for many times the limit ends it; only the latter makes it unready."""
    kafka = fresh_broker()
    deployment = Deployment(kafka.bootstrap_servers, "", shipped())
    await deployment.create()
    port = free_port()
    worker = hung(deployment, "hang_loop", TOUCHPOINT_METRICS_PORT=str(port)).start()
    await asyncio.to_thread(worker.wait_ready, LONG_SEC)
    await asyncio.sleep(2 * STALL_SEC)  # nothing happens: that is what is tested
    async with asyncio.timeout(LONG_SEC):  # the broker may have kept somebody waiting for a moment
        url = f"http://127.0.0.1:{port}/readyz"
        while await asyncio.to_thread(get, url) != (200, b"ready\n"):  # noqa: ASYNC110 - of another process
            await asyncio.sleep(0.1)
    assert worker.exits == []
    assert worker.is_alive
    await deployment.send([made("page.viewed", f"c{number}") for number in range(40)])
    await asyncio.to_thread(kafka.stop)
    await wait_until(lambda: "the broker does not answer: waiting for it" in worker.said)
    await asyncio.sleep(2 * STALL_SEC)
    status, reason = await asyncio.to_thread(get, f"http://127.0.0.1:{port}/readyz")
    assert status == 503, reason
    assert (await asyncio.to_thread(get, f"http://127.0.0.1:{port}/healthz"))[0] == 200
    await asyncio.to_thread(kafka.start)
    await deployment.wait_committed(LONG_SEC)
    assert worker.is_alive
    assert worker.exits == []
