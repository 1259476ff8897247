import asyncio
import random
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest

from streams.codec import files
from streams.gateway.outcome import Admitted
from streams.gateway.port import Full, Stored
from streams.gateway.sink.aside import NAME, Aside
from streams.gateway.sink.disk import Disk
from streams.gateway.sink.policy import Policy
from streams.gateway.sink.sink import SafeSink
from streams.gateway.sink.spool import Spool
from streams.gateway.sink.status import State
from streams.testing.patience import PATIENCE_SEC
from streams.touchpoints.touchpoint import Touchpoint
from tests.unit.gateway.sink.model import ModelBroker

REFUSED = b'{"a": "more than the model takes"}'
QUICK = Policy(linger_sec=0, retry_sec=0.001, segment_bytes=2_000)


def admitted(key: str, number: int, data: bytes = b"") -> Admitted:
    """Return a touchpoint of a key."""
    return Admitted(
        Touchpoint(f"{key}-{number}", "shop", "page.viewed", 1_700_000_000_000, key, "", data), "touchpoints.web"
    )


@asynccontextmanager
async def opened(
    broker: ModelBroker, folder: Path, policy: Policy = QUICK, *, crash: bool = False, **options: Any
) -> AsyncIterator[SafeSink]:
    """Give a sink on a model; with `crash` it ends as a kill would, with nothing put in order."""
    disk = Disk()
    spool = Spool(folder, policy.spool_bytes, policy.segment_bytes)
    sink = SafeSink(broker.connect, spool, Aside(folder, policy.aside_bytes), disk, policy, **options)  # type: ignore[arg-type] # a model
    await sink.begin()
    tasks = [asyncio.create_task(sink.store()), asyncio.create_task(sink.come_back())]
    try:
        yield sink
        if not crash:
            await sink.close()
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        disk.close()
        spool.close()


async def at(sink: SafeSink, state: State) -> None:
    """Wait until it stands like that."""
    async with asyncio.timeout(PATIENCE_SEC):
        while sink.status().state is not state:  # noqa: ASYNC110 - what it waits for is being tested
            await asyncio.sleep(0.001)


async def test_with_a_broker_nothing_touches_the_disk(tmp_path: Path) -> None:
    """An answer means that the broker has it."""
    broker = ModelBroker()
    async with opened(broker, tmp_path) as sink:
        answers = await asyncio.gather(*[sink.put([admitted("a", number)]) for number in range(20)])
        assert set(answers) == {Stored.BROKER}
        assert broker.seen("a") == [f"a-{number}" for number in range(20)]
        status = sink.status()
    assert (status.state, status.why, status.sent, status.kept, status.waiting) == (State.BROKER, "", 20, 0, 0)
    assert Spool(tmp_path, 1, 1).size == 0


async def test_without_a_broker_it_is_on_the_disk_and_comes_back_in_order(tmp_path: Path) -> None:
    """While anything is in the spool everything goes behind it, then straight to the broker again."""
    broker = ModelBroker()
    async with opened(broker, tmp_path) as sink:
        assert await sink.put([admitted("a", 0)]) is Stored.BROKER
        broker.is_away = True
        assert await sink.put([admitted("a", 1)]) is Stored.SPOOL
        assert await sink.put([admitted("a", 2), admitted("b", 0)]) is Stored.SPOOL
        status = sink.status()
        assert (status.state, status.spooled, status.kept) == (State.SPOOL, 3, 3)
        assert status.why
        assert status.oldest_at > 0
        broker.is_away = False
        await at(sink, State.BROKER)
        assert await sink.put([admitted("a", 3)]) is Stored.BROKER
        assert (sink.status().drained, sink.status().spooled, sink.status().spooled_bytes) == (3, 0, 0)
    assert broker.seen("a") == ["a-0", "a-1", "a-2", "a-3"]
    assert broker.seen("b") == ["b-0"]


async def test_what_an_earlier_process_left_goes_first(tmp_path: Path) -> None:
    """A restart changes nothing in what was promised."""
    broker = ModelBroker()
    broker.is_away = True
    async with opened(broker, tmp_path, crash=True) as sink:
        assert await sink.put([admitted("a", 0)]) is Stored.SPOOL
    broker.is_away = False
    async with opened(broker, tmp_path) as sink:
        await sink.put([admitted("a", 1)])
        await at(sink, State.BROKER)
    assert broker.seen("a") == ["a-0", "a-1"]


async def test_a_full_spool_turns_away_and_recovers(tmp_path: Path) -> None:
    """Callers are told to come again; what was kept before is still there."""
    broker = ModelBroker()
    broker.is_away = True
    policy = Policy(linger_sec=0, retry_sec=0.001, spool_bytes=1_000)
    async with opened(broker, tmp_path, policy) as sink:
        answers = [await sink.put([admitted("a", number)]) for number in range(30)]
        kept = answers.count(Stored.SPOOL)
        assert 0 < kept < 30
        assert answers[kept:] == [Full(policy.full_retry_after_sec)] * (30 - kept)
        assert sink.status().state is State.FULL
        assert (sink.status().turned_away, sink.status().spooled) == (30 - kept, kept)
        broker.is_away = False
        await at(sink, State.BROKER)
        assert await sink.put([admitted("a", 99)]) is Stored.BROKER
    assert broker.seen("a") == [*(f"a-{number}" for number in range(kept)), "a-99"]


async def test_too_much_at_once_is_turned_away(tmp_path: Path) -> None:
    """What waits in memory is bounded; a put that is alone is taken whatever its size."""
    policy = Policy(linger_sec=0, waiting_bytes=2_000)
    async with opened(ModelBroker(), tmp_path, policy) as sink:
        assert await sink.put([admitted("a", number) for number in range(50)]) is Stored.BROKER
        answers = await asyncio.gather(*[sink.put([admitted("b", number)]) for number in range(20)])
        assert answers == [Stored.BROKER] * 5 + [Full(policy.busy_retry_after_sec)] * 15
        assert sink.status().waiting == 0


