"""All journeys of a partition: replays, outbox, deadlines and memory; what its owner may rely on."""

from typing import Final

import pytest

from streams.alerts.partition import Partition
from streams.errors import CorruptError
from streams.journeys.limits import Limits
from streams.rules.model import Absence, Count, Seen, Selector
from streams.testing.journeys import MINUTE_MS, Harness, at, partition, rule, touchpoint
from streams.touchpoints.touchpoint import Touchpoint

RULES: Final = (
    rule("failing", Count(Selector(("payment.failed",)), 2, 10 * MINUTE_MS)),
    rule("unanswered", Absence(Selector(("message.received",)), Selector(("message.sent",)), 20 * MINUTE_MS)),
)


def fold(core: Partition, topic: int, offset: int, *touchpoints: Touchpoint) -> None:
    """Fold touchpoints of a topic, from this offset on."""
    core.fold(topic, [(offset + n, one.customer.encode(), one) for n, one in enumerate(touchpoints)], 0)


def recovered(core: Partition) -> Partition:
    """Return the partition as its successor restores it, from what was last written of each journey."""
    successor = partition(RULES, limits=core.limits)
    successor.restore([(key, core.value(key)) for key in core.customers()])
    successor.start()
    return successor


def failures(customer: str = "c1") -> list[Touchpoint]:
    """Return what makes an alert."""
    return [touchpoint("payment.failed", minute, customer=customer) for minute in (0, 1)]


def test_a_record_at_or_below_the_position_changes_nothing() -> None:
    """By topic, before and after a restart, and without decoding (law L4)."""
    core = partition(RULES)
    fold(core, 0, 5, *failures())
    fold(core, 3, 0, touchpoint("page.viewed", 2))
    for owner in (core, recovered(core)):
        before = owner.journey(b"c1")
        assert [owner.is_replay(b"c1", 0, offset) for offset in (0, 6, 7)] == [True, True, False]
        assert [owner.is_replay(b"c1", 3, 0), owner.is_replay(b"c1", 3, 1), owner.is_replay(b"c1", 9, 0)] == [
            True, False, False,
        ]  # fmt: skip
        assert not owner.is_replay(b"nobody", 0, 0)
    assert (core.taken, recovered(core).taken) == ({}, {0: 6, 3: 0})
    for owner in (core, recovered(core)):
        before = owner.journey(b"c1")
        fold(owner, 0, 5, *failures())
        assert owner.journey(b"c1") == before
        assert owner.counters.replayed == 2


def test_the_same_touchpoint_under_another_offset_counts_once() -> None:
    """A producer's retry: same source and id, same body, on any topic."""
    core = partition(RULES)
    fold(core, 0, 0, touchpoint("payment.failed", 0), touchpoint("payment.failed", 0))
    fold(core, 3, 0, touchpoint("payment.failed", 0))
    assert (core.counters.duplicate, core.take_alerting()) == (2, [])


def test_what_must_be_said_is_in_the_record_before_it_is_said() -> None:
    """The state first, then the alert; the successor of a worker that died in between says it (laws L2 and L3)."""
    core = partition(RULES)
    fold(core, 0, 0, *failures())
    assert core.take_alerting() == [b"c1"]
    assert core.take_alerting() == []
    said = core.outbox(b"c1")
    successor = recovered(core)
    assert successor.take_alerting() == [b"c1"]
    assert successor.outbox(b"c1") == said
    assert [(alert.rule, alert.revision) for alert in said] == [("failing", 1)]


def test_what_was_said_is_not_in_the_next_record() -> None:
    """Acknowledged alerts leave the outbox, which makes the journey dirty."""
    core = partition(RULES)
    fold(core, 0, 0, *failures())
    core.take_dirty()
    core.said(b"c1", core.outbox(b"c1"))
    assert core.outbox(b"c1") == []
    assert core.take_dirty() == [b"c1"]
    assert recovered(core).take_alerting() == []


def test_what_is_added_while_an_alert_is_on_its_way_is_said_next() -> None:
    """An acknowledgement covers what was sent and nothing else."""
    core = partition(RULES)
    fold(core, 0, 0, *failures())
    sent = core.outbox(b"c1")
    fold(core, 0, 2, touchpoint("payment.failed", 0.5))
    core.said(b"c1", sent)
    assert [alert.revision for alert in core.outbox(b"c1")] == [2]
    assert core.take_alerting() == [b"c1"]


def test_nobody_has_an_outbox_that_nobody_knows() -> None:
    """Neither is there anything to acknowledge."""
    core = partition(RULES)
    assert (core.outbox(b"c1"), core.journey(b"c1"), core.value(b"c1"), b"c1" in core) == ([], None, None, False)
    core.said(b"c1", [])
    assert len(core) == 0


