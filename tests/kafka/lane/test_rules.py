"""Rules change while touchpoints flow: one version on all workers, nothing lost, and old alerts treated as promised."""

import asyncio
import itertools
import time
from collections.abc import Iterator
from typing import Final

import pytest

from streams.alerts.alert import Alert, Status
from streams.alerts.publish import REMOVED
from streams.broker import rule_sets
from streams.broker.rule_sets import Published
from streams.codec import rule_sets as codec
from streams.codec.catalogue import RULES
from streams.codec.rule_sets import Refusal, RuleFile, RuleSet
from streams.codec.times import to_rfc3339
from streams.testing.deployment import Deployment
from streams.testing.oracle import Oracle, doubled, standing
from streams.testing.patience import PATIENCE_SEC
from streams.touchpoints.touchpoint import Touchpoint
from tests.kafka.lane.conftest import RULES as FILE
from tests.kafka.lane.conftest import Made, Workers, now, wait_for_alerts

pytestmark = [pytest.mark.kafka]

TWO_FAILURES: Final = FILE.read_text().replace("at_least: 3", "at_least: 2").replace("version: 1", "version: 2", 1)
NO_PROMISES: Final = FILE.read_text().partition("  - id: promise-broken")[0]
SHADOW: Final = FILE.read_text().replace("mode: live", "mode: shadow", 1)
ERRORS: Final = """\
rules:
  - id: errors-shown
    moment: FMOT
    severity: low
    when: {count: {type: error.shown, at_least: 2, within: 10d}}
    title: {en: Errors, es: Errores}
    advice: {en: Look, es: Mirar}
"""


async def publish(deployment: Deployment, *texts: str) -> RuleSet:
    """Publish files with these texts."""
    files = tuple(RuleFile(f"{number}.yaml", text) for number, text in enumerate(texts))
    return await rule_sets.publish(deployment.bootstrap_servers, files, deployment.namespace + RULES)


async def undo(deployment: Deployment) -> RuleSet:
    """Take the last version back."""
    return await rule_sets.undo(deployment.bootstrap_servers, deployment.namespace + RULES)


async def published(deployment: Deployment) -> Published:
    """Return versions and reports."""
    return await rule_sets.read(deployment.bootstrap_servers, deployment.namespace + RULES)


async def wait_in_step(deployment: Deployment, version: int, workers: set[str]) -> None:
    """Return once these workers alone run the version on all partitions, and every journey has passed over."""
    deadline = time.monotonic() + PATIENCE_SEC
    while True:
        reports = (await published(deployment)).reports
        if reports.keys() == workers:
            versions: dict[int, int] = {}
            for one in reports.values():
                for at, count in one.partitions.items():
                    versions[at] = versions.get(at, 0) + count
            if versions == {version: deployment.partitions} and not any(one.waiting for one in reports.values()):
                return
        if time.monotonic() > deadline:
            raise TimeoutError(f"not in step after {PATIENCE_SEC} s: {reports}")
        await asyncio.sleep(0.2)


async def wait_refused(deployment: Deployment, worker: str) -> Refusal:
    """Return what the worker refuses, once it reports that."""
    deadline = time.monotonic() + PATIENCE_SEC
    while time.monotonic() < deadline:
        report = (await published(deployment)).reports.get(worker)
        if report is not None and report.refused is not None:
            return report.refused
        await asyncio.sleep(0.1)
    raise TimeoutError(f"nothing is refused after {PATIENCE_SEC} s")


def failures(made: Made, customer: str, count: int) -> list[Touchpoint]:
    """Return failed payments of one customer."""
    return [made("payment.failed", customer) for _ in range(count)]


def of(alerts: list[Alert], rule: str, customer: str) -> list[tuple[int, int, str, str]]:
    """Return version, revision, status and mode of the revisions of a rule and customer."""
    chosen = [alert for alert in alerts if (alert.rule, alert.customer) == (rule, customer)]
    return [(a.rule_version, a.revision, a.status.value, a.mode) for a in chosen]


async def test_a_new_set_while_touchpoints_flow(
    deployment: Deployment, workers: Workers, oracle: Oracle, made: Made
) -> None:
    """Two workers come to the same version; no touchpoint is lost; the unchanged rules know nothing of the change."""
    names = {"a", "b"}
    both = [workers(deployment, name, TOUCHPOINT_INSTANCE_ID=name).start() for name in sorted(names)]
    for one in both:
        one.wait_ready().wait_owning(2)
    await deployment.send([made("promise.opened", "p", "order:1", due_at=to_rfc3339(now() + 500))])
    await wait_for_alerts(deployment, 1)
    await deployment.send([made("error.shown", "e")])

    customers = [f"c{number}" for number in range(400)]
    has_changed = asyncio.Event()

    def touchpoints() -> Iterator[Touchpoint]:
        """Yield three failures of each customer, other things for as long as the change takes, and three more."""
        yield from (made("payment.failed", name) for _ in range(3) for name in customers)
        others = itertools.cycle(customers)
        while not has_changed.is_set():
            yield made("page.viewed", next(others))
        yield from (made("payment.failed", name) for _ in range(3) for name in customers)

    flowing = asyncio.ensure_future(deployment.send(touchpoints(), per_sec=400))
    await asyncio.sleep(2)
    first = await publish(deployment, NO_PROMISES, ERRORS)
    await wait_in_step(deployment, first.version, names)
    has_changed.set()
    await flowing
    await deployment.send([made("error.shown", "e")])
    await deployment.wait_committed()

    alerts = await deployment.alerts()
    assert [(a.status, a.reason) for a in alerts if a.rule == "promise-broken"] == [
        (Status.FIRING, ""),
        (Status.RETRACTED, REMOVED),
    ]
    assert of(alerts, "errors-shown", "e") == [(1, 1, "firing", "live")]
    expected, counts = await oracle.expect(deployment, now())
    assert await oracle.restored(deployment) == counts
    assert counts[b"c7"] >= 6
    unchanged = {name: alert for name, alert in expected.items() if alert.rule == "payment-failing"}
    assert len(unchanged) == len(customers)
    assert {name: alert for name, alert in standing(alerts).items() if alert.rule == "payment-failing"} == unchanged
    assert doubled(alerts) == []


