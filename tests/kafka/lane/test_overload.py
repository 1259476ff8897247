"""More than a worker can take, and worse than it should be: memory stays bounded, journeys right, others unharmed."""

import asyncio
import random
import subprocess
import sys
from collections.abc import Callable
from typing import Any, Final

import pytest

from streams.broker.embedded import EmbeddedKafka
from streams.codec import catalogue
from streams.codec.touchpoint import encode
from streams.codec.vocabulary import shipped
from streams.journeys.limits import HOUR_MS, Limits
from streams.testing.deployment import Deployment
from streams.testing.oracle import Oracle
from streams.touchpoints.rejection import Reason
from streams.worker.breaker import EXIT_CODE
from tests.kafka.lane.conftest import Made, Workers, compare, now, wait_for_alerts

pytestmark = [pytest.mark.kafka, pytest.mark.fault]

LONG_SEC: Final = 180.0
MIB: Final = 1 << 20
HELD: Final = 4 * MIB
FETCH: Final = 1 << 17
BACKLOG: Final = 60 * MIB
SMALL: Final = 1_000  # records of each topic: more than are folded between two polls
BODY: Final = 10_000
CUSTOMERS: Final = 20
PATIENT: Final = {"TOUCHPOINT_LANE_SESSION_SEC": "30"}  # nobody is killed here, and the machine may be slow
SLACK: Final = 24 * MIB  # the allocator's, and what the client needs to ask for a backlog at all


@pytest.fixture
async def narrow(fresh_broker: Callable[..., EmbeddedKafka]) -> Deployment:
    """A deployment of one partition, so that all its topics are one lane's."""
    deployment = Deployment(fresh_broker().bootstrap_servers, "", shipped(), partitions=1)
    await deployment.create()
    return deployment


