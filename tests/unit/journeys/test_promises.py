"""Promises: opened, moved, kept, cancelled or broken."""

from typing import Final

import pytest

from streams.journeys import promises
from streams.journeys.limits import Limits
from streams.journeys.state import Promise
from streams.testing.journeys import MINUTE_MS, Harness, at, partition, rfc3339, touchpoint
from streams.touchpoints.touchpoint import Touchpoint
from streams.touchpoints.vocabulary import Due

NOON: Final = touchpoint("order.completed", 180)


@pytest.mark.parametrize(
    ("due", "data", "expected"),
    [
        (Due("promised_at"), {"promised_at": "2026-01-05T13:00:00Z"}, at(240)),
        (Due("promised_at"), {"promised_at": "2026-01-05T13:00:00"}, at(240)),
        (Due("promised_at"), {"promised_at": "2026-01-05T14:00:00.5+01:00"}, at(240) + 500),
        (Due("promised_at"), {"promised_at": "2026-01-05T08:00:00Z"}, at(180)),
        (Due("promised_at"), {"promised_at": "soon"}, None),
        (Due("promised_at"), {}, None),
        (Due("promised_at", 60 * MINUTE_MS), {}, at(240)),
        (Due("promised_at", 60 * MINUTE_MS), {"promised_at": "2026-01-05T12:30:00Z"}, at(210)),
        (Due("", 60 * MINUTE_MS), {"promised_at": "2026-01-05T12:30:00Z"}, at(240)),
        (Due(), {}, None),
    ],
)
def test_when_a_promise_falls_due(due: Due, data: dict[str, object], expected: int | None) -> None:
    """The field where it is there, else the duration, else there is no promise; never before the touchpoint."""
    assert promises.due_of(due, NOON, data) == expected


def held(*history: Touchpoint, until: float = 0, limits: Limits | None = None) -> dict[str, Promise]:
    """Return the promises of the one customer at minute `until`."""
    owner = Harness(partition([], limits=limits))
    owner.feed(*history)
    owner.advance(at(until))
    view = owner.partition.journey(b"c1")
    assert view is not None
    return {name.replace("\x1f", " "): promise for name, promise in view.state.promises.items()}


def order(number: int, minute: float, due: float) -> Touchpoint:
    """Return an order with a promised delivery."""
    return touchpoint("order.completed", minute, subject=f"order:{number}", promised_at=rfc3339(due))


def test_promises_are_kept_apart_by_subject() -> None:
    """Or by customer alone, where the kind says so."""
    history = [order(1, 0, 60), order(2, 1, 70), touchpoint("shipment.delivered", 2, subject="order:1")]
    assert list(held(*history)) == ["delivery order:2"]
    asked = [touchpoint("message.received", 0, subject="a"), touchpoint("message.sent", 1, subject="b")]
    assert list(held(asked[0])) == ["reply "]
    assert held(*asked) == {}


def test_a_promise_with_a_time_of_its_own_replaces_the_one_before() -> None:
    """Ordered again under the same number, and promised anew."""
    assert held(order(1, 0, 60), order(1, 10, 90))["delivery order:1"].due == at(90)


def test_asking_again_does_not_put_the_answer_off() -> None:
    """Where the due time is a duration, the earliest stands."""
    again = [touchpoint("message.received", minute) for minute in (0, 30)]
    assert held(*again)["reply "].due == at(60)


def test_a_promise_is_moved_only_where_it_is_and_to_a_time_that_is_there() -> None:
    """It stays as old as it is, and broken is whole again."""
    delayed = touchpoint("shipment.delayed", 70, subject="order:1", promised_at=rfc3339(200))
    assert held(delayed) == {}
    broken = held(order(1, 0, 60), until=65)["delivery order:1"]
    assert broken.status == "broken"
    moved = held(order(1, 0, 60), delayed, until=80)["delivery order:1"]
    assert (moved.opened_at, moved.due, moved.status, moved.touchpoint) == (
        at(0),
        at(200),
        "open",
        "shipment.delayed@70",
    )
    silent = touchpoint("shipment.delayed", 30, subject="order:1")
    assert held(order(1, 0, 60), silent)["delivery order:1"].due == at(60)


def test_a_cancelled_promise_does_not_break() -> None:
    """Nobody waits for it."""
    assert held(order(1, 0, 60), touchpoint("order.cancelled", 5, subject="order:1"), until=99) == {}


def test_of_too_many_the_one_due_first_goes() -> None:
    """Broken ones before those that can still be kept."""
    limits = Limits(promises=3)
    many = [order(number, number, 100 - number) for number in range(5)]
    assert list(held(*many, limits=limits)) == ["delivery order:0", "delivery order:1", "delivery order:4"]


