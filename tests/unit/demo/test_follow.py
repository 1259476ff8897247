"""When the demo has read all that came of what it sent, with a broker made up."""

import asyncio
from collections.abc import Collection

import pytest
from aiokafka import TopicPartition

from streams.demo import follow
from streams.demo.tally import Tally
from streams.errors import BrokerError

CHANGELOG, ALERTS = (TopicPartition(topic, 0) for topic in ("changelog", "alerts"))


class Broker:
    """Everything is folded; so far are its topics written."""

    def __init__(self) -> None:
        self.ends = {CHANGELOG: 7, ALERTS: 3}
        self.late: dict[TopicPartition, int] = {}

    async def lag(self, *_: object) -> int:
        """The worker has committed everything."""
        return 0

    async def committed_ends(self, servers: str, topics: Collection[str]) -> dict[TopicPartition, int]:
        """Where they end now; what comes late is written afterwards."""
        now = dict(self.ends)
        self.ends |= self.late
        return now


@pytest.fixture
def broker(monkeypatch: pytest.MonkeyPatch) -> Broker:
    """Put it in the place of the real one; nobody waits for quiet."""
    one = Broker()
    monkeypatch.setattr(follow, "lag", one.lag)
    monkeypatch.setattr(follow, "committed_ends", one.committed_ends)
    monkeypatch.setattr(follow, "QUIET_SEC", 0.0)
    monkeypatch.setattr(follow, "_LOOK_SEC", 0.0)
    return one


async def looks() -> None:
    """Let it look many times."""
    for _ in range(100):
        await asyncio.sleep(0)


async def test_who_reads_slowly_is_waited_for_however_quiet_it_is(broker: Broker) -> None:
    """One that has not begun, one that is in the middle: the end is where the topics end."""
    reached: follow.Reached = {}
    waiting = asyncio.create_task(follow.caught_up("", Tally(), reached))
    for so_far in ({}, {CHANGELOG: 7}, {CHANGELOG: 7, ALERTS: 2}):
        reached |= so_far
        await looks()
        assert not waiting.done()
    reached[ALERTS] = 3
    await waiting


async def test_what_a_deadline_brings_is_read_too(broker: Broker) -> None:
    """It is written while it is quiet, and quiet begins anew with it."""
    tally, reached = Tally(), {CHANGELOG: 7, ALERTS: 3}
    broker.late[ALERTS] = 4
    waiting = asyncio.create_task(follow.caught_up("", tally, reached))
    await looks()
    assert not waiting.done()
    tally.add_dead_letter()
    reached[ALERTS] = 4
    await waiting


async def test_who_never_reads_it_is_no_success(broker: Broker, monkeypatch: pytest.MonkeyPatch) -> None:
    """The error says how much is left."""
    monkeypatch.setattr(follow, "CATCH_UP_SEC", 0.0)
    with pytest.raises(BrokerError, match="4 records of the worker are not read"):
        await follow.caught_up("", Tally(), {CHANGELOG: 3, ALERTS: 3})
