"""What counts as getting on, and what becomes of a stall once the broker was asked."""

import asyncio
from collections.abc import Callable
from types import SimpleNamespace
from typing import Any
from unittest.mock import create_autospec

import pytest
from aiokafka import TopicPartition

from streams.settings.lane import LaneSettings
from streams.worker import watchdog
from streams.worker.heartbeat import Heartbeat
from streams.worker.lane import Phase
from streams.worker.progress import Aspect
from streams.worker.watchdog import Ends, Stalled, Watchdog, works

NOW_MS = 1_000_000
LATE_MS = NOW_MS - 60_000
WEB = "web"
Change = Callable[[Any], object]


def lane(**fields: Any) -> Any:
    """Return a lane that has read and written everything."""
    one = SimpleNamespace(
        number=3,
        phase=Phase.READY,
        is_ready=True,
        term=1,
        applied=7,
        positions={WEB: 10},
        durable={WEB: 10},
        proofs={WEB: (10, 10, NOW_MS)},
        asking=None,
        rules=SimpleNamespace(is_turning=False),
        reader=SimpleNamespace(refused=[]),
        core=SimpleNamespace(dirty=0),
        fence=SimpleNamespace(acknowledged_at=5.0),
    )
    for name, value in fields.items():
        setattr(one, name, value)
    return one


def lanes(*owned: Any, **fields: Any) -> Any:
    """Return these lanes as a worker has them."""
    known = SimpleNamespace(
        lanes={one.number: one for one in owned},
        version=2,
        ticks=9,
        is_abandoned=False,
        app=SimpleNamespace(rebalancing=False),
        ready=lambda: [one for one in owned if one.is_ready],
        kit=SimpleNamespace(
            settings=LaneSettings(stall_sec=1),
            breaker=SimpleNamespace(is_holding=False),
            topics=SimpleNamespace(touchpoints={WEB: 0}, changelog="changelog"),
        ),
    )
    for name, value in fields.items():
        setattr(known, name, value)
    return known


def expected_of(known: Any) -> set[Aspect]:
    """Return what has to get on."""
    return {work.aspect for work in works(known, LATE_MS) if not work.is_over}


@pytest.mark.parametrize(
    ("fields", "expected"),
    [
        ({}, {Aspect.TICKING}),
        ({"proofs": {WEB: (10, 12, NOW_MS)}}, {Aspect.TICKING, Aspect.READING}),
        ({"proofs": {WEB: (12, 12, NOW_MS)}}, {Aspect.TICKING, Aspect.READING}),
        ({"proofs": {WEB: (10, 10, LATE_MS - 1)}}, {Aspect.TICKING, Aspect.READING}),
        ({"proofs": {}}, {Aspect.TICKING, Aspect.READING}),
        ({"proofs": {WEB: (10, 12, NOW_MS)}, "asking": object()}, {Aspect.TICKING}),
        ({"durable": {WEB: 9}}, {Aspect.TICKING, Aspect.WRITING}),
        ({"core": SimpleNamespace(dirty=1)}, {Aspect.TICKING, Aspect.WRITING}),
        ({"rules": SimpleNamespace(is_turning=True)}, {Aspect.TICKING, Aspect.WRITING}),
        ({"phase": Phase.CLAIMED, "is_ready": False}, {Aspect.OPENING}),
        ({"phase": Phase.RESTORED, "is_ready": False}, {Aspect.OPENING}),
        ({"phase": Phase.LOST, "is_ready": False}, {Aspect.OPENING}),
    ],
    ids=[
        "idle: deadlines are looked at",
        "records to read",
        "records fetched and not folded",
        "nobody knows whether there are any",
        "nobody has ever known",
        "waits for the schema registry",
        "folded and not durable",
        "changed and not written",
        "turns to other rules: that needs writes",
        "is read back",
        "is read back and does not fold",
        "was lost and is not claimed again",
    ],
)
def test_each_case_of_a_lane(fields: dict[str, Any], expected: set[Aspect]) -> None:
    """What a partition that stands so has to get on with."""
    assert expected_of(lanes(lane(**fields))) == expected


def test_held_dead_letters_are_waited_for() -> None:
    """The breaker decides about them in its own time; meanwhile nothing is read or becomes durable."""
    known = lanes(lane(durable={WEB: 9}, reader=SimpleNamespace(refused=[1]), proofs={WEB: (10, 12, NOW_MS)}))
    assert expected_of(known) == {Aspect.TICKING, Aspect.READING, Aspect.WRITING}
    known.kit.breaker.is_holding = True
    assert expected_of(known) == {Aspect.TICKING}