@pytest.mark.timeout(600)
async def test_full_topics_do_not_stop_the_fold(
    narrow: Deployment, workers: Workers, oracle: Oracle, made: Made
) -> None:
    """Where there is room for one record of each topic, all of them are full at the same time, and it goes on."""
    names = [topic.name for topic in catalogue.sources()]
    for _ in range(2):
        for name in names:
            customers = [f"c{number % CUSTOMERS}" for number in range(SMALL // 2)]
            await narrow.send_raw(name, [(one.encode(), encode(made("page.viewed", one))) for one in customers])
    workers(narrow, TOUCHPOINT_LANE_HELD_RECORDS="1", **PATIENT).start()
    await narrow.wait_committed(LONG_SEC)
    await compare(narrow, oracle, 0)


@pytest.mark.timeout(600)
async def test_a_backlog_is_worked_off_within_a_stated_memory(
    narrow: Deployment, workers: Workers, oracle: Oracle, made: Made
) -> None:
    """A worker that was away finds much on every topic: it holds no more than its settings say, and loses none."""
    room = {"TOUCHPOINT_LANE_HELD_BYTES": str(HELD), "TOUCHPOINT_LANE_FETCH_BYTES": str(FETCH)}
    worker = workers(narrow, **room, **PATIENT).start()
    await asyncio.to_thread(worker.wait_ready, LONG_SEC)
    idle = worker.peak_bytes
    worker.terminate()
    assert await asyncio.to_thread(worker.wait, LONG_SEC) == 0
    names = [topic.name for topic in catalogue.sources()]
    for name in names:  # one topic after the other, so all others have to wait for the first
        customers = [f"c{number % CUSTOMERS}" for number in range(BACKLOG // BODY // len(names))]
        records = [(one.encode(), encode(made("page.viewed", one, text=text()))) for one in customers]
        await narrow.send_raw(name, records)
    worker.start()
    await narrow.wait_committed(LONG_SEC)
    journeys = CUSTOMERS * 4 * Limits().tail_bytes  # decoded and as a record, twice while one is made of the other
    fetched = 2 * FETCH * len(names)
    assert worker.peak_bytes < idle + HELD + fetched + journeys + SLACK
    await compare(narrow, oracle, 0)


def text() -> str:
    """Return what no compression makes small."""
    return random.randbytes(BODY // 2).hex()


@pytest.mark.timeout(600)
async def test_poison_under_load(deployment: Deployment, workers: Workers, oracle: Oracle, made: Made) -> None:
    """Of every hundred records one cannot be read: each is a dead letter once, all others count, nothing trips."""
    rng = random.Random(7)
    worker = workers(deployment, **PATIENT).start()
    await asyncio.to_thread(worker.wait_ready, LONG_SEC)
    bad: list[bytes] = []
    for turn in range(8):
        records: list[tuple[bytes | None, bytes | None]] = []
        for number in range(1_000):
            customer = f"c{rng.randrange(300)}"
            value = encode(made("payment.failed" if number % 50 == 0 else "page.viewed", customer))
            if rng.randrange(100) == 0:
                value = b"\x00poison %d %d" % (turn, number)
                bad.append(value)
            records.append((customer.encode(), value))
        await deployment.send_raw("touchpoints.web", records)
    await deployment.wait_committed(LONG_SEC)
    await compare(deployment, oracle, 0)
    letters = await deployment.dead_letters()
    assert sorted(letter.value or b"" for letter in letters) == sorted(bad)
    assert len({letter.place for letter in letters}) == len(bad)
    assert worker.is_alive


@pytest.mark.timeout(600)
async def test_a_misdeployed_schema_stops_the_worker(
    narrow: Deployment, workers: Workers, oracle: Oracle, made: Made
) -> None:
    """From one moment on nothing of a topic can be read: it says what to do, and goes on once it was told to."""
    worker = workers(narrow, **PATIENT).start()
    await asyncio.to_thread(worker.wait_ready, LONG_SEC)
    await narrow.send_raw("touchpoints.web", stream(made, 600, is_good=True))
    await narrow.wait_committed(LONG_SEC)
    await narrow.send_raw("touchpoints.email", stream(made, 300, is_good=True))
    await narrow.send_raw("touchpoints.web", stream(made, 600, is_good=False))
    await narrow.send_raw("touchpoints.email", stream(made, 300, is_good=True))
    assert await asyncio.to_thread(worker.wait, LONG_SEC) == EXIT_CODE
    assert "touchpoints.web: the breaker tripped" in worker.said
    assert str(Reason.UNKNOWN_SCHEMA) in worker.said
    assert "touchpoint dead-letters resume" in worker.said
    assert await narrow.dead_letters() == []
    command = [sys.executable, "-m", "streams.cli", "dead-letters", "resume"]
    asked = await asyncio.to_thread(
        subprocess.run,
        [*command, "--bootstrap-servers", narrow.bootstrap_servers],
        capture_output=True,
        check=False,
    )
    assert asked.returncode == 0, asked.stderr
    worker.start()
    await narrow.wait_committed(LONG_SEC)
    await compare(narrow, oracle, 0)
    assert len(await narrow.dead_letters()) == 600


def stream(made: Made, count: int, *, is_good: bool) -> list[tuple[bytes | None, bytes | None]]:
    """Return records of thirty customers, under the schema in use or under one that nobody has heard of."""
    return [
        (
            b"c%d" % (number % 30),
            encode(made("page.viewed", f"c{number % 30}")) if is_good else b"\x00\x00\x01\x86\xa0" + b"new" * 20,
        )
        for number in range(count)
    ]


@pytest.mark.timeout(600)
async def test_a_hot_customer_hurts_nobody_else(
    deployment: Deployment, workers: Workers, oracle: Oracle, made: Made
) -> None:
    """A robot's touchpoints, slightly out of order, neither make its journey grow nor keep others from their alerts."""
    rng, limits = random.Random(9), Limits()
    worker = workers(deployment, **PATIENT).start()
    await asyncio.to_thread(worker.wait_ready, LONG_SEC)
    since, step = now() - 3 * HOUR_MS, HOUR_MS // 2_500
    hot = [made("page.viewed", "robot", at=since + number * step - rng.randrange(5_000)) for number in range(7_500)]
    people = [made("payment.failed", f"c{number % 40}", number=number) for number in range(120)]
    await asyncio.gather(deployment.send(hot), deployment.send(people, 20))
    alerts = await wait_for_alerts(deployment, 41, LONG_SEC)
    await deployment.wait_committed(LONG_SEC)
    assert {alert.customer for alert in alerts} == {"robot", *(f"c{number}" for number in range(40))}
    assert {alert.rule for alert in alerts if alert.customer == "robot"} == {"customer-flooding"}
    assert await deployment.dead_letters() == []
    records: list[Any] = await deployment.read([f"{deployment.namespace}journeys-changelog"])
    largest = max(len(record.value or b"") for record in records if record.key == b"robot")
    assert largest < 2 * limits.tail_bytes
    assert (await oracle.restored(deployment))[b"robot"] <= 3 * (limits.flood_per_hour + limits.tail_entries) + 1_000
