"""A desk that is killed between sending and writing down that it has sent."""

import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial

import pytest

from streams.desk.notify import queue
from streams.desk.notify.receiver import ChannelSpec, Receiver
from streams.desk.store.database import Database
from tests.architecture.test_imports import ROOT
from tests.contract.desk.notify.desk import until
from tests.contract.desk.notify.provider import Answer, Asked, Provider
from tests.unit.desk.notify.notices import notice

RECEIVERS = {"store-team": Receiver("store-team", (ChannelSpec("webhook"),))}
CASES = 6


@contextmanager
def running(url: str, webhook: str) -> Iterator[subprocess.Popen[bytes]]:
    """Run a desk."""
    process = subprocess.Popen([sys.executable, "-m", "tests.contract.desk.notify.dying_desk", url, webhook], cwd=ROOT)
    try:
        yield process
    finally:
        process.kill()
        process.wait()


async def waiting(database: Database) -> int:
    """Return how many notices are owed."""
    async with database.read() as connection:
        return (await queue.backlog(connection)).waiting


async def is_over(process: subprocess.Popen[bytes], database: Database) -> bool:
    """Return whether a desk has died or has nothing left to do."""
    return process.poll() is not None or not await waiting(database)


@pytest.mark.fault
async def test_a_killed_desk_says_everything_and_nothing_under_another_key(owing: Database) -> None:
    """Every notice arrives at least once; whatever arrives twice has the same key and the same delivery id.

    The desk is killed while a provider has taken a notice and has not answered yet, again and again.
    """
    database = owing
    url = database._write.url.render_as_string(hide_password=False)
    told = [notice(case_id=f"{number}") for number in range(CASES)]
    now = int(time.time() * 1000)
    async with database.write() as connection:
        await queue.enqueue(connection, RECEIVERS, told, now)
    victims: list[subprocess.Popen[bytes]] = []
    killed = 0

    def answer(_: Asked) -> Answer:
        nonlocal killed
        if victims and killed < 3:
            victims.pop().kill()
            killed += 1
        return Answer()

    async with Provider(answer) as provider:
        for _ in range(4):
            with running(url, provider.url) as process:
                victims.append(process)
                await until(partial(is_over, process, database))
        owed = await waiting(database)
    by_key: dict[str, set[str]] = {}
    for asked in provider.asked:
        by_key.setdefault(asked.body["dedup_key"], set()).add(asked.headers["x-touchpoint-delivery"])
    assert (killed, owed) == (3, 0)
    assert len(provider.asked) > CASES
    assert by_key.keys() == {each.dedup_key for each in told}
    assert [ids for ids in by_key.values() if len(ids) != 1] == []