async def test_undo_a_bad_set_and_a_restart(deployment: Deployment, workers: Workers, made: Made) -> None:
    """A changed rule's open alert goes on, undo is one call, and what was in force outlives every worker."""
    one = workers(deployment, "a", TOUCHPOINT_INSTANCE_ID="a").start().wait_ready()
    await deployment.send(failures(made, "open", 3))
    await wait_for_alerts(deployment, 1)
    changed = await publish(deployment, TWO_FAILURES)
    await wait_in_step(deployment, changed.version, {"a"})
    await deployment.send([*failures(made, "two", 2), made("order.completed", "open")])
    alerts = await wait_for_alerts(deployment, 3)
    assert of(alerts, "payment-failing", "open") == [(1, 1, "firing", "live"), (1, 2, "recovered", "live")]
    assert of(alerts, "payment-failing", "two") == [(2, 1, "firing", "live")]

    # What this program cannot read is refused, and nothing changes.
    bad = RuleSet(changed.version + 1, now(), "", (RuleFile("bad.yaml", ERRORS.replace("error.shown", "nonsense")),))
    await deployment.send_raw(RULES, [(codec.key_of(bad.version), codec.encode(bad))])
    refused = await wait_refused(deployment, "a")
    assert refused.version == bad.version
    assert "bad.yaml:5:26: unknown touchpoint type `nonsense`" in refused.reason
    assert f"version {bad.version} is refused, version {changed.version} stays in force" in one.said
    assert (await published(deployment)).reports["a"].partitions == {changed.version: 4}

    one.terminate()
    assert one.wait() == 0
    assert (await published(deployment)).reports == {}
    one.start().wait_ready(times=2)
    await deployment.send(failures(made, "after", 2))
    alerts = await wait_for_alerts(deployment, 4)
    assert of(alerts, "payment-failing", "after") == [(2, 1, "firing", "live")]
    assert (await wait_refused(deployment, "a")).version == bad.version

    one.kill()
    good = await publish(deployment, FILE.read_text())
    one.start().wait_ready(times=3)
    await wait_in_step(deployment, good.version, {"a"})
    await deployment.send(failures(made, "three", 2))
    await deployment.wait_committed()
    assert len(await deployment.alerts()) == 4
    shadow = await publish(deployment, SHADOW)
    await wait_in_step(deployment, shadow.version, {"a"})
    await deployment.send(failures(made, "three", 1))
    alerts = await wait_for_alerts(deployment, 5)
    assert of(alerts, "payment-failing", "three") == [(1, 1, "firing", "shadow")]
    live = await undo(deployment)
    await wait_in_step(deployment, live.version, {"a"})
    await deployment.send([made("order.completed", "three")])
    alerts = await wait_for_alerts(deployment, 6)
    assert of(alerts, "payment-failing", "three")[1:] == [(1, 2, "recovered", "live")]


async def test_a_worker_that_dies_while_journeys_pass_over(
    deployment: Deployment, workers: Workers, made: Made
) -> None:
    """The next owner goes on with the same version, and closes what has to be closed exactly once."""
    one = workers(deployment, "a", TOUCHPOINT_INSTANCE_ID="a", TOUCHPOINT_LANE_TICK_SEC="0.3").start().wait_ready()
    customers = [f"c{number}" for number in range(600)]
    await deployment.send([touchpoint for name in customers for touchpoint in failures(made, name, 3)])
    await wait_for_alerts(deployment, len(customers))
    await publish(deployment, ERRORS)
    await wait_for_alerts(deployment, len(customers) + 1)
    one.kill()
    one.start().wait_ready(times=2)
    await wait_in_step(deployment, 1, {"a"})
    await deployment.wait_committed()
    alerts = await wait_for_alerts(deployment, 2 * len(customers))
    closed = {alert.customer: alert for alert in alerts if alert.status is Status.RETRACTED}
    assert closed.keys() == set(customers)
    assert {(alert.revision, alert.reason) for alert in closed.values()} == {(2, REMOVED)}
    assert doubled(alerts) == []
