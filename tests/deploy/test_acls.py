"""Each component works with what acls.sh grants it, on a broker that refuses everything else."""

import json
import os
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Final

import httpx
import pytest

from streams.broker.probe import free_port
from streams.codec import catalogue
from streams.testing.patience import PATIENCE_SEC
from streams.testing.workers import WorkerProcess
from tests.deploy.grants import COMPONENTS, EVERYBODY, SCRIPT, GuardedKafka, granted, rows

PARTITIONS: Final = 2
SOURCE: Final = "//shop.example"
RULES: Final = """\
rules:
  - id: payment-failing
    moment: FMOT
    severity: high
    when: {count: {type: payment.failed, at_least: 3, within: 10m}}
    title: {en: "Payment keeps failing", es: "El pago falla"}
"""


@pytest.fixture
def guarded(tmp_path: Path) -> Iterator[GuardedKafka]:
    """A broker on which nobody may do anything yet."""
    broker = GuardedKafka(tmp_path)
    with broker.kafka:
        yield broker


def verb(broker: GuardedKafka, folder: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    """Run a verb of the command line against the broker."""
    environ = os.environ | {
        "TOUCHPOINT_BOOTSTRAP_SERVERS": broker.servers,
        "TOUCHPOINT_PARTITIONS": str(PARTITIONS),
        "TOUCHPOINT_DATA_DIR": str(folder / "gateway"),
    }
    command = [sys.executable, "-m", "streams.cli", *arguments]
    return subprocess.run(command, env=environ, capture_output=True, text=True, check=False)


def component(broker: GuardedKafka, folder: Path, command: str, **environ: str) -> WorkerProcess:
    """Return a component, not started yet."""
    (folder / "rules.yaml").write_text(RULES)
    known = {
        "TOUCHPOINT_RULES": str(folder / "rules.yaml"),
        "TOUCHPOINT_BOOTSTRAP_SERVERS": broker.servers,
        "TOUCHPOINT_PARTITIONS": str(PARTITIONS),
    }
    return WorkerProcess(command, folder, known | environ, command=command)


def ask(url: str) -> str:
    """Return what answers with 200 here, once it does; raise what is in the way after a time."""
    deadline = time.monotonic() + PATIENCE_SEC
    while True:
        try:
            return httpx.get(url, timeout=PATIENCE_SEC, trust_env=False).raise_for_status().text
        except httpx.HTTPError:
            if time.monotonic() > deadline:
                raise
            time.sleep(0.1)


def send(port: int, key: str) -> None:
    """Send three payments that failed, which is an alert."""
    events = [
        {"type": "payment.failed", "customer": "c-1", "id": f"p{number}", "data": {"reason": "card_declined"}}
        for number in range(3)
    ]
    headers = {"Authorization": f"Bearer {key}"}
    ask(f"http://127.0.0.1:{port}/readyz")
    url = f"http://127.0.0.1:{port}/v1/touchpoints"
    said = httpx.post(url, json=events, headers=headers, timeout=PATIENCE_SEC, trust_env=False).json()
    assert (said["accepted"], said["stored"]) == (3, "broker"), said


@pytest.mark.kafka
def test_every_component_works_with_its_grants_and_with_no_others(guarded: GuardedKafka, tmp_path: Path) -> None:
    """Topics are made, a touchpoint comes in, its alert goes out and becomes a case, and people look at it."""
    assert verb(guarded, tmp_path, "topics", "create").returncode != 0

    guarded.allow(granted(tmp_path, "topics"))
    assert verb(guarded, tmp_path, "topics", "create").returncode == 0
    assert verb(guarded, tmp_path, "topics", "check").returncode == 0

    guarded.allow(granted(tmp_path, "gateway"))
    made = verb(guarded, tmp_path, "gateway", "keys", "create", "--source", SOURCE)
    key = next(word for word in made.stdout.split() if word.startswith("tpg_"))
    environ = {
        "TOUCHPOINT_GATEWAY_PORT": str(port := free_port()),
        "TOUCHPOINT_GATEWAY_ACK_SEC": "60",  # topics that were just made, on a machine that has much else to do
        "TOUCHPOINT_DATA_DIR": str(tmp_path / "gateway"),
    }
    with component(guarded, tmp_path, "gateway", **environ) as gateway:
        gateway.start()
        send(port, key)
    assert verb(guarded, tmp_path, "alerts", "tail", "--from-beginning", "--exit-at-end").returncode != 0

    guarded.allow(granted(tmp_path, "worker"))
    with component(guarded, tmp_path, "worker") as worker:
        worker.start().wait_ready()
        deadline = time.monotonic() + PATIENCE_SEC
        while guarded.end_of(catalogue.ALERTS, PARTITIONS) <= PARTITIONS:  # each has the claim of its owner
            assert time.monotonic() < deadline, worker.said[-3000:]
        worker.terminate()
        assert worker.wait() == 0
    assert "AuthorizationFailed" not in worker.said

    guarded.allow(granted(tmp_path, "desk"))
    with component(guarded, tmp_path, "desk", TOUCHPOINT_DESK_PORT=str(port := free_port())) as desk:
        desk.start()
        assert ask(f"http://127.0.0.1:{port}/readyz")
        page = ask(f"http://127.0.0.1:{port}/metrics")
        assert 'touchpoint_desk_alerts_total{novelty="new"} 1.0' in page
        deadline = time.monotonic() + PATIENCE_SEC
        while guarded.end_of(catalogue.DESK_ACTIONS, PARTITIONS) == 0:
            assert time.monotonic() < deadline, desk.said[-3000:]

    guarded.allow(granted(tmp_path, "operator"))
    said = verb(guarded, tmp_path, "alerts", "tail", "--from-beginning", "--exit-at-end", "--json")
    assert json.loads(said.stdout.splitlines()[0])["rule"] == "payment-failing", said.stderr
    for arguments in (["rules", "status"], ["sources", "list"], ["dead-letters", "list"]):
        assert verb(guarded, tmp_path, *arguments).returncode == 0, arguments


def test_who_writes_and_reads_is_as_the_catalogue_of_topics_says(tmp_path: Path) -> None:
    """Nobody else may write to a topic, and whoever the catalogue names may."""
    for name in ("worker", "gateway", "desk"):
        grants = granted(tmp_path, name)
        for right, named in (("Write", "producers"), ("Read", "consumers")):
            allowed = {each.name for each in grants if (each.operation, each.resource) == (right, "topic")}
            asked = {topic.name for topic in catalogue.shipped() if name in getattr(topic, named)}
            # The worker reads back what it has said, so that it says nothing twice.
            assert allowed - ({catalogue.ALERTS} if (name, right) == ("worker", "Read") else set()) == asked, name


def test_the_document_lists_what_the_script_grants(tmp_path: Path) -> None:
    """Row by row, for every component."""
    granted_rows = {
        (name, each.operation, each.resource, each.name, each.pattern)
        for name in COMPONENTS
        for each in granted(tmp_path, name)
    }
    assert rows(SCRIPT.parent / "ACLS.md") == granted_rows


def test_who_is_not_named_gets_nothing(tmp_path: Path) -> None:
    """A component whose variable is empty is left out, and nobody has a right to everything."""
    for name in COMPONENTS:
        grants = granted(tmp_path, name, "User:it")
        assert {each.principal for each in grants} == {"User:it"}
        assert EVERYBODY not in {each.principal for each in grants}
        assert "*" not in {each.name for each in grants}
