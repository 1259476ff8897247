"""The floor moves forward: behind it the journey is one snapshot, and the record keeps its bounds (law L9)."""

from typing import Final

import pytest

from streams.alerts.alert import Status
from streams.alerts.partition import Partition
from streams.alerts.views import JourneyView
from streams.journeys.limits import Limits
from streams.rules.model import Absence, Broken, By, Count, Selector
from streams.testing.journeys import MINUTE_MS, Harness, at, partition, rfc3339, rule, touchpoint

LIMITS: Final = Limits(lateness_ms=60 * MINUTE_MS, compact_entries=4, context_entries=2, tail_entries=20)
FAILING: Final = rule("failing", Count(Selector(("payment.failed",)), 2, 10 * MINUTE_MS), expires_ms=30 * MINUTE_MS)
UNANSWERED: Final = rule(
    "unanswered",
    Absence(Selector(("message.received",)), Selector(("message.sent",)), 20 * MINUTE_MS),
    recovers_on=(Selector(("message.sent",)),),
)
LATE: Final = rule("late", Broken("delivery"), by=By.SUBJECT, recovers_on=(Selector(("shipment.delivered",)),))


def harness(limits: Limits = LIMITS) -> Harness:
    """Return the owner of a partition that watches payments, messages and deliveries."""
    return Harness(partition([FAILING, UNANSWERED, LATE], limits=limits))


def journey(core: Partition) -> JourneyView:
    """Return the one journey."""
    view = core.journey(b"c1")
    assert view is not None
    return view


def test_touchpoints_behind_the_horizon_leave_the_tail() -> None:
    """A few stay as context for alerts, without their data; the counters know them all."""
    owner = harness()
    owner.advance(at(200))
    owner.feed(*(touchpoint("page.viewed", minute, path="/") for minute in (0, 10, 20, 30, 150)))
    view = journey(owner.partition)
    assert [(one.id, one.data) for one in view.touchpoints] == [
        ("page.viewed@20", b""),
        ("page.viewed@30", b""),
        ("page.viewed@150", b'{"path":"/"}'),
    ]
    assert (view.floor, view.entries, view.state.count) == (at(140), 3, 5)


def test_the_floor_follows_the_clock_and_never_goes_back() -> None:
    """Touchpoints dated ahead, a clock that stands still, a tail over its bound: it only moves forward."""
    owner, floors = harness(), [0]
    for step in range(60):
        owner.feed(*(touchpoint("page.viewed", step * 10 + number, identity=f"{step}.{number}") for number in range(3)))
        if step % 7 == 0:
            owner.advance(at(step * 8))
        floors.append(journey(owner.partition).floor)
    assert floors == sorted(floors)
    assert owner.partition.counters.floor_jumps > 0
    assert journey(owner.partition).state.count == 180


def test_a_tail_over_its_number_of_touchpoints_makes_the_floor_jump() -> None:
    """Half of the bound stays; that the floor jumped ahead of the horizon is counted."""
    owner = harness()
    owner.feed(*(touchpoint("page.viewed", minute) for minute in range(21)))
    view = journey(owner.partition)
    assert (view.entries, view.floor) == (10 + LIMITS.context_entries, at(10))
    assert owner.partition.counters.floor_jumps == 1


def test_a_tail_over_its_bytes_makes_the_floor_jump() -> None:
    """Few touchpoints with much data are as heavy as many; the record stays small enough to be written."""
    owner = harness(Limits(tail_bytes=10_000))
    text = "x" * 9_000
    sizes = []
    for number in range(30):
        owner.feed(touchpoint("page.viewed", number, text=text))
        sizes.append(len(owner.partition.value(b"c1") or b""))
    assert max(sizes) < 12_000
    assert journey(owner.partition).state.count == 30


def test_a_floor_that_jumped_stays_where_it_is_until_the_horizon_has_caught_up() -> None:
    """Heavy touchpoints in a light context must not draw the floor back and be counted twice."""
    owner = harness(Limits(tail_bytes=4_000, compact_entries=4))
    for number in range(12):
        owner.feed(touchpoint("page.viewed", number))
    for number in range(12, 16):
        owner.feed(touchpoint("page.viewed", number, text="x" * 3_000))
    floor = journey(owner.partition).floor
    owner.feed(touchpoint("page.viewed", 17, text="x" * 3_000), touchpoint("page.viewed", 16.5))
    assert journey(owner.partition).floor >= floor
    assert journey(owner.partition).state.touchpoints[1] == journey(owner.partition).state.count == 18


