"""A whole deployment behind SASL_SSL and mTLS, each component as itself with exactly what acls.sh grants it."""

import shutil
import subprocess
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Final

import httpx
import pytest

from streams.broker.probe import free_port
from streams.settings.places import DEPLOY
from streams.testing.workers import WorkerProcess
from tests.kafka.findings import findings
from tests.kafka.secure.cluster import LOCKED, PARTITIONS, SecureKafka
from tests.kafka.secure.verb import PATIENCE_SEC, verb

pytestmark = [pytest.mark.kafka, pytest.mark.timeout(600)]
CUSTOMER: Final = "ana.garcia@shop.example"
NOTE: Final = "my flat is above the bakery"
SOURCE: Final = "//shop.example/web"


class System:
    """Two workers, a gateway, a desk and a canary, all under way; half of them show certificates, half passwords."""

    def __init__(self, cluster: SecureKafka, folder: Path) -> None:
        self.cluster = cluster
        self.ports = {name: free_port() for name in ("one", "two", "gateway", "desk", "canary")}
        self.said: list[str] = []  # by the verbs beside it
        (folder / "rules").mkdir()
        for name in ("fmot", "canary"):
            shutil.copy(DEPLOY / "rules" / f"{name}.yaml", folder / "rules")
        self.common = {
            "TOUCHPOINT_DATA_DIR": str(folder / "data"),
            "TOUCHPOINT_RULES": str(folder / "rules"),
            "TOUCHPOINT_GATEWAY_PORT": str(self.ports["gateway"]),
            "TOUCHPOINT_GATEWAY_ACK_SEC": "60",  # new topics, on a machine that has much else to do
            "TOUCHPOINT_DESK_PORT": str(self.ports["desk"]),
            "TOUCHPOINT_CANARY_PORT": str(self.ports["canary"]),
            "TOUCHPOINT_CANARY_GATEWAY": f"http://127.0.0.1:{self.ports['gateway']}",
            "TOUCHPOINT_CANARY_URL": f"http://127.0.0.1:{self.ports['canary']}/heard",
            "TOUCHPOINT_CANARY_INTERVAL_SEC": "1",
            "TOUCHPOINT_LANE_FLUSH_SEC": "0.5",
        }
        self.key = self._made_key(SOURCE)
        singing = folder / "canary.key"
        singing.write_text(self._made_key("//touchpoint-tracker/canary", "--type", "canary.*"))
        self.secrets = [*cluster.passwords.values(), LOCKED, self.key, singing.read_text()]
        self.told = {
            "one": cluster.by_password("worker") | {"TOUCHPOINT_METRICS_PORT": str(self.ports["one"])},
            "two": cluster.by_certificate("worker") | {"TOUCHPOINT_METRICS_PORT": str(self.ports["two"])},
            "gateway": cluster.by_certificate("gateway"),
            "desk": cluster.by_password("desk"),
            "canary": cluster.by_certificate("canary") | {"TOUCHPOINT_CANARY_KEY_FILE": str(singing)},
        }
        self.processes = {
            name: WorkerProcess(name, folder, self.common | told, command="worker" if name in {"one", "two"} else name)
            for name, told in self.told.items()
        }

    def _made_key(self, source: str, *options: str) -> str:
        done = verb(self.common, "gateway", "keys", "create", "--source", source, *options)
        assert done.returncode == 0, done.stderr
        return done.stdout.strip()

    def run(self, told: dict[str, str], *arguments: str) -> subprocess.CompletedProcess[str]:
        """Run a verb beside it, and keep what it says."""
        done = verb(self.common | told, *arguments)
        self.said += [done.stdout, done.stderr]
        return done

    @property
    def pages(self) -> dict[str, str]:
        """The metrics of each process."""
        return {name: self._page(port) for name, port in self.ports.items()}

    def _page(self, port: int) -> str:
        try:
            return httpx.get(f"http://127.0.0.1:{port}/metrics", timeout=30, trust_env=False).text
        except httpx.TransportError:
            return ""

    def until(self, is_so: Callable[[], bool], *names: str) -> None:
        """Wait until something is so; the logs of these say why it never was."""
        deadline = time.monotonic() + PATIENCE_SEC
        while not is_so():
            said = "\n".join(self.processes[name].said[-2000:] for name in names or self.processes)
            assert time.monotonic() < deadline, said
            assert all(self.processes[name].is_alive for name in names), said
            time.sleep(0.1)


