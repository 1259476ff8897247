"""A touchpoint arrives at a journey: in order, late, before the floor, again, or too many."""

from itertools import permutations
from typing import Final

import msgspec
import pytest

from streams.alerts.alert import Alert
from streams.journeys import arrival, tail
from streams.journeys.arrival import Arrival, arrive, refold, watch
from streams.journeys.journey import Journey, encode_state
from streams.journeys.limits import Limits
from streams.rules.compile import Plan, compile_rules
from streams.rules.model import Broken, By, Count, Selector
from streams.testing.journeys import MINUTE_MS, SHOP, Harness, at, partition, rfc3339, rule, touchpoint
from streams.touchpoints.touchpoint import Touchpoint

LIMITS: Final = Limits(flood_per_hour=5)
FAILED: Final = Selector(("payment.failed",))
FAILING: Final = rule(
    "failing", Count(FAILED, 2, 10 * MINUTE_MS), recovers_on=(Selector(("order.completed",)),), expires_ms=1 << 40
)
LATE: Final = rule(
    "late", Broken("delivery"), by=By.SUBJECT, recovers_on=(Selector(("shipment.delivered",)),), expires_ms=1 << 40
)


@pytest.fixture
def plan() -> Plan:
    """Two rules over the small vocabulary."""
    return compile_rules([FAILING, LATE], SHOP, LIMITS)


def take(journey: Journey, plan: Plan, *touchpoints: Touchpoint) -> list[Arrival]:
    """Return how each arrived."""
    return [arrive(journey, one, plan, LIMITS, watch(LIMITS, plan)) for one in touchpoints]


def ids(journey: Journey) -> list[str]:
    """Return the ids in the tail, in its order."""
    return [one.id for one in tail.unpack(journey.tail, journey.names, journey.customer)]


def test_touchpoints_in_order_extend_head_and_tail_at_once(plan: Plan) -> None:
    """In order, the head is the fold of the tail at any time."""
    journey = Journey("c1")
    assert take(journey, plan, touchpoint("page.viewed", 0), touchpoint("page.viewed", 1)) == [Arrival.IN_ORDER] * 2
    assert (journey.state.count, journey.entries, journey.stale) == (2, 2, False)
    assert ids(journey) == ["page.viewed@0", "page.viewed@1"]


def test_touchpoints_of_the_same_time_are_ordered_by_source_and_id(plan: Plan) -> None:
    """A tie is in order only if it sorts behind the others of its time."""
    journey = Journey("c1")
    tied = [touchpoint("page.viewed", 0, identity=name) for name in "bca"]
    assert take(journey, plan, *tied) == [Arrival.IN_ORDER, Arrival.IN_ORDER, Arrival.LATE]
    refold(journey, plan, LIMITS, 0)
    assert ids(journey) == ["a", "b", "c"]


def test_a_late_touchpoint_leaves_the_head_stale_until_it_is_folded_again(plan: Plan) -> None:
    """However many are late, the tail is sorted and folded once, and is the same as if all had come in order."""
    late, ordered = Journey("c1"), Journey("c1")
    minutes = (5, 1, 9, 3, 7)
    how = take(late, plan, *(touchpoint("payment.failed", minute) for minute in minutes))
    assert how == [Arrival.IN_ORDER, *[Arrival.LATE] * 4]
    assert late.stale
    refold(late, plan, LIMITS, 0)
    take(ordered, plan, *(touchpoint("payment.failed", minute) for minute in sorted(minutes)))
    assert encode_state(late.state) == encode_state(ordered.state)
    assert (late.stale, ids(late)) == (False, ids(ordered))


def test_a_touchpoint_at_exactly_the_due_time_counts_before_the_deadline(plan: Plan) -> None:
    """Delivered in the minute that was promised is delivered in time, whether or not the deadline has fired."""
    for looked_first in (False, True):
        owner = Harness(partition([LATE]))
        owner.feed(touchpoint("order.completed", 0, subject="order:1", promised_at=rfc3339(60)))
        if looked_first:
            owner.advance(at(60))
        owner.feed(touchpoint("shipment.delivered", 60, subject="order:1"))
        owner.advance(at(600))
        assert owner.standing() == []