async def test_what_kafka_never_takes_is_set_aside(tmp_path: Path) -> None:
    """Its neighbours arrive in order, it is in a file, and the spool is empty again."""
    broker = ModelBroker()
    async with opened(broker, tmp_path) as sink:
        puts = [[admitted("a", number, REFUSED if number in (3, 4) else b"{}")] for number in range(9)]
        await asyncio.gather(*map(sink.put, puts))
        await at(sink, State.BROKER)
        assert (sink.status().set_aside, sink.status().spooled) == (2, 0)
    assert broker.seen("a") == [f"a-{number}" for number in range(9) if number not in (3, 4)]
    assert [line[1].id for line in files.read(tmp_path / NAME) if isinstance(line[1], Touchpoint)] == ["a-3", "a-4"]


async def test_where_nothing_more_can_be_set_aside_the_spool_waits(tmp_path: Path) -> None:
    """Nothing that was promised is thrown away, and the status says what is in the way."""
    policy = Policy(linger_sec=0, retry_sec=0.001, aside_bytes=10)
    async with opened(ModelBroker(), tmp_path, policy) as sink:
        assert await sink.put([admitted("a", 0, REFUSED)]) is Stored.SPOOL
        async with asyncio.timeout(PATIENCE_SEC):
            while NAME not in sink.status().why:  # noqa: ASYNC110 - what it waits for is being tested
                await asyncio.sleep(0.001)
        assert (sink.status().spooled, sink.status().set_aside) == (1, 0)


async def test_a_put_that_cannot_be_stored_takes_no_other_with_it(tmp_path: Path) -> None:
    """Text that has no bytes gets no further than its own caller, who is never left without an answer."""
    broker = ModelBroker()
    broker.is_away = True
    async with opened(broker, tmp_path) as sink:
        puts = [[admitted("a", 0)], [admitted("\ud800", 1)], [admitted("a", 2)]]
        answers = await asyncio.gather(*map(sink.put, puts))
        assert [type(answer) for answer in answers] == [Stored, Full, Stored]
        assert sink.status().spooled == 2


async def test_a_caller_that_has_gone_disturbs_nobody(tmp_path: Path) -> None:
    """Its touchpoint may arrive; others get their answers."""
    async with opened(ModelBroker(), tmp_path) as sink:
        gone = asyncio.create_task(sink.put([admitted("a", 0)]))
        await asyncio.sleep(0)
        gone.cancel()
        assert await sink.put([admitted("a", 1)]) is Stored.BROKER
        assert sink.status().waiting == 0


async def test_a_stop_stores_what_waits_and_takes_no_more(tmp_path: Path) -> None:
    """Every caller has an answer when it is over."""
    async with opened(ModelBroker(), tmp_path) as sink:
        waiting = [asyncio.create_task(sink.put([admitted("a", number)])) for number in range(5)]
        await asyncio.sleep(0)
        await sink.close()
        assert await asyncio.gather(*waiting) == [Stored.BROKER] * 5
        assert isinstance(await sink.put([admitted("a", 9)]), Full)


async def test_each_put_is_noted_with_its_time(tmp_path: Path) -> None:
    """Metrics learn where touchpoints went and how long their callers waited."""
    noted: list[tuple[Stored | Full, int, float]] = []

    def note(answer: Stored | Full, count: int, seconds: float) -> None:
        noted.append((answer, count, seconds))

    async with opened(ModelBroker(), tmp_path, note=note) as sink:
        await sink.put([admitted("a", 0), admitted("a", 1)])
    ((answer, count, seconds),) = noted
    assert (answer, count) == (Stored.BROKER, 2)
    assert 0 < seconds < 5


@pytest.mark.parametrize("seed", range(60))
async def test_whatever_happens_nothing_answered_is_lost_or_out_of_order(tmp_path: Path, seed: int) -> None:
    """Against a broker that fails anywhere, over crashes at any moment and a spool that is often full."""
    chance = random.Random(seed)
    broker = ModelBroker(seed, trouble=0.15)
    policy = Policy(linger_sec=0, retry_sec=0, segment_bytes=500, spool_bytes=chance.choice([1_500, 1 << 20]))
    promised: dict[str, list[str]] = {key: [] for key in "abcdefg"}
    numbers = dict.fromkeys(promised, 0)

    async def customer(sink: SafeSink, key: str) -> None:
        for _ in range(12):
            batch = []
            for _ in range(chance.randint(1, 4)):
                numbers[key] += 1
                large = chance.random() < 0.01
                batch.append(admitted(key, numbers[key], REFUSED if large else b""))
            if isinstance(await sink.put(batch), Stored):
                promised[key] += [one.touchpoint.id for one in batch if not one.touchpoint.data]
            await asyncio.sleep(0)

    for _ in range(3):
        async with opened(broker, tmp_path, policy, crash=True) as sink:
            crowd = [asyncio.create_task(customer(sink, key)) for key in promised]
            await asyncio.wait(crowd, timeout=chance.choice([0.001, 0.005, 0.05, 0.2]))
            for one in crowd:
                one.cancel()
            await asyncio.gather(*crowd, return_exceptions=True)
    broker.trouble = 0.0
    async with opened(broker, tmp_path, policy) as sink:
        await at(sink, State.BROKER)
    for key, ids in promised.items():
        wanted = set(ids)
        assert [each for each in broker.seen(key) if each in wanted] == ids
