"""What becomes durable, and in which order (laws L1 to L3)."""

import asyncio
from collections.abc import AsyncIterator

import pytest

from streams.alerts.partition import Partition
from streams.rules.compile import compile_rules
from streams.rules.model import Count, Selector, Severity
from streams.testing.fences import ManualFence
from streams.testing.journeys import SHOP, partition, rule, touchpoint
from streams.worker.effects import STEP, Effects
from streams.worker.fence import FenceLost
from streams.worker.signals import Signals

CHANGELOG, ALERTS, RECOVERY = "changelog", "alerts", "recovery"
TWICE = rule("twice", Count(Selector(types=("payment.failed",)), at_least=2, within_ms=3_600_000))


class Subject:
    """Effects over a real partition and a fence that is moved by hand."""

    def __init__(self, *, acknowledges: bool = True, hold_from: Severity | None = None) -> None:
        self.core = Partition(0, compile_rules([TWICE], SHOP), hold_from=hold_from)
        self.fence = ManualFence(acknowledges=acknowledges)
        self.effects = Effects(
            self.core,
            self.fence,  # type: ignore[arg-type] # a double
            0,
            changelog=CHANGELOG,
            alerts=ALERTS,
            recovery=RECOVERY,
            encode_alert=lambda alert: f"{alert.rule}/{alert.revision}".encode(),
            signals=Signals(),
        )
        self.speaker = asyncio.create_task(self.effects.speak())
        self._offset = 0

    def fail(self, customer: str, times: int) -> None:
        """Fold so many failed payments of a customer."""
        for _ in range(times):
            one = touchpoint("payment.failed", self._offset, identity=str(self._offset), customer=customer)
            self.core.fold(0, [(self._offset, customer.encode(), one)], 0)
            self._offset += 1
        self.effects.alert()


@pytest.fixture
async def subject() -> AsyncIterator[Subject]:
    """Effects that are acknowledged at once."""
    one = Subject()
    yield one
    one.speaker.cancel()


@pytest.fixture
async def slow() -> AsyncIterator[Subject]:
    """Effects whose acknowledgements are given by hand."""
    one = Subject(acknowledges=False)
    yield one
    one.speaker.cancel()


async def turns(count: int = 20) -> None:
    """Let everything run that can."""
    for _ in range(count):
        await asyncio.sleep(0)


async def test_alert_waits_for_its_journey(slow: Subject) -> None:
    """No alert leaves before the journey that remembers it is acknowledged (L2)."""
    slow.fail("c1", 2)
    await turns()
    assert [key for key, _ in slow.fence.of(CHANGELOG)] == [b"c1"]
    assert slow.fence.of(ALERTS) == []
    slow.fence.acknowledge(CHANGELOG)
    await turns()
    assert [value for _, value in slow.fence.of(ALERTS)] == [b"twice/1"]


async def test_outbox_is_kept_until_the_alert_is_acknowledged(slow: Subject) -> None:
    """The journey owes the alert until the broker has it (L3), and no longer."""
    slow.fail("c1", 2)
    await turns()
    slow.fence.acknowledge(CHANGELOG)
    await turns()
    assert len(slow.core.outbox(b"c1")) == 1
    slow.fence.acknowledge(ALERTS)
    await turns()
    assert slow.core.outbox(b"c1") == []
    assert b"c1" in slow.core.take_dirty()


async def test_written_journey_holds_the_outbox(slow: Subject) -> None:
    """What is written before the alert is sent restores the debt."""
    slow.fail("c1", 2)
    await turns()
    restored = partition([TWICE])
    restored.restore(slow.fence.of(CHANGELOG))  # type: ignore[arg-type] # no key is missing
    restored.start()
    assert restored.take_alerting() == [b"c1"]
    assert [alert.rule for alert in restored.outbox(b"c1")] == ["twice"]


async def test_spoken_waits_for_all_that_alerted(slow: Subject) -> None:
    """A flush can wait until every alert from before it is acknowledged."""
    slow.fail("c1", 2)
    spoken = asyncio.create_task(slow.effects.spoken())
    await turns()
    slow.fence.acknowledge(CHANGELOG)
    await turns()
    assert not spoken.done()
    slow.fence.acknowledge(ALERTS)
    await turns()
    assert spoken.done()