def test_touchpoints_of_one_instant_can_all_leave_the_tail() -> None:
    """There is no later time to cut at; the floor is their time."""
    owner = harness()
    owner.feed(*(touchpoint("page.viewed", 0, identity=f"{number:03}") for number in range(50)))
    view = journey(owner.partition)
    assert view.entries <= LIMITS.tail_entries
    assert view.state.count + owner.partition.counters.before_floor == 50


def test_an_ended_episode_behind_the_floor_leaves_the_journey_and_the_ledger() -> None:
    """It can change no more; its alert stands for good, and the next one has another id."""
    owner = harness()
    owner.feed(touchpoint("payment.failed", 0), touchpoint("payment.failed", 1))
    owner.advance(at(400))
    owner.feed(*(touchpoint("page.viewed", minute) for minute in (300, 310, 320, 330)))
    assert journey(owner.partition).state.episodes == {}
    owner.feed(touchpoint("payment.failed", 380), touchpoint("payment.failed", 381), touchpoint("page.viewed", 350))
    assert sorted(alert.status for alert in owner.standing()) == [Status.EXPIRED, Status.FIRING]
    assert len(owner.alerts) == 3


def test_an_open_episode_survives_the_floor_and_can_still_recover() -> None:
    """The customer waits for days; the touchpoints behind it are gone, the trouble is not."""
    owner = harness()
    owner.feed(touchpoint("message.received", 0))
    owner.advance(at(5_000))
    owner.feed(*(touchpoint("page.viewed", 4_000 + minute) for minute in range(10)))
    owner.feed(touchpoint("message.sent", 4_990))
    assert [alert.status for alert in owner.alerts] == [Status.FIRING, Status.RECOVERED]


def test_an_episode_that_was_held_back_is_said_although_the_floor_jumped_over_it() -> None:
    """A backlog is read with the clock far behind: what ended before the new floor is said at its deadline."""
    owner = harness()
    owner.feed(touchpoint("order.completed", 0, subject="order:1", promised_at=rfc3339(10)))
    owner.feed(touchpoint("shipment.delivered", 12, subject="order:1"))
    owner.feed(*(touchpoint("page.viewed", 13 + number) for number in range(60)))
    assert journey(owner.partition).floor > at(12)
    assert owner.alerts == []
    owner.advance(at(100))
    assert [(alert.rule, alert.status) for alert in owner.alerts] == [("late", Status.RECOVERED)]


def test_a_deadline_between_the_last_covered_touchpoint_and_the_floor_is_part_of_the_snapshot() -> None:
    """What arrives late after it is folded on top of the broken promise, not before it."""
    owner = harness()
    owner.feed(touchpoint("order.completed", 0, subject="order:1", promised_at=rfc3339(50)))
    owner.feed(*(touchpoint("page.viewed", minute) for minute in (1, 2, 3, 110)))
    owner.advance(at(119))
    owner.feed(touchpoint("page.viewed", 112))
    assert journey(owner.partition).floor == at(59)
    owner.feed(touchpoint("shipment.delivered", 40, subject="order:1"))
    assert [alert.status for alert in owner.alerts] == [Status.FIRING, Status.RECOVERED]
    owner.feed(touchpoint("page.viewed", 111))
    assert [alert.status for alert in owner.alerts] == [Status.FIRING, Status.RECOVERED]


@pytest.mark.parametrize("number", [300, 3_000])
def test_many_late_touchpoints_in_one_batch_keep_the_bounds(number: int) -> None:
    """A backlog in reverse order neither grows without bound nor takes quadratic time."""
    owner = Harness(partition([FAILING], limits=Limits(flood_per_hour=100_000)))
    owner.feed(*(touchpoint("page.viewed", -minute / 100) for minute in range(number)))
    view = journey(owner.partition)
    assert view.entries <= 256
    assert view.state.count + owner.partition.counters.before_floor == number
