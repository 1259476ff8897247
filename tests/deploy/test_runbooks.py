"""The runbooks, step by step, on a real broker with two workers and a desk, while touchpoints come in."""

import asyncio
import json
import os
import signal
import threading
import time
from collections.abc import Iterator
from itertools import count
from typing import Final, NamedTuple, Self

import pytest

from streams.alerts.alert import Alert
from streams.broker import topics
from streams.broker.embedded import EmbeddedKafka
from streams.broker.probe import free_port
from streams.broker.rebuild import rebuild
from streams.codec.vocabulary import shipped
from streams.errors import BrokerError
from streams.testing.deployment import Deployment
from streams.touchpoints.touchpoint import Touchpoint
from tests.deploy.runbook import DOCUMENT, Shell, Step, sections, steps

PARTITIONS: Final = 4
LARGER: Final = 6
PER_SEC: Final = 60
FAILURES: Final = 3  # of a customer, which is one alert
RULES: Final = """\
rules:
  - id: payment-failing
    moment: FMOT
    severity: SEVERITY
    when: {count: {type: payment.failed, at_least: 3, within: 10m}}
    recovers_on: {type: order.completed}
    title: {en: "Payment keeps failing", es: "El pago falla"}
    advice: {en: "Call.", es: "Llamar."}
"""
TRIED: Final = {
    "Upgrade the workers",
    "Add partitions",
    "Change rules, and take it back",
    "A worker's disk was lost",
    "The changelog was lost",
    "The desk's database was lost",
}
_numbers = count()


class System(NamedTuple):
    """What the runbooks are about."""

    shell: Shell
    deployment: Deployment

    def alerts(self) -> list[Alert]:
        """Return every revision once everything is folded."""
        asyncio.run(self.deployment.wait_committed(120))
        return asyncio.run(self.deployment.alerts())

    def cases(self) -> dict[int, str]:
        """Return the desk's cases by number, asked for with the token that was made last."""
        ask = 'curl -sS -H "Authorization: Bearer $(cat token)" "$DESK/api/v1/cases?limit=500"'
        page = json.loads(self.shell.run(Step(ask, ()))[-1])
        return {row["number"]: row["case_id"] for row in page["rows"]}


class Customers:
    """Customers whose payments fail, one after the other for as long as the block takes."""

    def __init__(self, deployment: Deployment) -> None:
        self.names: list[str] = []
        self._deployment = deployment
        self._is_over = threading.Event()
        self._thread = threading.Thread(target=lambda: asyncio.run(deployment.send(self._made(), PER_SEC)))

    def _made(self) -> Iterator[Touchpoint]:
        while not self._is_over.is_set():
            name = f"customer-{next(_numbers)}"
            self.names.append(name)
            for number in range(FAILURES):
                now = time.time_ns() // 1_000_000
                yield Touchpoint(f"{name}-{number}", "//shop.example", "payment.failed", now, name, "", b"{}")

    def __enter__(self) -> Self:
        """Begin."""
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        """End, with everything sent."""
        self._is_over.set()
        self._thread.join()


@pytest.fixture(scope="module")
def system(tmp_path_factory: pytest.TempPathFactory) -> Iterator[System]:
    """A broker, two workers and a desk, started with the words of the runbooks."""
    folder = tmp_path_factory.mktemp("runbooks")
    (folder / "rules.yaml").write_text(RULES.replace("SEVERITY", "high"))
    (folder / "rules-new.yaml").write_text(RULES.replace("SEVERITY", "critical"))
    with EmbeddedKafka(tmp_path_factory.mktemp("broker")) as kafka:
        asyncio.run(topics.create(kafka.bootstrap_servers, topics.Deployment(partitions=PARTITIONS)))
        environ = {
            "TOUCHPOINT_BOOTSTRAP_SERVERS": kafka.bootstrap_servers,
            "TOUCHPOINT_PARTITIONS": str(PARTITIONS),
            "TOUCHPOINT_RULES": "rules.yaml",
            "TOUCHPOINT_LANE_SESSION_SEC": "10",
            "TOUCHPOINT_LANE_FLUSH_SEC": "2",
            "WORKER_0": f"http://127.0.0.1:{free_port()}",
            "WORKER_1": f"http://127.0.0.1:{free_port()}",
            "DESK": f"http://127.0.0.1:{free_port()}",
        }
        with Shell(folder, environ) as shell:
            for command in (
                "start worker-0 worker 0 $WORKER_0",
                "start worker-1 worker 1 $WORKER_1",
                "start desk-0 desk",
            ):
                shell.run(Step(command, ()))
            shell.run(Step("ready $WORKER_0 && ready $WORKER_1 && ready $DESK", ("ready",) * 3))
            yield System(shell, Deployment(kafka.bootstrap_servers, "", shipped(), PARTITIONS))


