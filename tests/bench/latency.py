"""From a record's append to its alert's arrival at a consumer, under a steady stream of other touchpoints."""

import asyncio
import time
from typing import Any, Final

from aiokafka import AIOKafkaConsumer, AIOKafkaProducer

from streams.codec import alert as alert_codec
from streams.codec.registry import SchemaStore
from tests.bench.load import topic_names
from tests.bench.sessions import FAILURE, LONGEST, SHORTEST, Sessions

RULE: Final = "payment-failing"
TICK_SEC: Final = 0.002
BAD_ONE_IN: Final = 40  # sessions: some hundred alerts, for a 99th percentile that is one
WARM_UP_SEC: Final = 10.0


async def measure_latency(servers: str, per_sec: int, seconds: float) -> list[float]:
    """Return the latencies of this rule's alerts, in seconds, after a warm-up; a worker is running already.

    Each is the moment when a consumer of the alerts topic has the first revision, minus the timestamp of the third
    failed payment of that customer, which its producer gives it when it is sent.
    """
    failed: dict[str, list[float]] = {}
    latencies: list[float] = []
    started = time.time()
    reading = asyncio.create_task(_read(servers, failed, latencies, started + WARM_UP_SEC))
    await _send(servers, per_sec, seconds + WARM_UP_SEC, failed)
    await asyncio.sleep(2)
    reading.cancel()
    await asyncio.gather(reading, return_exceptions=True)
    return latencies


def expected_alerts(per_sec: int, seconds: float) -> float:
    """Return about how many alerts there should be."""
    return per_sec * seconds / ((SHORTEST + LONGEST) / 2) / BAD_ONE_IN


async def _send(servers: str, per_sec: int, seconds: float, failed: dict[str, list[float]]) -> None:
    producer = AIOKafkaProducer(bootstrap_servers=servers, acks="all", linger_ms=2, compression_type="lz4")
    await producer.start()
    topics = topic_names()
    began, sent = time.time(), 0
    flow = Sessions(seed=2, start_ms=int(began * 1000), per_sec=per_sec, bad_one_in=BAD_ONE_IN).records()
    try:
        while (elapsed := time.time() - began) < seconds:
            for _ in range(int(elapsed * per_sec) - sent):
                record = next(flow)
                now = time.time()
                await producer.send(topics[record.kind], record.value, key=record.key, timestamp_ms=int(now * 1000))
                if record.kind == FAILURE:
                    failed.setdefault(record.key.decode(), []).append(now)
                sent += 1
            await asyncio.sleep(TICK_SEC)
    finally:
        await producer.stop()


async def _read(servers: str, failed: dict[str, list[float]], latencies: list[float], since: float) -> None:
    consumer: Any = AIOKafkaConsumer("alerts", bootstrap_servers=servers, auto_offset_reset="latest")
    store = SchemaStore()
    await consumer.start()
    try:
        async for record in consumer:
            arrived = time.time()
            if record.key.startswith(b"\x00"):
                continue
            alert = alert_codec.decode(record.value, store)
            times = failed.get(alert.customer, [])
            if alert.rule == RULE and alert.revision == 1 and len(times) >= 3 and times[2] >= since:
                latencies.append(arrived - times[2])
    finally:
        await consumer.stop()


def quantile(values: list[float], share: float) -> float:
    """Return the value below which this share lies; the largest for 1."""
    ordered = sorted(values)
    return ordered[min(len(ordered) - 1, int(len(ordered) * share))]
