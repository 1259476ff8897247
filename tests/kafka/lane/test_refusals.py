"""A worker that would be deaf or forgetful does not start, and says in one line why and what to do."""

import asyncio
from pathlib import Path

import pytest

from streams.broker.embedded import EmbeddedKafka
from streams.broker.probe import free_port
from streams.codec.vocabulary import shipped
from streams.testing.deployment import Deployment
from streams.testing.workers import WorkerProcess
from tests.kafka.lane.conftest import Made, Workers

pytestmark = pytest.mark.kafka


async def refusal(worker: WorkerProcess, code: int = 1) -> str:
    """Return the one line with which the worker ends."""
    worker.start()
    assert await asyncio.to_thread(worker.wait) == code, worker.said
    assert "Traceback" not in worker.said
    errors = [line for line in worker.said.splitlines() if line.startswith("error: ")]
    assert len(errors) == 1, worker.said
    return errors[0]


async def test_no_broker(workers: Workers) -> None:
    """A broker that is not there is named with its address."""
    nowhere = Deployment(f"127.0.0.1:{free_port()}", "", shipped())
    error = await refusal(workers(nowhere))
    assert nowhere.bootstrap_servers in error
    assert "no Kafka broker answers" in error


async def test_rule_with_a_typo(broker: EmbeddedKafka, workers: Workers, tmp_path: Path) -> None:
    """A mistake in a rule file is named with its line before anything is connected."""
    rules = tmp_path / "typo.yaml"
    rules.write_text("rules:\n  - id: x\n    momnet: FMOT\n")
    worker = workers(Deployment(broker.bootstrap_servers, "", shipped()), TOUCHPOINT_RULES=str(rules)).start()
    assert await asyncio.to_thread(worker.wait) == 2
    assert f"{rules}:3:" in worker.said
    assert "Traceback" not in worker.said


async def test_missing_topics(broker: EmbeddedKafka, workers: Workers) -> None:
    """Topics that were never created are named, with the command that does it."""
    error = await refusal(workers(Deployment(broker.bootstrap_servers, "nobody-made-these-", shipped())))
    assert "nobody-made-these-touchpoints.web" in error
    assert "touchpoint topics create" in error


async def test_topic_with_other_partitions(broker: EmbeddedKafka, workers: Workers) -> None:
    """A topic with another number of partitions is named with both numbers."""
    uneven = Deployment(broker.bootstrap_servers, "uneven-", shipped())
    await uneven.create({"touchpoints.chat": 3})
    error = await refusal(workers(uneven))
    assert "uneven-touchpoints.chat" in error
    assert "3 partitions" in error
    assert "works with 4" in error
    await uneven.delete_all()


async def test_recreated_topic(deployment: Deployment, workers: Workers, made: Made) -> None:
    """A touchpoint topic that was deleted and created again would be taken for replays."""
    worker = await _fold_some(deployment, workers, made)
    await deployment.delete("touchpoints.web")
    await deployment.create(only=["touchpoints.web"])
    error = await refusal(worker)
    assert "touchpoints.web was deleted and created again" in error
    assert "backup" in error


async def test_lost_changelog(deployment: Deployment, workers: Workers, made: Made) -> None:
    """Committed offsets without journeys are an amnesia that nobody would notice."""
    worker = await _fold_some(deployment, workers, made)
    await deployment.delete("journeys-changelog")
    await deployment.create(only=["journeys-changelog"])
    error = await refusal(worker)
    assert "committed offsets" in error
    assert "begin anew" in error


async def test_two_processes_under_one_instance_id(deployment: Deployment, workers: Workers, made: Made) -> None:
    """The older of two processes under one instance id leaves, with the reason; the younger goes on."""
    first, second = (workers(deployment, name, TOUCHPOINT_INSTANCE_ID="same") for name in "ab")
    first.start()
    await asyncio.to_thread(first.wait_ready)
    second.start()
    assert await asyncio.to_thread(first.wait) == 1, first.said
    assert "under our instance id" in first.said
    await asyncio.to_thread(second.wait_ready)
    await deployment.send([made("page.viewed", "c1")])
    await deployment.wait_committed()
    assert second.is_alive


async def _fold_some(deployment: Deployment, workers: Workers, made: Made) -> WorkerProcess:
    worker = workers(deployment).start()
    await asyncio.to_thread(worker.wait_ready)
    await deployment.send([made("page.viewed", f"c{number}") for number in range(50)])
    await deployment.wait_committed()
    worker.terminate()
    assert await asyncio.to_thread(worker.wait) == 0
    return worker
