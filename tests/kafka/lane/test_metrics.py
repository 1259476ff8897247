"""What a worker shows of itself while it works."""

import asyncio
import time
import urllib.error
import urllib.request

import pytest
from prometheus_client.parser import text_string_to_metric_families

from streams.broker.probe import free_port
from streams.codec.vocabulary import shipped
from streams.telemetry.catalogue import WORKER
from streams.testing.deployment import Deployment
from streams.testing.patience import PATIENCE_SEC
from tests.kafka.lane.conftest import Made, Workers, wait_for_alerts

pytestmark = pytest.mark.kafka

Samples = dict[tuple[str, tuple[tuple[str, str], ...]], float]


async def _get(port: int, path: str) -> tuple[int, str]:
    def get() -> tuple[int, str]:
        try:
            with urllib.request.urlopen(f"http://127.0.0.1:{port}{path}", timeout=PATIENCE_SEC) as answer:
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
    async with asyncio.timeout(PATIENCE_SEC):  # the broker may have kept somebody waiting for a moment
        while await _get(port, "/readyz") != (200, "ready\n"):  # noqa: ASYNC110 - of another process
            await asyncio.sleep(0.1)
    assert (await _get(port, "/healthz"))[0] == 200
    await deployment.send([made("payment.failed", "metrics-1", at=0) for _ in range(3)])
    await deployment.send_raw("touchpoints.web", [(b"metrics-2", b"garbage")])
    await wait_for_alerts(deployment, 1)
    topic = ("topic", f"{deployment.namespace}touchpoints.web")
    found = await _settled(
        port,
        {
            ("touchpoint_dead_letters_total", (("reason", "undecodable"), topic)): 1,
            ("touchpoint_touchpoints_total", (("group", "payment"), topic)): 3,
            ("touchpoint_journeys", ()): 1,
            ("touchpoint_owned_partitions", ()): 4,
            ("touchpoint_consumer_lag_records", (topic,)): 0,
            ("touchpoint_time_to_alert_seconds_count", ()): 1,
            ("touchpoint_ready", ()): 1,
            ("touchpoint_recovering_partitions", ()): 0,
            ("touchpoint_outbox_alerts", ()): 0,
            ("touchpoint_outbox_age_seconds", ()): 0,
        },
    )
    assert abs(found["touchpoint_watermark_timestamp_seconds", (topic,)] - time.time()) < PATIENCE_SEC
    assert found["touchpoint_time_to_alert_seconds_bucket", (("le", "60.0"),)] >= 1
    assert found["touchpoint_fold_outcomes_total", (("outcome", "in_order"),)] >= 1
    kind = shipped().kinds["payment.failed"]
    where = ("channel", kind.channel), ("moment", kind.moment)
    assert found["touchpoint_moment_touchpoints_total", (*where, ("polarity", "negative"))] == 3
    begun = {labels: value for (name, labels), value in found.items() if name == "touchpoint_negative_moments_total"}
    assert [(labels[0], value) for labels, value in begun.items()] == [(where[0], 1)]
    assert found["touchpoint_deadlines", ()] >= 1
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
    assert await asyncio.to_thread(second.wait) == 2
    assert f"cannot serve metrics on port {port}" in second.said
    assert "TOUCHPOINT_METRICS_PORT" in second.said


async def _settled(port: int, wanted: Samples) -> Samples:
    """Return the samples once these are among them; what is counted at an acknowledgement comes a moment later."""
    deadline = time.monotonic() + PATIENCE_SEC
    while not wanted.items() <= (found := await _metrics(port)).items():
        if time.monotonic() > deadline:
            raise TimeoutError(f"{wanted.items() - found.items()} are not among {sorted(found)}")
        await asyncio.sleep(0.1)
    return found
