"""What a worker shows of itself while it works."""

import asyncio
import time
import urllib.error
import urllib.request

import pytest
from prometheus_client.parser import text_string_to_metric_families

from streams.broker.probe import free_port
from streams.telemetry.catalogue import WORKER
from streams.testing.deployment import Deployment
from tests.kafka.lane.conftest import Made, Workers, wait_for_alerts

pytestmark = pytest.mark.kafka

Samples = dict[tuple[str, tuple[tuple[str, str], ...]], float]


async def _get(port: int, path: str) -> tuple[int, str]:
    def get() -> tuple[int, str]:
        try:
            with urllib.request.urlopen(f"http://127.0.0.1:{port}{path}", timeout=5) as answer:
                return answer.status, answer.read().decode()
        except urllib.error.HTTPError as error:
            with error:
                return error.code, error.read().decode()

    return await asyncio.to_thread(get)


async def _metrics(port: int) -> Samples:
    _, page = await _get(port, "/metrics")
    return {
        (sample.name, tuple(sorted(sample.labels.items()))): sample.value
        for family in text_string_to_metric_families(page)
        for sample in family.samples
    }


async def test_a_worker_counts_what_it_does(deployment: Deployment, workers: Workers, made: Made) -> None:
    """Touchpoints, alerts, dead letters, journeys and lag are on /metrics; nothing undeclared is."""
    port = free_port()
    worker = workers(deployment, TOUCHPOINT_METRICS_PORT=str(port)).start()
    await asyncio.to_thread(worker.wait_ready)
    assert await _get(port, "/readyz") == (200, "ready\n")
    assert (await _get(port, "/healthz"))[0] == 200
    await deployment.send([made("payment.failed", "metrics-1", at=0) for _ in range(3)])
    await deployment.send_raw("touchpoints.web", [(b"metrics-2", b"garbage")])
    await wait_for_alerts(deployment, 1)
    topic = ("topic", f"{deployment.namespace}touchpoints.web")
    found = await _settled(port, ("touchpoint_dead_letters_total", (("reason", "undecodable"), topic)))
    assert found["touchpoint_touchpoints_total", (("group", "payment"), topic)] == 3
    assert found["touchpoint_journeys", ()] == 1
    assert found["touchpoint_owned_partitions", ()] == 4
    assert found["touchpoint_consumer_lag_records", (topic,)] == 0
    assert abs(found["touchpoint_watermark_timestamp_seconds", (topic,)] - time.time()) < 60
    assert found["touchpoint_time_to_alert_seconds_count", ()] >= 1
    assert found["touchpoint_time_to_alert_seconds_bucket", (("le", "60.0"),)] >= 1
    assert found["touchpoint_fold_outcomes_total", (("outcome", "in_order"),)] >= 1
    declared = {metric.name for metric in WORKER}
    ours = {name for name, _ in found if name.startswith("touchpoint_")}
    suffixes = ("_bucket", "_count", "_sum")
    assert {name for name in ours if not name.endswith(suffixes)} <= declared
    assert {name.rpartition("_")[0] for name in ours if name.endswith(suffixes)} <= declared


async def test_a_port_in_use_ends_the_start(deployment: Deployment, workers: Workers) -> None:
    """Two workers on one machine need two ports; the second says so and how."""
    port = str(free_port())
    first = workers(deployment, "a", TOUCHPOINT_METRICS_PORT=port).start()
    await asyncio.to_thread(first.wait_ready)
    second = workers(deployment, "b", TOUCHPOINT_METRICS_PORT=port).start()
    assert await asyncio.to_thread(second.wait, 30) == 2
    assert f"cannot serve metrics on port {port}" in second.said
    assert "TOUCHPOINT_METRICS_PORT" in second.said


async def _settled(port: int, wanted: tuple[str, tuple[tuple[str, str], ...]]) -> Samples:
    """Return the samples once this one is there; a dead letter is counted a moment after its record is read."""
    deadline = time.monotonic() + 15
    while wanted not in (found := await _metrics(port)):
        if time.monotonic() > deadline:
            raise TimeoutError(f"{wanted} is not among {sorted(found)}")
        await asyncio.sleep(0.1)
    return found