def test_a_touchpoint_after_the_last_but_before_a_fired_deadline_is_late(plan: Plan) -> None:
    """Time had passed it already."""
    journey = Journey("c1")
    take(journey, plan, touchpoint("order.completed", 0, subject="order:1", promised_at=rfc3339(60)))
    arrival.pass_time(journey, at(61), plan, LIMITS)
    assert take(journey, plan, touchpoint("page.viewed", 30)) == [Arrival.LATE]


def test_of_two_bodies_with_one_identity_the_smaller_stands_in_either_order(plan: Plan) -> None:
    """Source and id name a touchpoint; when its bodies differ, (time, content) decides and not who came first."""
    bodies = [
        touchpoint("page.viewed", 7, identity="x"),
        touchpoint("payment.failed", 3, identity="x"),
        touchpoint("payment.failed", 3, identity="x", amount=5),
    ]
    for order in permutations(bodies):
        journey = Journey("c1")
        take(journey, plan, *order, touchpoint("page.viewed", 9))
        refold(journey, plan, LIMITS, 0)
        standing = list(tail.unpack(journey.tail, journey.names, journey.customer))
        assert standing == [bodies[1], touchpoint("page.viewed", 9)]
        assert journey.entries == journey.state.count == 2


def test_the_same_body_again_changes_nothing(plan: Plan) -> None:
    """A producer that repeats itself costs a look."""
    journey = Journey("c1")
    take(journey, plan, touchpoint("page.viewed", 0))
    before = (encode_state(journey.state), bytes(journey.tail), list(journey.names.names))
    assert take(journey, plan, touchpoint("page.viewed", 0)) == [Arrival.DUPLICATE]
    assert (encode_state(journey.state), bytes(journey.tail), journey.names.names) == before


def test_an_identity_that_lies_inside_some_data_is_no_duplicate(plan: Plan) -> None:
    """The byte search finds it; the look at the entries does not."""
    journey = Journey("c1")
    journey.seen = (1 << 256) - 1  # as if other touchpoints had set every bit
    inside = tail.pack(
        touchpoint("page.viewed", 1, identity="x"), tail.Names(msgspec.msgpack.encode(["page.viewed", "", "//test"]))
    )[1]
    carrier = msgspec.structs.replace(touchpoint("page.viewed", 0), data=b'{"text":"' + inside + b'"}')
    assert take(journey, plan, carrier, touchpoint("page.viewed", 1, identity="x")) == [Arrival.IN_ORDER] * 2


def test_bodies_that_do_not_stand_leave_no_names_behind(plan: Plan) -> None:
    """A source that repeats one id with a hundred thousand subjects stops nobody's journey."""
    journey = Journey("c1")
    take(journey, plan, touchpoint("page.viewed", 0, identity="x", subject=""))
    for number in range(100_000):
        take(journey, plan, touchpoint("page.viewed", 0, identity="x", subject=f"order:{number}"))
    assert len(journey.names.names) < 100
    assert ids(journey) == ["x"]


def test_a_flooding_customer_is_only_counted(plan: Plan) -> None:
    """Above the bound of the hour nothing is kept; the next hour is folded again."""
    journey = Journey("c1")
    how = take(journey, plan, *(touchpoint("page.viewed", minute) for minute in (*range(7), 61)))
    assert how == [*[Arrival.IN_ORDER] * 5, *[Arrival.FLOODED] * 2, Arrival.IN_ORDER]
    assert (journey.entries, journey.flooded) == (6, 2)


def test_a_flooding_customer_is_said_once() -> None:
    """One alert a day tells operations which customer it is."""
    owner = Harness(partition([], limits=LIMITS))
    owner.feed(*(touchpoint("page.viewed", minute / 10) for minute in range(900)))
    assert [(alert.rule, alert.evidence[0].value) for alert in owner.alerts] == [("customer-flooding", 5)]


