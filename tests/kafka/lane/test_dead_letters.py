"""One bad record hurts only itself; a bad deploy stops the worker until an operator says otherwise."""

import asyncio
from typing import Any

import msgspec
import pytest

from streams.codec.touchpoint import encode
from streams.testing.deployment import Deployment
from streams.testing.oracle import Oracle
from streams.touchpoints.rejection import Reason
from streams.touchpoints.touchpoint import MAX_DATA_BYTES
from streams.worker.breaker import EXIT_CODE
from tests.kafka.lane.conftest import Made, Workers, compare, now

pytestmark = pytest.mark.kafka


async def test_bad_records_among_good_ones(
    deployment: Deployment, workers: Workers, oracle: Oracle, made: Made
) -> None:
    """Each bad record goes to the dead letters with its bytes, place and reason; all others count."""
    good = [made("page.viewed", f"c{number % 40}") for number in range(400)]
    bad: list[tuple[bytes | None, bytes | None, Reason]] = [
        (b"c1", b"\xff\xfe garbage", Reason.UNDECODABLE),
        (b"c1", b"\x00\x00\x00\x30\x39" + b"x" * 20, Reason.UNKNOWN_SCHEMA),
        (b"c1", encode(made("never.heard.of", "c1")), Reason.UNKNOWN_TYPE),
        (b"c1", encode(made("page.viewed", "")), Reason.MISSING_FIELD),
        (b"c2", encode(made("page.viewed", "c1")), Reason.WRONG_KEY),
        (b"c1", encode(made("page.viewed", "c1", at=now() + 3 * 86_400_000)), Reason.BAD_TIME),
        (b"c1", encode(made("page.viewed", "c1", at=1)), Reason.BAD_TIME),
        (b"c1", None, Reason.UNDECODABLE),
        (b"c1", encode(made("page.viewed", "c1", text="x" * (MAX_DATA_BYTES + 1))), Reason.TOO_LARGE),
    ]
    worker = workers(deployment).start()
    await asyncio.to_thread(worker.wait_ready)
    await deployment.send(good[:200])
    await deployment.send_raw("touchpoints.web", [(key, value) for key, value, _ in bad], headers=[("trace", b"1")])
    await deployment.send(good[200:])
    await compare(deployment, oracle, 1)
    letters = await deployment.dead_letters()
    assert sorted((one.key, one.value or b"", one.reason) for one in letters) == sorted(
        (key, value or b"", reason) for key, value, reason in bad
    )
    assert {one.headers for one in letters} == {(("trace", b"1"),)}
    assert {one.topic for one in letters} == {f"{deployment.namespace}touchpoints.web"}
    assert len({one.place for one in letters}) == len(bad)


async def test_wrong_partitioner(deployment: Deployment, workers: Workers, made: Made) -> None:
    """A customer who is new on a partition where their key does not belong is a dead letter that says why."""
    worker = workers(deployment).start()
    await asyncio.to_thread(worker.wait_ready)
    value = encode(made("page.viewed", "c1"))
    for partition in range(deployment.partitions):
        await deployment.send_raw("touchpoints.web", [(b"c1", value)], partition=partition)
    await deployment.wait_committed()
    letters = await deployment.dead_letters()
    assert len(letters) == deployment.partitions - 1
    assert {one.reason for one in letters} == {Reason.WRONG_KEY}
    assert all("murmur2" in one.detail for one in letters)


async def test_breaker(deployment: Deployment, workers: Workers, oracle: Oracle, made: Made) -> None:
    """A bad deploy stops the worker with nothing sent or committed, again after a restart, until it is resumed."""
    await deployment.send([made("page.viewed", f"c{number}") for number in range(100)])
    worker = workers(deployment).start()
    await asyncio.to_thread(worker.wait_ready)
    await deployment.wait_committed()
    await deployment.send_raw("touchpoints.web", [(b"c%d" % number, b"not avro") for number in range(400)])
    assert await asyncio.to_thread(worker.wait) == EXIT_CODE
    assert "the breaker tripped" in worker.said
    assert await deployment.dead_letters() == []
    assert await deployment.lag() == 400
    worker.start()
    assert await asyncio.to_thread(worker.wait) == EXIT_CODE
    assert await deployment.dead_letters() == []
    await _resume(deployment)
    worker.start()
    await asyncio.to_thread(worker.wait_ready, times=2)
    await deployment.wait_committed()
    assert len(await deployment.dead_letters()) == 400
    await compare(deployment, oracle, 0)


async def test_breaker_without_its_memory(deployment: Deployment, workers: Workers) -> None:
    """The same records trip it again even when the trip itself was not recorded."""
    await deployment.send_raw("touchpoints.web", [(b"c%d" % number, b"not avro") for number in range(400)])
    worker = workers(deployment).start()
    assert await asyncio.to_thread(worker.wait) == EXIT_CODE
    await _say(deployment, {"resumed_at": 1})
    worker.start()
    assert await asyncio.to_thread(worker.wait) == EXIT_CODE
    assert await deployment.dead_letters() == []


async def _resume(deployment: Deployment) -> None:
    await _say(deployment, {"resumed_at": now()})


async def _say(deployment: Deployment, state: dict[str, Any]) -> None:
    await deployment.send_raw("sources", [(b"breaker", msgspec.json.encode(state))])