def test_journeys_in_memory_are_bounded_and_the_rest_are_bytes() -> None:
    """Eviction writes nothing away: what stands is the same."""
    core = partition(RULES, limits=Limits(live_journeys=3))
    for number in range(20):
        fold(core, 0, number, touchpoint("payment.failed", 0, customer=f"c{number}"))
    assert len(core._live) <= 4
    assert len(core.store) >= 16
    assert len(core) == 20
    for number in range(20):
        fold(core, 0, 20 + number, touchpoint("payment.failed", 1, customer=f"c{number}"))
    assert len(core.take_alerting()) == 20
    assert len(core.take_dirty()) == 20
    records = [core.value(f"c{number}".encode()) for number in range(20)]
    assert core.store.bytes_held == sum(len(record or b"") for record in records)


def test_restore_takes_the_last_record_of_each_key_and_tombstones() -> None:
    """In the order of the changelog; nothing is decoded."""
    core = partition(RULES)
    fold(core, 0, 0, touchpoint("payment.failed", 0))
    first = core.value(b"c1")
    fold(core, 0, 1, touchpoint("payment.failed", 1))
    second = core.value(b"c1")
    successor = partition(RULES)
    successor.restore([(b"c1", first), (b"c2", first), (b"c1", second), (b"c2", None), (b"c3", None)])
    successor.start()
    assert successor.customers() == [b"c1"]
    assert successor.value(b"c1") == second
    assert successor.store.bytes_held == len(second or b"")


def test_a_corrupt_record_is_found_when_its_journey_is_needed() -> None:
    """With an error that tells the remedy."""
    core = partition(RULES)
    fold(core, 0, 0, *failures())
    record = bytearray(core.value(b"c1") or b"")
    record[60] ^= 1
    successor = partition(RULES)
    successor.restore([(b"c1", bytes(record))])
    successor.start()
    with pytest.raises(CorruptError, match="damaged"):
        fold(successor, 0, 9, touchpoint("page.viewed", 5))


def test_deadlines_fire_within_the_budget_and_in_their_order() -> None:
    """A tick looks at so many journeys; the next one goes on."""
    core = partition(RULES)
    for number in (3, 1, 2, 0):
        fold(core, 0, 4 - number, touchpoint("message.received", number, customer=f"c{number}"))
    assert core.next_due == at(20)
    raised = core.raised
    assert core.advance(at(30), 0, budget=3)
    assert [alert.customer for alert in raised] == ["c0", "c1", "c2"]
    assert not core.advance(at(30), 0, budget=3)
    assert [alert.customer for alert in raised] == ["c0", "c1", "c2", "c3"]
    assert (core.next_due or 0) > at(30)


def test_an_empty_partition_ticks_too() -> None:
    """Nothing is due."""
    core = partition(RULES)
    assert not core.advance(at(5), 0)
    assert (core.next_due, core.clock) == (None, at(5))


def test_the_clock_never_goes_back() -> None:
    """Whatever the owner says."""
    core = partition(RULES)
    core.advance(at(5), 0)
    core.advance(at(3), 0)
    assert core.clock == at(5)


def test_deadlines_survive_a_restart() -> None:
    """The heap is built from headers: silence speaks without any traffic (law L6)."""
    core = partition(RULES)
    fold(core, 0, 0, touchpoint("message.received", 0))
    successor = recovered(core)
    assert successor.next_due == at(20)
    successor.advance(at(20), 77)
    assert [(alert.rule, alert.detected_at) for alert in successor.outbox(b"c1")] == [("unanswered", 77)]


def test_the_heap_of_deadlines_does_not_grow_with_what_is_moved() -> None:
    """Old entries are thrown out when there are too many."""
    core = partition(RULES)
    for number in range(5_000):
        kind = "message.received" if number % 2 == 0 else "message.sent"
        fold(core, 0, number, touchpoint(kind, number / 10))
        if number % 500 == 0:
            core.advance(at(number / 10), 0)
    core.advance(at(500), 0)
    assert len(core.deadlines) <= 2 * len(core) + 1_000
    assert (core.next_due or 0) > at(500)


def test_in_a_replay_the_clock_follows_the_touchpoints() -> None:
    """Deadlines fire before the touchpoint that passes them, and are detected then."""
    core = partition(RULES)
    inputs = [touchpoint("message.received", 0), touchpoint("page.viewed", 60, customer="c2")]
    core.fold(0, [(n, one.customer.encode(), one) for n, one in enumerate(inputs)], 0, follow=True)
    assert core.clock == at(60) - 1
    assert [(alert.rule, alert.started_at, alert.detected_at) for alert in core.raised] == [
        ("unanswered", at(20), at(60) - 1),
    ]


def test_everything_is_counted() -> None:
    """How touchpoints arrived, for metrics."""
    owner = Harness(partition([rule("seen", Seen(Selector(("error.shown",))))], limits=Limits(flood_per_hour=4)))
    owner.feed(*(touchpoint("page.viewed", minute) for minute in (0, 5, 3, 3)))
    owner.feed(touchpoint("error.shown", 6), touchpoint("page.viewed", 7), touchpoint("page.viewed", 8))
    counters = owner.partition.counters
    assert (counters.touchpoints, counters.in_order, counters.late) == (7, 3, 1)
    assert (counters.duplicate, counters.flooded, counters.refolds, counters.alerts) == (1, 2, 1, 2)