LATENESS: Final = Limits(lateness_ms=60 * MINUTE_MS, compact_entries=4, context_entries=3)


def behind_the_floor(*late: Touchpoint) -> list[Alert]:
    """Return what is said, beyond what stood, of touchpoints that arrive when the floor is at minute 120.

    Order 1 was promised for minute 60 and order 2 for minute 150; payments failed at minutes 100 and 101.
    """
    owner = Harness(partition([FAILING, LATE], limits=LATENESS))
    owner.feed(touchpoint("order.completed", 0, subject="order:1", promised_at=rfc3339(60)))
    owner.feed(touchpoint("order.completed", 1, subject="order:2", promised_at=rfc3339(150)))
    owner.feed(touchpoint("payment.failed", 100), touchpoint("payment.failed", 101))
    owner.advance(at(180))
    owner.feed(touchpoint("page.viewed", 170))
    assert {(alert.rule, alert.subject) for alert in owner.standing()} == {
        ("failing", ""), ("late", "order:1"), ("late", "order:2"),
    }  # fmt: skip
    view = owner.partition.journey(b"c1")
    assert view is not None
    assert view.floor == at(120)
    said = len(owner.alerts)
    owner.feed(*late)
    assert owner.partition.counters.before_floor == len(late)
    owner.advance(at(10_000))
    return owner.alerts[said:]


def told(alerts: list[Alert]) -> list[tuple[str, str, str]]:
    """Return rule, subject and status of each alert."""
    return [(alert.rule, alert.subject, alert.status.value) for alert in alerts]


def test_before_the_floor_a_touchpoint_opens_nothing() -> None:
    """Two more failed payments of long ago are no alert, nor is an order whose delivery was due since."""
    assert behind_the_floor(touchpoint("payment.failed", 30), touchpoint("payment.failed", 31)) == []
    late = touchpoint("order.completed", 30, subject="order:3", promised_at=rfc3339(500))
    assert told(behind_the_floor(late)) == []


def test_before_the_floor_a_touchpoint_recovers_what_was_open_at_the_floor() -> None:
    """The customer did pay after all; we hear of it two hours later."""
    alerts = behind_the_floor(touchpoint("order.completed", 110))
    assert told(alerts) == [("failing", "", "recovered")]
    assert alerts[0].ended_at == at(110)
    assert [recent.id for recent in alerts[0].recent][-1] == "page.viewed@170"


def test_before_the_floor_a_delivery_recovers_the_promise_that_broke_meanwhile() -> None:
    """It was delivered late, and the message of it was later still."""
    alerts = behind_the_floor(touchpoint("shipment.delivered", 70, subject="order:1"))
    assert told(alerts) == [("late", "order:1", "recovered"), ("late", "order:2", "firing")]
    assert [promise.subject for promise in alerts[1].promises] == ["order:2"]  # it had shown both before


def test_before_the_floor_a_delivery_in_time_takes_back_what_was_due_after_the_floor() -> None:
    """Delivered at 110, promised for 150, heard of at 180: it never was late."""
    alerts = behind_the_floor(touchpoint("shipment.delivered", 110, subject="order:2"))
    assert told(alerts) == [("late", "order:2", "retracted")]


def test_what_was_closed_before_the_floor_stays_closed_when_the_tail_is_folded_again() -> None:
    """A late touchpoint after the floor folds the tail again from the snapshot, which knows of the closing."""
    alerts = behind_the_floor(touchpoint("order.completed", 110))
    owner = Harness(partition([FAILING, LATE], limits=LATENESS))
    assert told(alerts) == [("failing", "", "recovered")]
    owner.feed(touchpoint("payment.failed", 0), touchpoint("payment.failed", 1), touchpoint("page.viewed", 2))
    owner.advance(at(180))
    owner.feed(touchpoint("page.viewed", 170))
    owner.feed(touchpoint("order.completed", 50))
    owner.feed(touchpoint("page.viewed", 165))
    owner.advance(at(10_000))
    assert told(owner.alerts) == [("failing", "", "firing"), ("failing", "", "recovered")]
