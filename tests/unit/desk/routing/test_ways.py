"""What a decision does to groups, and what a way is at a later time."""

import msgspec

from streams.desk.routing.grouping import GroupState, Join, Leave, Pace, Telling
from streams.desk.routing.oncall import Shift, rota
from streams.desk.routing.policy import Policy
from streams.desk.routing.quiet import Urgency
from streams.desk.routing.reasons import Kind, Reason
from streams.desk.routing.receivers import Receiver
from streams.desk.routing.tree import Route
from streams.desk.routing.ways import Move, Way, advance, again, moves
from streams.touchpoints.calendar import NEVER, Calendar

PACE = Pace(1, 2, 3)
DAY = Calendar("day", (0, 500), (100, NEVER), (0, 100), (), ())
POLICY = Policy(
    route=Route(name="root", receiver="front", group_wait_ms=7, active=("day",)),
    receivers={"chat": Receiver(name="chat", channels=()), "phone": Receiver(name="phone", channels=())},
    rotas={"front": rota("front", [Shift("phone", 500, 600)], fallback="chat", read_until=1_000)},
    calendars={"day": DAY},
)
FAST = msgspec.structs.replace(POLICY, route=msgspec.structs.replace(POLICY.route, group_interval_ms=1))


def way(group: str, kind: Kind, reason: Reason, held_until: int = 0) -> Way:
    """Return a way on the root."""
    return Way(
        route="root",
        path=("root",),
        team="support",
        urgency=Urgency.PAGE,
        to=("front",),
        receivers=("chat",),
        group=group,
        pace=PACE,
        kind=kind,
        reason=reason,
        held_until=held_until,
    )


def test_a_case_joins_what_is_told_and_leaves_the_rest() -> None:
    """A group that tells nobody for now is joined by none, and left by none."""
    found = (
        way("told", Kind.PAGE, Reason.AT_ONCE),
        way("held", Kind.QUEUE, Reason.MUTED, 9),
        way("held-new", Kind.QUEUE, Reason.MUTED, 9),
    )
    assert moves(found, Join("k1", "high", 5), frozenset({"held", "old"})) == (
        Move("told", Join("k1", "high", 5), found[0]),
        Move("held", Join("k1", "high", 5), found[1]),
        Move("old", Leave("k1")),
    )


def test_a_case_that_was_seen_stays_in_its_groups_as_seen() -> None:
    """And enters no new one."""
    found = (way("a", Kind.QUEUE, Reason.SEEN), way("b", Kind.QUEUE, Reason.SEEN))
    assert moves(found, Join("k1", "high", 5), frozenset({"a"})) == (
        Move("a", Join("k1", "high", 5, is_seen=True), found[0]),
    )


def test_a_case_with_no_way_leaves_every_group() -> None:
    """Closed, silenced, or in the digest."""
    assert moves((), Join("k1", ""), frozenset({"b", "a"})) == (Move("a", Leave("k1")), Move("b", Leave("k1")))


def test_a_way_is_asked_again_when_its_group_is_told() -> None:
    """Who is on call by then, whether the route is open, and its pace in the file of that time."""
    early = way("g", Kind.PAGE, Reason.AT_ONCE)
    closed = again(early, POLICY, 200)
    assert closed is not None
    assert (closed.kind, closed.held_until, closed.receivers, closed.pace.wait_ms) == (Kind.QUEUE, 500, ("phone",), 7)
    opened = again(closed, POLICY, 500)
    assert opened is not None
    assert (opened.kind, opened.held_until, opened.receivers) == (Kind.PAGE, 0, ("phone",))
    assert again(msgspec.structs.replace(early, route="gone"), POLICY, 200) is None


def test_quiet_hours_hold_back_the_end_of_a_group_too() -> None:
    """Nobody is woken to hear that it is over; they hear it when the route opens."""
    first = advance(way("g", Kind.PAGE, Reason.AT_ONCE), POLICY, GroupState(), Join("k1", "high"), 80)
    assert first is not None
    told = advance(first.way, POLICY, first.moved.state, None, 87)
    assert told is not None
    assert told.moved.notice is not None
    gone = advance(told.way, FAST, told.moved.state, Leave("k1"), 200)
    assert gone is not None
    assert (gone.moved.notice, gone.moved.due_at) == (None, 500)
    over = advance(gone.way, FAST, gone.moved.state, None, 500)
    assert over is not None
    assert over.moved.notice is not None
    assert over.moved.notice.telling is Telling.OVER
    gone_route = msgspec.structs.replace(over.way, route="gone")
    assert advance(gone_route, POLICY, GroupState(), None, 80) is None


def test_a_way_can_be_written_down() -> None:
    """Beside the state of its group."""
    one = way("g", Kind.QUEUE, Reason.MUTED, 9)
    assert msgspec.json.decode(msgspec.json.encode(one), type=Way) == one
