"""The broker and the process with the sink are killed or frozen under load; nothing that was answered is lost."""

import asyncio
import os
import signal
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from streams.broker import topics
from streams.broker.embedded import EmbeddedKafka
from streams.gateway.port import Stored
from streams.gateway.sink.policy import Policy
from streams.gateway.sink.sink import open_sink
from streams.gateway.sink.status import State
from streams.testing.patience import PATIENCE_SEC
from tests.architecture.test_imports import ROOT
from tests.kafka.gateway.conftest import Crowd, at, first_seen, in_order

pytestmark = [pytest.mark.kafka, pytest.mark.fault]

CUSTOMERS = [f"c{number}" for number in range(40)]
DRIVER = Path(__file__).with_name("driver.py")


async def made(fresh_broker: Callable[..., EmbeddedKafka]) -> EmbeddedKafka:
    """Return a broker with its topics."""
    kafka = fresh_broker()
    await topics.create(kafka.bootstrap_servers, topics.Deployment(partitions=4))
    return kafka


async def test_a_broker_that_is_killed_and_comes_back(
    fresh_broker: Callable[..., EmbeddedKafka], tmp_path: Path
) -> None:
    """Callers go on: into the spool, then to the broker again; all is there in the order of each customer."""
    kafka = await made(fresh_broker)
    async with open_sink(kafka.bootstrap_servers, tmp_path / "spool") as sink:
        async with Crowd(sink, CUSTOMERS) as crowd:
            await crowd.answered(Stored.BROKER)
            await asyncio.to_thread(kafka.kill)
            await crowd.answered(Stored.SPOOL)
            await asyncio.to_thread(kafka.start)
            await crowd.answered(Stored.BROKER)
        await at(sink, State.BROKER)
        assert sink.status().spooled == 0
    assert set(crowd.answers) == {Stored.SPOOL, Stored.BROKER}
    assert in_order(crowd.promised, await first_seen(kafka.bootstrap_servers)) == crowd.promised


async def test_a_broker_that_is_frozen(fresh_broker: Callable[..., EmbeddedKafka], tmp_path: Path) -> None:
    """A connection that is there and silent counts as no broker, and nobody waits until it speaks again."""
    kafka = await made(fresh_broker)
    policy = Policy(ack_sec=1)
    async with open_sink(kafka.bootstrap_servers, tmp_path / "spool", policy) as sink:
        await at(sink, State.BROKER)
        async with Crowd(sink, CUSTOMERS) as crowd:
            os.kill(kafka.jvm.pid, signal.SIGSTOP)
            try:
                await crowd.answered(Stored.SPOOL)
            finally:
                os.kill(kafka.jvm.pid, signal.SIGCONT)
            await at(sink, State.BROKER)
        await at(sink, State.BROKER)
    assert in_order(crowd.promised, await first_seen(kafka.bootstrap_servers)) == crowd.promised


async def test_killed_processes_lose_nothing_they_answered(
    fresh_broker: Callable[..., EmbeddedKafka], tmp_path: Path
) -> None:
    """The process with the sink, then the broker, then both at once, are killed under load; all is counted."""
    kafka = await made(fresh_broker)
    told = tmp_path / "told"

    def start(life: int) -> subprocess.Popen[bytes]:
        command = [sys.executable, str(DRIVER), kafka.bootstrap_servers, str(tmp_path / "spool"), str(life)]
        with told.open("ab") as output:
            return subprocess.Popen(command, stdout=output, cwd=ROOT, env={**os.environ, "PYTHONPATH": str(ROOT)})

    def lines() -> int:
        return told.read_bytes().count(b"\n") if told.exists() else 0

    async def grown(more: int) -> None:
        wanted = lines() + more
        async with asyncio.timeout(PATIENCE_SEC):
            while lines() < wanted:  # noqa: ASYNC110 - another process writes it
                await asyncio.sleep(0.02)

    driver = start(1)
    await grown(1_500)
    driver.kill()
    driver.wait()
    driver = start(2)
    await grown(1_500)
    await asyncio.to_thread(kafka.kill)
    await grown(1_500)
    driver.kill()
    driver.wait()
    driver = start(3)  # with no broker: the spool of the life before, and on
    await grown(1_500)
    await asyncio.to_thread(kafka.start)
    await grown(1_500)
    await asyncio.to_thread(kafka.kill)
    driver.kill()
    driver.wait()
    await asyncio.to_thread(kafka.start)
    async with open_sink(kafka.bootstrap_servers, tmp_path / "spool") as sink:
        await at(sink, State.BROKER)

    promised: dict[str, list[str]] = {}
    for line in told.read_text().split("\n")[:-1]:
        promised.setdefault(line.rpartition("-")[0], []).append(line)
    assert sum(map(len, promised.values())) >= 7_500
    assert in_order(promised, await first_seen(kafka.bootstrap_servers)) == promised