def said_once(alerts: list[Alert], names: list[str]) -> None:
    """Assert that each of these customers has one alert, and that no revision came twice."""
    revisions = [(each.alert_id, each.revision) for each in alerts if each.customer in set(names)]
    assert len(revisions) == len(set(revisions))
    assert sorted({each.customer for each in alerts if each.customer in set(names)}) == sorted(names)
    assert len({alert_id for alert_id, _ in revisions}) == len(names)


def test_every_runbook_is_tried_or_says_that_it_is_not() -> None:
    """Who reads a step knows whether anybody has ever done it."""
    text = sections(DOCUMENT.read_text())
    silent = {name for name, body in text.items() if body.strip() and "ot tried by a test" not in body}
    assert silent - {"Upgrades", "Disasters"} == TRIED
    assert all(steps(name) for name in TRIED)


@pytest.mark.kafka
def test_workers_are_upgraded_one_by_one_under_load(system: System) -> None:
    """Every customer's alert comes, once, and each worker is another process than before."""
    before = [system.shell.pid(name) for name in ("worker-0", "worker-1")]
    with Customers(system.deployment) as customers:
        system.shell.follow("Upgrade the workers")
    said_once(system.alerts(), customers.names)
    assert not set(before) & {system.shell.pid(name) for name in ("worker-0", "worker-1")}


@pytest.mark.kafka
def test_rules_are_changed_and_taken_back(system: System) -> None:
    """The workers run the third version, which says what the first one said."""
    system.shell.follow("Change rules, and take it back")


@pytest.mark.kafka
def test_a_worker_that_lost_its_disk_has_lost_nothing(system: System) -> None:
    """It reads its journeys back from Kafka."""
    with Customers(system.deployment) as customers:
        system.shell.follow("A worker's disk was lost")
    said_once(system.alerts(), customers.names)


@pytest.mark.kafka
def test_a_desk_that_lost_its_database_has_its_cases_back(system: System) -> None:
    """The same cases under the same numbers; people need new tokens."""
    with Customers(system.deployment):
        system.shell.run(Step("sleep 1", ()))
    system.alerts()
    runbook = steps("The desk's database was lost")
    (token,) = [step for step in runbook if "tokens create" in step.command]
    system.shell.run(token)
    before = system.cases()
    system.shell.follow("The desk's database was lost")
    assert before
    assert before.items() <= system.cases().items()


@pytest.mark.kafka
def test_journeys_are_folded_again_after_the_changelog_was_lost(system: System) -> None:
    """Workers refuse to go on without it; after the rebuild the same alerts stand under the same ids."""
    with Customers(system.deployment) as customers:
        system.shell.run(Step("sleep 1", ()))
    before = {each.alert_id for each in system.alerts()}
    with pytest.raises(BrokerError, match="workers still run"):
        asyncio.run(rebuild(system.deployment.bootstrap_servers, patience_sec=0))
    for name in ("worker-0", "worker-1"):
        os.kill(system.shell.pid(name), signal.SIGKILL)
    asyncio.run(system.deployment.delete("journeys-changelog"))
    system.shell.follow("The changelog was lost", 0)
    system.shell.follow("The changelog was lost", 1, {"touchpoint topics rebuild": 1})
    with Customers(system.deployment) as more:
        system.shell.run(Step("sleep 1", ()))
    after = system.alerts()
    assert {each.alert_id for each in after if each.customer in set(customers.names)} <= before
    assert {each.customer for each in after} >= {*customers.names, *more.names}
    assert len({each.alert_id for each in after}) == len(before) + len(more.names)


@pytest.mark.kafka
@pytest.mark.timeout(900)  # workers and the desk start anew
def test_a_deployment_is_given_more_partitions(system: System) -> None:
    """The last test of the system, for there is no way back: alerts of before are not said again, and new ones come."""
    with Customers(system.deployment) as customers:
        system.shell.run(Step("sleep 1", ()))
    before = len(system.alerts())
    system.shell.follow("Add partitions")
    larger = system.deployment.bootstrap_servers, "", shipped(), LARGER
    with Customers(Deployment(*larger)) as more:
        system.shell.run(Step("sleep 1", ()))
    alerts = System(system.shell, Deployment(*larger)).alerts()
    said_once(alerts, [*customers.names, *more.names])
    assert len(alerts) == before + len(more.names)