@pytest.fixture(scope="module")
def system(secure: SecureKafka, tmp_path_factory: pytest.TempPathFactory) -> Iterator[System]:
    """Start everything, the topics first."""
    made = verb(secure.by_certificate("topics"), "topics", "create")
    assert made.returncode == 0, made.stderr
    one = System(secure, tmp_path_factory.mktemp("system"))
    with ExitStack() as stack:
        for process in one.processes.values():
            stack.enter_context(process).start()
        one.until(lambda: _owned(one) == PARTITIONS, "one", "two")
        for name in ("gateway", "desk", "canary"):
            one.until(lambda name=name: "ready" in one.processes[name].said, name)  # type: ignore[misc] # bound now
        yield one


def _owned(system: System) -> int:
    """Return how many partitions the workers own, once each has one."""
    last = [process.said.rpartition("partitions [")[2].partition("]")[0] for process in _workers(system)]
    return PARTITIONS if all(len(numbers) == 1 for numbers in last) else 0


def _workers(system: System) -> list[WorkerProcess]:
    return [system.processes["one"], system.processes["two"]]


def test_a_touchpoint_goes_the_whole_way(system: System) -> None:
    """It comes in by HTTP, becomes an alert on either worker, a case at the desk, and the canary hears its own."""
    headers = {"Authorization": f"Bearer {system.key}"}
    names = [CUSTOMER, *(f"{number}.{CUSTOMER}" for number in range(20))]  # on both partitions
    failures = [
        {"type": "payment.failed", "customer": name, "subject": "order:1", "id": f"{name}/{n}", "data": {"note": NOTE}}
        for name in names
        for n in range(3)
    ]
    url = f"http://127.0.0.1:{system.ports['gateway']}/v1/touchpoints"
    answer = httpx.post(url, json=failures, headers=headers, timeout=60, trust_env=False)
    assert answer.status_code == 202, answer.text
    assert answer.json()["stored"] == "broker"
    line = f'touchpoint_desk_alerts_total{{novelty="new"}} {len(names)}.0'
    system.until(lambda: line in system.pages["desk"])
    for name in ("one", "two"):
        assert "touchpoint_alerts" in system.pages[name]
    heard = 'touchpoint_canary_heard_total{stage="notification"}'
    system.until(lambda: any(each.startswith(heard) for each in system.pages["canary"].splitlines()), "canary")


@pytest.mark.parametrize(
    "arguments",
    [
        ("rules", "publish", "{rules}/canary.yaml"),
        ("rules", "status"),
        ("sources", "list"),
        ("dead-letters", "list"),
        ("alerts", "tail", "--exit-at-end"),
    ],
    ids=lambda each: " ".join(each[:2]),
)
def test_what_people_do_works_with_the_rights_of_an_operator(system: System, arguments: tuple[str, ...]) -> None:
    """Every verb that ACLS.md lists."""
    words = [word.format(rules=system.common["TOUCHPOINT_RULES"]) for word in arguments]
    done = system.run(system.cluster.by_password("operator"), *words)
    assert done.returncode == 0, done.stderr


@pytest.mark.parametrize("name", ["worker", "gateway", "desk", "canary"])
def test_the_doctor_finds_nothing_that_it_lacks(system: System, name: str) -> None:
    """Not even transactional ids, of which Kafka tells nothing by itself."""
    process = "one" if name == "worker" else name
    found = findings(lambda: system.run(system.told[process], "doctor", "--component", name, "--json").stdout)
    (line,) = [one for one in found if one["check"] == "access"]
    assert line["seen"] == f"{name} may do what deploy/kafka/ACLS.md lists"


def test_nothing_secret_and_nothing_personal_can_be_seen(system: System) -> None:
    """In logs, in metrics, in what `config show` prints and the doctor finds, and in the arguments of the processes."""
    for name in ("one", "canary"):
        system.run(system.told[name], "config", "show")
    arguments = [Path(f"/proc/{process.pid}/cmdline").read_text() for process in system.processes.values()]
    logs = [process.said for process in system.processes.values()]
    seen = [*logs, *system.pages.values(), *arguments, *system.said, system.cluster.kafka.log.read_text()]
    assert all([*logs, *system.pages.values(), *arguments])
    hidden = [*system.secrets, CUSTOMER, CUSTOMER.partition("@")[0], NOTE, "PRIVATE KEY"]
    assert [text for text in seen if any(each in text for each in hidden)] == []
