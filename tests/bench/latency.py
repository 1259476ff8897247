"""From a record's sending to its alert's arrival at a consumer, under a steady stream of other touchpoints."""

import asyncio
import os
import time
from itertools import takewhile
from pathlib import Path
from typing import Any, Final

from aiokafka import AIOKafkaConsumer

from streams.codec import alert as alert_codec
from streams.codec.registry import SchemaStore
from tests.bench.due import Due, pack
from tests.bench.load import topic_names
from tests.bench.peers import BENCH_PYTHON, ROOT
from tests.bench.sessions import FAILURE, LONGEST, SHORTEST, Sessions

RULE: Final = "payment-failing"
FAILURES: Final = 3  # so many make an alert
BAD_ONE_IN: Final = 40  # sessions: some hundred alerts, for a 99th percentile that is one
WARM_UP_SEC: Final = 15.0
SETTLE_SEC: Final = 3.0
PREPARE_SEC: Final = 40e-6  # a record, on a machine that is not alone


async def measure_latency(servers: str, per_sec: int, seconds: float, scratch: Path) -> list[float]:
    """Return the latencies of this rule's alerts, in seconds, after a warm-up; a worker is running already.

    Each is the moment when a consumer of the alerts topic has the first revision, minus the moment when the third
    failed payment of that customer was handed to its producer, which sends it at once.
    """
    total_sec = seconds + WARM_UP_SEC
    start = time.time() + PREPARE_SEC * per_sec * total_sec + 2
    path = scratch / "records"
    topics = await asyncio.to_thread(prepare, path, per_sec, total_sec, start)
    arrived: dict[str, float] = {}
    reading = asyncio.create_task(_read(servers, arrived))
    failed = await _send(servers, topics, path, start)
    await asyncio.sleep(SETTLE_SEC)
    reading.cancel()
    await asyncio.gather(reading, return_exceptions=True)
    third = {customer: times[FAILURES - 1] for customer, times in failed.items() if len(times) >= FAILURES}
    since = start + WARM_UP_SEC
    return [arrived[customer] - at for customer, at in third.items() if at >= since and customer in arrived]


def expected_alerts(per_sec: int, seconds: float) -> float:
    """Return about how many alerts there should be."""
    return per_sec * seconds / ((SHORTEST + LONGEST) / 2) / BAD_ONE_IN


def prepare(path: Path, per_sec: int, seconds: float, start: float) -> list[str]:
    """Write the records that are due within so many seconds of the start; return the topics by number."""
    of_type = topic_names()
    topics = sorted(set(of_type.values()))
    start_ms = int(start * 1000)
    flow = Sessions(seed=2, start_ms=start_ms, per_sec=per_sec, bad_one_in=BAD_ONE_IN).records()
    with path.open("wb") as file:
        for record in takewhile(lambda one: one.time < start_ms + seconds * 1000, flow):
            number, is_reported = topics.index(of_type[record.kind]), record.kind == FAILURE
            file.write(pack(Due(record.time - start_ms, number, is_reported, record.key, record.value)))
    return topics


async def _send(servers: str, topics: list[str], path: Path, start: float) -> dict[str, list[float]]:
    """Run the sender; return when each customer's failed payments went out."""
    failed: dict[str, list[float]] = {}
    process = await asyncio.create_subprocess_exec(
        str(BENCH_PYTHON),
        "-m",
        "tests.bench.sender",
        str(path),
        str(start),
        stdout=asyncio.subprocess.PIPE,
        cwd=ROOT,
        env={**os.environ, "BENCH_SERVERS": servers, "BENCH_TOPICS": ",".join(topics)},
    )
    assert process.stdout is not None
    try:
        while line := await process.stdout.readline():
            _, key, at = line.split()
            failed.setdefault(key.decode(), []).append(float(at))
        if await process.wait():
            raise RuntimeError("the sender failed; is .venv-bench set up? (make bench does)")
        return failed
    finally:
        if process.returncode is None:
            process.kill()
            await process.wait()


async def _read(servers: str, arrived: dict[str, float]) -> None:
    """Note when the first revision of each customer's alert is here."""
    consumer: Any = AIOKafkaConsumer("alerts", bootstrap_servers=servers, auto_offset_reset="latest")
    store = SchemaStore()
    await consumer.start()
    try:
        async for record in consumer:
            now = time.time()
            if record.key.startswith(b"\x00"):
                continue
            alert = alert_codec.decode(record.value, store)
            if alert.rule == RULE and alert.revision == 1:
                arrived.setdefault(alert.customer, now)
    finally:
        await consumer.stop()


def quantile(values: list[float], share: float) -> float:
    """Return the value below which this share lies; the largest for 1."""
    ordered = sorted(values)
    return ordered[min(len(ordered) - 1, int(len(ordered) * share))]
