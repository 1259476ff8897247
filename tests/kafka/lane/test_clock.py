"""Deadlines speak into silence, and neither our own absence nor somebody's wrong clock makes them speak too early."""

import asyncio

import pytest

from streams.alerts.alert import Status
from streams.codec.times import to_rfc3339
from streams.testing.deployment import Deployment
from tests.kafka.lane.conftest import Made, Workers, now, wait_for_alerts

pytestmark = pytest.mark.kafka

ANSWER_MS = 2_000  # the rule's deadline
DAY_MS = 86_400_000
LATEST_MS = 2_000  # law L6


async def test_deadline_on_silent_partition(deployment: Deployment, workers: Workers, made: Made) -> None:
    """A deadline fires within two seconds with no further traffic at all."""
    worker = workers(deployment).start()
    await asyncio.to_thread(worker.wait_ready)
    asked = made("message.received", "c1", "conversation:1")
    await deployment.send([asked])
    sent = now()  # a slow machine may take until after the deadline
    (alert,) = await wait_for_alerts(deployment, 1)
    assert alert.rule == "nobody-answers"
    assert alert.started_at == asked.time + ANSWER_MS
    assert alert.detected_at >= alert.started_at
    assert alert.detected_at - max(alert.started_at, sent) <= LATEST_MS


async def test_deadline_after_restart_and_rebalance(deployment: Deployment, workers: Workers, made: Made) -> None:
    """Deadlines that were set by another life of the worker, or by another worker, fire as punctually."""
    first, second = workers(deployment, "a").start(), workers(deployment, "b")
    await asyncio.to_thread(first.wait_ready)
    due = now() + 9_000
    promise = {"due_at": to_rfc3339(due)}
    await deployment.send([made("promise.opened", f"c{number}", "order:1", **promise) for number in range(12)])
    await asyncio.sleep(0.5)
    first.terminate()
    await asyncio.to_thread(first.wait)
    first.start()
    await asyncio.to_thread(first.wait_ready, times=2)
    second.start()
    for worker in (second, first):
        await asyncio.to_thread(worker.wait_owning, 2)
    settled = now()  # a slow machine may take until after the deadline
    alerts = await wait_for_alerts(deployment, 12)
    assert {alert.started_at for alert in alerts} == {due}
    assert max(alert.detected_at for alert in alerts) - max(due, settled) <= LATEST_MS
    assert len(alerts) == 12


async def test_own_absence_is_no_silence(deployment: Deployment, workers: Workers, made: Made) -> None:
    """What kept a promise while the worker was down counts: no alert when it is back after the deadline."""
    worker = workers(deployment).start()
    await asyncio.to_thread(worker.wait_ready)
    asked = now() + 5_000  # a till's clock may be ahead: on a slow machine the deadline must not come before the kill
    await deployment.send([made("message.received", f"c{number}", "s", at=asked) for number in range(8)])
    await asyncio.sleep(0.5)
    worker.kill()
    assert now() < asked + ANSWER_MS
    await deployment.send([made("message.sent", f"c{number}", "s", at=asked + 1_500) for number in range(7)])
    await asyncio.sleep((asked + ANSWER_MS - now()) / 1_000)
    worker.start()
    await asyncio.to_thread(worker.wait_ready, times=2)
    alerts = await wait_for_alerts(deployment, 1)
    await asyncio.sleep(1)
    assert [alert.customer for alert in await deployment.alerts()] == ["c7"], alerts


async def test_replay_of_old_history(deployment: Deployment, workers: Workers, made: Made) -> None:
    """Touchpoints of 2017 are judged by their own time with the event clock: only the unanswered one alerts."""
    start = 1_500_000_000_000
    history = [
        touchpoint
        for number in range(40)
        for touchpoint in (
            made("message.received", f"c{number}", "s", at=start + number * 60_000),
            made("message.sent", f"c{number}", "s", at=start + number * 60_000 + 1_000),
        )
    ]
    history.append(made("message.received", "c-late", "s", at=start + 3_000_000))
    history.append(made("page.viewed", "c0", at=start + 3_600_000))
    worker = workers(deployment, "a", "--clock", "event").start()
    await asyncio.to_thread(worker.wait_ready)
    await deployment.send(history)
    (alert,) = await wait_for_alerts(deployment, 1)
    await asyncio.sleep(1)
    assert alert.customer == "c-late"
    assert alert.started_at == start + 3_000_000 + ANSWER_MS
    assert len(await deployment.alerts()) == 1


async def test_producer_dated_tomorrow(deployment: Deployment, workers: Workers, made: Made) -> None:
    """One till whose clock is almost a day ahead makes nobody else's deadline fall due, not even while we lag."""
    worker = workers(deployment).start()
    await asyncio.to_thread(worker.wait_ready)
    worker.kill()
    tomorrow = now() + DAY_MS - 60_000
    asked = now()
    await deployment.send([made("sale.completed", "c-till", at=tomorrow)])
    await deployment.send(
        [made("message.received", "c1", "s", at=asked), made("message.received", "c2", "s", at=asked)]
    )
    await deployment.send([made("message.sent", "c1", "s", at=asked + 1_000)])
    worker.start()
    await asyncio.to_thread(worker.wait_ready, times=2)
    await deployment.send([made("sale.completed", "c-till", at=tomorrow + 1)])
    (alert,) = await wait_for_alerts(deployment, 1)
    assert (alert.customer, alert.status) == ("c2", Status.FIRING)
    await asyncio.sleep(1)
    assert len(await deployment.alerts()) == 1