def test_nothing_but_joining_is_asked_of_who_rebalances() -> None:
    """Whatever its partitions have to do waits; that takes part in a group which never settles would not."""
    behind = lane(proofs={WEB: (10, 12, NOW_MS)}, durable={WEB: 9})
    assert expected_of(lanes(behind, app=SimpleNamespace(rebalancing=True))) == {Aspect.JOINING}
    assert expected_of(lanes(version=0)) == {Aspect.JOINING}


def test_who_owns_nothing_has_nothing_to_do() -> None:
    """More workers than partitions are no fault."""
    assert expected_of(lanes()) == set()


def test_a_tripped_breaker_ends_the_process_by_itself() -> None:
    """Nobody else needs to."""
    assert expected_of(lanes(lane(durable={WEB: 9}), is_abandoned=True)) == set()


def test_one_recovery_after_the_other_is_progress() -> None:
    """A partition that waits for its turn is not stuck as long as any is read back."""

    def standing(applied: int) -> object:
        shut = [lane(number=number, is_ready=False, phase=Phase.CLAIMED) for number in (1, 2)]
        shut[1].applied = applied
        return next(work.standing for work in works(lanes(*shut), LATE_MS) if work.aspect is Aspect.OPENING)

    assert standing(5) == standing(5)
    assert standing(5) != standing(6)


async def watched(known: Any, answer: Ends | None, monkeypatch: pytest.MonkeyPatch, until: Change) -> Watchdog:
    """Watch such lanes, with a broker that answers so, until something is so; return the watchdog, stopped."""
    monkeypatch.setattr(watchdog, "LOOK_SEC", 0.01)
    monkeypatch.setattr(watchdog, "ASK_SEC", 0.0)
    # A heart that hears nothing for a second ends its process, which is that of all tests; it has tests of its own.
    monkeypatch.setattr(watchdog, "Heartbeat", create_autospec(Heartbeat))
    known.kit.settings = LaneSettings(stall_sec=1, flush_sec=0.05)
    asked: list[set[TopicPartition]] = []

    async def ask(partitions: Any) -> Ends | None:
        asked.append(set(partitions))
        await asyncio.sleep(0)
        return answer

    ended: list[Stalled] = []
    dog = Watchdog(known, ask, ended.append)
    dog.start()
    try:
        async with asyncio.timeout(60):
            while not until(SimpleNamespace(dog=dog, ended=ended, asked=asked)):
                await asyncio.sleep(0.01)
                known.ticks += 1
    finally:
        dog.stop()
    assert len(ended) <= 1
    return dog


async def test_a_stall_ends_the_process_when_the_broker_answers(monkeypatch: pytest.MonkeyPatch) -> None:
    """It holds records, so the fault is here."""
    known = lanes(lane(proofs={WEB: (10, 12, NOW_MS)}))
    await watched(known, {TopicPartition(WEB, 3): 12}, monkeypatch, lambda seen: seen.ended)


async def test_what_the_broker_does_not_hold_is_no_stall(monkeypatch: pytest.MonkeyPatch) -> None:
    """An old answer said that there is more; there is not."""
    known = lanes(lane(proofs={WEB: (10, 12, NOW_MS)}))
    dog = await watched(known, {TopicPartition(WEB, 3): 10}, monkeypatch, lambda seen: len(seen.asked) == 2)
    assert dog.cut_off == frozenset()


async def test_who_is_cut_off_stays(monkeypatch: pytest.MonkeyPatch) -> None:
    """It says of which partitions, as long as it is so."""
    one = lane(proofs={WEB: (10, 12, NOW_MS)})
    dog = await watched(lanes(one), None, monkeypatch, lambda seen: seen.dog.cut_off == {3} and len(seen.asked) > 2)
    assert dog.spent >= 1
    again = lane(proofs={WEB: (10, 12, NOW_MS)})

    def moves(seen: Any) -> bool:
        if seen.dog.cut_off:
            again.positions = {WEB: 11}
        return bool(seen.asked) and not seen.dog.cut_off and again.positions[WEB] == 11

    await watched(lanes(again), None, monkeypatch, moves)