async def test_owed_alerts_come_first(subject: Subject) -> None:
    """What was read back with a debt is said as if it had just alerted."""
    subject.fail("c1", 2)
    await subject.effects.spoken()
    one = Subject()
    one.core.restore(subject.fence.of(CHANGELOG)[:1])  # type: ignore[arg-type] # no key is missing
    one.core.start()
    one.effects.alert(one.core.take_alerting())
    await one.effects.spoken()
    assert [value for _, value in one.fence.of(ALERTS)] == [b"twice/1"]
    one.speaker.cancel()


async def test_newer_state_never_comes_before_older(subject: Subject) -> None:
    """However flushes and alerts interleave, the last record of a journey on the changelog is its newest."""
    for number in range(30):
        subject.fail(f"c{number % 5}", 1)
    flush = asyncio.create_task(subject.effects.journeys(subject.core.take_dirty()))
    for number in range(30):
        subject.fail(f"c{number % 5}", 1)
        await asyncio.sleep(0)
    await flush
    await subject.effects.spoken()
    await subject.effects.journeys(subject.core.take_dirty())
    last = dict(subject.fence.of(CHANGELOG))
    assert last == {key: subject.core.value(key) for key in subject.core.customers()}


async def test_alert_goes_before_the_rest_of_a_flush(subject: Subject) -> None:
    """What alerts waits for one step of a long flush, whose rest follows and is whole."""
    for number in range(6 * STEP):
        subject.fail(f"c{number}", 1)
    flush = asyncio.create_task(subject.effects.journeys(subject.core.take_dirty()))
    await turns(1)
    subject.fail("alerting", 2)
    assert await flush == 6 * STEP
    await subject.effects.spoken()
    keys = [key for key, _ in subject.fence.of(CHANGELOG)]
    assert keys.index(b"alerting") <= 2 * STEP
    assert {f"c{number}".encode() for number in range(6 * STEP)} <= set(keys)


async def test_tombstones_are_written(subject: Subject) -> None:
    """A journey that is gone is a record without a value."""
    await subject.effects.journeys([b"never-was"])
    assert subject.fence.of(CHANGELOG) == [(b"never-was", None)]


async def test_claim_goes_to_both_fenced_partitions(subject: Subject) -> None:
    """A claim stands behind everything before it, on the changelog and on the alerts, and says where."""
    await subject.effects.journeys([b"a", b"b"])
    assert await subject.effects.claim(b"\x00claim", b"x") == (2, 0)


async def test_remembers_how_far_alerts_went(subject: Subject) -> None:
    """The end of what was said is known once it is acknowledged."""
    subject.fail("c1", 2)
    subject.fail("c2", 2)
    await subject.effects.spoken()
    assert subject.effects.alerts_end == 2


async def test_lost_fence_ends_the_speaker(slow: Subject) -> None:
    """Once the broker refuses, nothing is said, nothing is forgotten, and whoever waits is told."""
    slow.fail("c1", 2)
    spoken = asyncio.create_task(slow.effects.spoken())
    await turns()
    slow.fence.lose()
    await turns()
    with pytest.raises(FenceLost):
        slow.speaker.result()
    with pytest.raises(FenceLost):
        await spoken
    with pytest.raises(FenceLost):
        await slow.effects.spoken()
    assert slow.fence.of(ALERTS) == []
    assert len(slow.core.outbox(b"c1")) == 1


async def test_holds_are_said_after_their_journey_and_kept_until_acknowledged() -> None:
    """With the alerts, on the topic of recovery, under the customer's key (L2, L3)."""
    one = Subject(acknowledges=False, hold_from=Severity.MEDIUM)
    one.fail("c1", 2)
    await turns()
    assert one.fence.of(RECOVERY) == []
    one.fence.acknowledge(CHANGELOG)
    await turns()
    assert [key for key, _ in one.fence.of(RECOVERY)] == [b"c1"]
    one.fence.acknowledge(ALERTS)
    await turns()
    assert len(one.core.outbox(b"c1")) == len(one.core.holds(b"c1")) == 1
    one.fence.acknowledge(RECOVERY)
    await turns()
    assert one.core.outbox(b"c1") == []
    assert one.core.holds(b"c1") == []
    one.speaker.cancel()