def test_what_closes_before_the_floor_closes_no_promise_that_is_younger() -> None:
    """Last month's delivery is not today's."""
    owner = Harness(partition([], limits=Limits(lateness_ms=60 * MINUTE_MS, compact_entries=2)))
    owner.feed(touchpoint("page.viewed", 0), order(1, 100, 500), touchpoint("page.viewed", 101))
    owner.advance(at(200))
    owner.feed(touchpoint("page.viewed", 190), touchpoint("page.viewed", 191))
    owner.feed(touchpoint("shipment.delivered", 50, subject="order:1"))
    view = owner.partition.journey(b"c1")
    assert view is not None
    assert view.floor > at(101)
    assert list(view.state.promises) == ["delivery\x1forder:1"]


def test_an_alert_shows_the_promises_due_first() -> None:
    """Ten at most."""
    owner = Harness(partition([], limits=Limits(promises=30)))
    owner.feed(*(order(number, number, 500 - number) for number in range(20)))
    view = owner.partition.journey(b"c1")
    assert view is not None
    assert [shown.subject for shown in promises.view(view.state)] == [f"order:{number}" for number in range(19, 9, -1)]


DELIVERED: Final = touchpoint("shipment.delivered", 30, subject="order:1")
CANCELLED: Final = touchpoint("order.cancelled", 30, subject="order:1")


def counted(*history: Touchpoint, until: float = 0, late: tuple[Touchpoint, ...] = ()) -> dict[str, int]:
    """Return what became of deliveries by minute `until`, and then by what arrived late."""
    owner = Harness(partition([]))
    owner.feed(*history)
    owner.advance(at(until))
    owner.feed(*late)
    found = owner.partition.figures.promises
    return {outcome: count for (kind, outcome), count in found.items() if kind == "delivery"}


@pytest.mark.parametrize(
    ("history", "until", "expected"),
    [
        ((order(1, 0, 60),), 50, {"made": 1}),
        ((order(1, 0, 60), DELIVERED), 70, {"made": 1, "kept": 1}),
        ((order(1, 0, 60), CANCELLED), 70, {"made": 1, "cancelled": 1}),
        ((order(1, 0, 60),), 70, {"made": 1, "broken": 1}),
        ((order(1, 0, 60), order(1, 10, 90), order(2, 20, 90)), 50, {"made": 2}),
        ((DELIVERED,), 70, {}),
    ],
)
def test_what_becomes_of_promises_is_counted(
    history: tuple[Touchpoint, ...], until: float, expected: dict[str, int]
) -> None:
    """Each once: what is promised anew is the same promise, what was not promised is not kept."""
    assert counted(*history, until=until) == expected


def test_a_promise_that_is_kept_too_late_is_broken_and_kept() -> None:
    """The customer got it in the end."""
    delivered = touchpoint("shipment.delivered", 80, subject="order:1")
    assert counted(order(1, 0, 60), until=70, late=(delivered,)) == {"made": 1, "broken": 1, "kept": 1}


@pytest.mark.parametrize(
    ("late", "expected"),
    [
        (touchpoint("page.viewed", 5), {"made": 1, "kept": 1}),
        (order(2, 5, 90), {"made": 2, "kept": 1}),
        (touchpoint("order.cancelled", 40, subject="order:1"), {"made": 1, "kept": 1}),
    ],
)
def test_a_late_touchpoint_counts_nothing_again(late: Touchpoint, expected: dict[str, int]) -> None:
    """The journey is folded again, and only what is new of its promises is told."""
    history = (order(1, 0, 60), DELIVERED, touchpoint("page.viewed", 50))
    assert counted(*history, until=50, late=(late, touchpoint("page.viewed", 45))) == expected


def test_what_arrives_late_corrects_what_was_told() -> None:
    """A delivery in time shows itself after the promise counted as broken; counters cannot take that back."""
    assert counted(order(1, 0, 60), until=70, late=(DELIVERED,)) == {"made": 1, "broken": 1, "kept": 1}
    assert counted(DELIVERED, until=50, late=(order(2, 5, 90),)) == {"made": 1}


def test_a_touchpoint_from_before_the_floor_keeps_a_promise() -> None:
    """It counts once, though the journey is folded again upon it."""
    limits = Limits(lateness_ms=10 * MINUTE_MS, compact_entries=4)
    owner = Harness(partition([], limits=limits))
    owner.feed(order(1, 0, 600), *(touchpoint("page.viewed", minute) for minute in range(10, 60, 5)))
    owner.advance(at(60))
    owner.feed(touchpoint("page.viewed", 60))
    view = owner.partition.journey(b"c1")
    assert view is not None
    assert view.floor > at(30)
    owner.feed(DELIVERED, touchpoint("page.viewed", 61))
    assert owner.partition.figures.promises["delivery", "kept"] == 1
