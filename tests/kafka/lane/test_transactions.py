"""Touchpoints from a transactional producer: what was aborted never happened, and the markers stop nobody."""

import asyncio

import pytest
from aiokafka import AIOKafkaProducer

from streams.codec.touchpoint import encode
from streams.testing.deployment import Deployment
from streams.testing.oracle import Oracle
from tests.kafka.lane.conftest import Made, Workers, compare, now

pytestmark = pytest.mark.kafka

ANSWER_MS = 2_000  # the rule's deadline


async def test_aborted_transactions(deployment: Deployment, workers: Workers, oracle: Oracle, made: Made) -> None:
    """Only committed touchpoints count, and the group's offsets reach the end behind the last marker."""
    worker = workers(deployment).start()
    await asyncio.to_thread(worker.wait_ready)
    producer = AIOKafkaProducer(
        bootstrap_servers=deployment.bootstrap_servers, transactional_id=f"{deployment.namespace}producer"
    )
    await producer.start()
    for number in range(12):
        await producer.begin_transaction()
        for one in [made("payment.failed", f"c{customer}") for customer in range(30)]:
            await producer.send(deployment.topic(one.type), encode(one), key=one.customer.encode())
        if number % 4 == 1:
            await producer.commit_transaction()
        else:
            await producer.abort_transaction()
    await producer.stop()
    await compare(deployment, oracle, 1)
    counts = await oracle.restored(deployment)
    assert set(counts.values()) == {3}
    assert len(counts) == 30


async def test_open_transaction_holds_deadlines(deployment: Deployment, workers: Workers, made: Made) -> None:
    """What a transaction has written and not yet committed may keep a promise: its topic's deadlines wait."""
    worker = workers(deployment).start()
    await asyncio.to_thread(worker.wait_ready)
    producer = AIOKafkaProducer(
        bootstrap_servers=deployment.bootstrap_servers, transactional_id=f"{deployment.namespace}producer"
    )
    await producer.start()
    asked = made("message.received", "c1", "s", at=now() + 3_000)  # on a slow machine the answer must come in time
    await deployment.send([asked])
    await producer.begin_transaction()
    answer = made("message.sent", "c1", "s", at=asked.time + 1_000)
    await producer.send_and_wait(deployment.topic(answer.type), encode(answer), key=b"c1")
    assert now() < asked.time + ANSWER_MS
    await asyncio.sleep((asked.time + ANSWER_MS - now()) / 1_000 + 2)
    assert await deployment.alerts() == []
    await producer.commit_transaction()
    await producer.stop()
    await deployment.wait_committed()
    assert await deployment.alerts() == []
