"""Counts and crowds on a real broker: one alert for one till, and no touchpoint counted twice, whatever is killed."""

import asyncio
import time
from collections import Counter
from collections.abc import Iterable
from pathlib import Path

import pytest

from streams.alerts.alert import Alert, Status
from streams.backtest.crowds import CrowdReplay
from streams.codec import catalogue
from streams.codec.rules import read
from streams.codec.stats import CROWD, decode_stat
from streams.codec.vocabulary import shipped
from streams.rules.compile import compile_rules
from streams.testing.deployment import Deployment
from streams.testing.oracle import doubled, standing
from streams.testing.patience import PATIENCE_SEC
from streams.touchpoints.touchpoint import Touchpoint
from tests.kafka.lane.conftest import Workers, now, wait_for_alerts

pytestmark = [pytest.mark.kafka, pytest.mark.fault]

RULES = Path(__file__).with_name("crowd_rules.yaml")
TILL = "//pos/madrid-014/till-3"
FAST = {"TOUCHPOINT_RULES": str(RULES), "TOUCHPOINT_LANE_FLUSH_SEC": "1", "TOUCHPOINT_LANE_COUNTS_SEC": "0.2"}


def voided(number: int, at: int, customer: str = "") -> Touchpoint:
    """Return a void at the one till."""
    return Touchpoint(f"v{number}", TILL, "sale.voided", at, customer)


def backtested(touchpoints: Iterable[Touchpoint]) -> dict[str, Alert]:
    """Return what stands after a replay of the same touchpoints."""
    said: list[Alert] = []
    replay = CrowdReplay(compile_rules(read([RULES], shipped()), shipped()), said.append)
    latest = 0
    for one in touchpoints:
        latest = max(latest, one.time)
        replay.take(one, latest)
    return standing(said)


async def counted(deployment: Deployment) -> tuple[Counter[str], Counter[str]]:
    """Return touchpoints and customers by type: of each key the newest record, over all partitions."""
    newest = {}
    for record in await deployment.read([deployment.namespace + catalogue.STATS]):
        if not record.key.startswith(CROWD):
            newest[record.key] = decode_stat(record.value)
    touchpoints, negatives = Counter[str](), Counter[str]()
    for stat in newest.values():
        touchpoints[stat.type] += stat.touchpoints
        negatives[stat.type] += stat.negatives
    return touchpoints, negatives


async def wait_until_standing(deployment: Deployment, expected: dict[str, Alert]) -> None:
    """Return once these alerts stand, or when they do not in time; what they come to is asserted elsewhere."""
    deadline = time.monotonic() + PATIENCE_SEC
    while standing(await deployment.alerts()) != expected and time.monotonic() < deadline:  # noqa: ASYNC110
        await asyncio.sleep(0.2)


async def test_a_till_of_many_customers_on_two_workers_is_one_alert(deployment: Deployment, workers: Workers) -> None:
    """Customers, and so voids, are on all partitions; it is said once, as the backtest says it."""
    first = workers(deployment, "a", **FAST).start()
    second = workers(deployment, "b", **FAST).start()
    await asyncio.to_thread(first.wait_ready)
    await asyncio.to_thread(second.wait_ready)
    at = now() // 300_000 * 300_000 - 300_000
    touchpoints = [voided(number, at + number * 1_000, f"c{number}" if number % 3 else "") for number in range(12)]
    await deployment.send(touchpoints)
    await wait_for_alerts(deployment, 1)
    await deployment.wait_committed()
    await wait_until_standing(deployment, backtested(touchpoints))
    await asyncio.sleep(3)  # and nothing comes on top
    alerts = await deployment.alerts()
    assert doubled(alerts) == []
    assert {alert.status for alert in alerts} == {Status.FIRING}
    assert standing(alerts) == backtested(touchpoints)
    assert {alert.subject for alert in alerts} == {f"till:{TILL}"}


async def test_an_alert_of_a_crowd_survives_kill_9_and_is_not_said_again(
    deployment: Deployment, workers: Workers
) -> None:
    """A successor reads the counts again, says nothing that was said, and sees the next trouble."""
    worker = workers(deployment, TOUCHPOINT_INSTANCE_ID="a", **FAST).start()
    await asyncio.to_thread(worker.wait_ready)
    at = now() // 300_000 * 300_000 - 300_000
    touchpoints = [voided(number, at + number * 1_000) for number in range(6)]
    await deployment.send(touchpoints)
    await wait_for_alerts(deployment, 1)
    worker.kill()
    worker.start()
    await asyncio.to_thread(worker.wait_ready, times=2)
    other = [Touchpoint(f"o{number}", "//pos/lugo-1/till-1", "sale.voided", at, f"c{number}") for number in range(6)]
    await deployment.send(other)
    deadline = time.monotonic() + PATIENCE_SEC
    while len({alert.alert_id for alert in await deployment.alerts()}) < 2:
        assert time.monotonic() < deadline
        await asyncio.sleep(0.2)
    await wait_until_standing(deployment, backtested([*touchpoints, *other]))
    await asyncio.sleep(2)  # and nothing comes on top
    alerts = await deployment.alerts()
    assert doubled(alerts) == []
    assert standing(alerts) == backtested([*touchpoints, *other])


async def test_every_touchpoint_is_counted_once_whatever_is_killed(deployment: Deployment, workers: Workers) -> None:
    """Killed again and again in the middle, alerting or not, with copies sent: the statistics come out exact (L4)."""
    settings = FAST | {"TOUCHPOINT_LANE_FLUSH_SEC": "0.7"}
    worker = workers(deployment, TOUCHPOINT_INSTANCE_ID="a", **settings).start()
    await asyncio.to_thread(worker.wait_ready)
    at = now() - 600_000
    sent: list[Touchpoint] = []
    for life in range(4):
        made = [
            Touchpoint(f"{life}-{number}", "//shop.example/web", "page.viewed", at + number, f"c{number % 50}")
            for number in range(400)
        ]
        made += [
            Touchpoint(f"{life}-s{number}", TILL, "sale.completed", at + number, "" if number % 2 else f"c{number}")
            for number in range(100)
        ]
        made += [voided(1_000 * life + number, at + number) for number in range(20)]
        sent += made
        await deployment.send([*made, *made[::7]], per_sec=600)
        await asyncio.sleep(0.3 * life)
        worker.kill()
        worker.start()
        await asyncio.to_thread(worker.wait_ready, times=life + 2)
    await deployment.wait_committed()
    expected, deadline = Counter(one.type for one in sent), time.monotonic() + PATIENCE_SEC
    while (await counted(deployment))[0] != expected and time.monotonic() < deadline:  # noqa: ASYNC110
        await asyncio.sleep(0.2)
    await asyncio.sleep(2)  # and nothing comes on top
    touchpoints, negatives = await counted(deployment)
    assert touchpoints == expected
    assert negatives == {"page.viewed": 0, "sale.completed": 0, "sale.voided": 0}
