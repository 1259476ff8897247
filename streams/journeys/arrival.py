"""A touchpoint arrives at a journey: in order, late, before the floor, again, or too many.

In order it extends the head and the tail in constant time. Late but after the floor it joins the tail and the journey
is marked stale: `refold` sorts the tail and folds it again from the snapshot, once however many were late. Before the
floor it may only close what the snapshot holds open, and the tail is folded again on top of that. So the head is always
the fold of snapshot and tail, and any order of arrival within the lateness horizon ends with the same head (law L5).
"""

from enum import StrEnum
from typing import Final

from streams.journeys import fold, promises, tail
from streams.journeys.changes import Changes
from streams.journeys.folded import State
from streams.journeys.journey import Journey, decode_state, encode_state
from streams.journeys.limits import Limits
from streams.journeys.plan import Plan
from streams.journeys.state import Glimpse
from streams.journeys.windows import TOUCHPOINTS
from streams.touchpoints.touchpoint import Touchpoint


class Arrival(StrEnum):
    """How a touchpoint arrived; also a metric label."""

    IN_ORDER = "in_order"
    LATE = "late"
    BEFORE_FLOOR = "before_floor"
    DUPLICATE = "duplicate"
    FLOODED = "flooded"


IN_ORDER: Final = Arrival.IN_ORDER  # members are looked up through a descriptor: once is enough
_NAMES_PER_ENTRY: Final = 3  # type, source, subject; more names than that were left by touchpoints that did not stay
_SPARE_ENTRIES: Final = 16


def arrive(journey: Journey, touchpoint: Touchpoint, plan: Plan, limits: Limits, changes: Changes) -> Arrival:
    """Take a touchpoint in; `changes` gets what an in-order one changed (a stale journey: nothing yet).

    `changes` looks at a journey: make it with `watch(limits, plan)`.
    """
    changes.at = journey
    time, state = touchpoint.time, journey.state
    if time <= journey.floor:
        _close(journey, touchpoint, plan, limits, changes)
        return Arrival.BEFORE_FLOOR
    if is_flooding(state, time, limits):
        journey.flooded += 1
        return Arrival.FLOODED
    entry, identity = tail.pack(touchpoint, journey.names)
    bit, seen = tail.bit_of(identity), journey.seen
    if seen < 0:
        seen = journey.seen = tail.bits(journey.tail)
    if seen & bit and (standing := tail.find(journey.tail, identity)) >= 0:
        return _again(journey, touchpoint, entry, standing)
    journey.seen = seen | bit
    journey.entries += 1
    if not journey.stale and time > state.fired and (time > state.last or _is_last(journey, touchpoint)):
        if state.due < time:
            fold.advance(state, time - 1, plan, changes)
        journey.tail += entry
        fold.apply(state, touchpoint, plan, changes)
        return IN_ORDER
    journey.tail += entry
    journey.stale = True
    return Arrival.LATE


def refold(journey: Journey, plan: Plan, limits: Limits, clock: int) -> Changes:
    """Sort the tail, fold it again from the snapshot and let time pass to `clock`; return what changed on the way."""
    touchpoints = sorted(tail.unpack(journey.tail, journey.names, journey.customer), key=tail.order)
    journey.repack(touchpoints)
    state, changes = decode_state(journey.snapshot), Changes(glimpses, plan.borders)
    replay(state, touchpoints, journey.floor, plan, limits, changes)
    changes.at = touchpoints[-limits.context_entries :]
    fold.advance(state, clock, plan, changes)
    changes.promises = promises.revised(journey.state.promises, state.promises, changes.promises)
    journey.state, journey.stale = state, False
    return changes


def replay(
    state: State, touchpoints: list[Touchpoint], floor: int, plan: Plan, limits: Limits, changes: Changes
) -> None:
    """Fold the touchpoints after `floor` into the state, the deadlines between them too."""
    for number, touchpoint in enumerate(touchpoints):
        if touchpoint.time <= floor:
            continue
        if state.due < touchpoint.time:
            changes.at = touchpoints[max(0, number - limits.context_entries) : number]
            fold.advance(state, touchpoint.time - 1, plan, changes)
        changes.at = touchpoints[max(0, number - limits.context_entries + 1) : number + 1]
        fold.apply(state, touchpoint, plan, changes)


def pass_time(journey: Journey, clock: int, plan: Plan, limits: Limits) -> Changes:
    """Fire what is due at or before `clock` on a journey that is not stale."""
    changes = watch(limits, plan)
    changes.at = journey
    fold.advance(journey.state, clock, plan, changes)
    return changes


def watch(limits: Limits, plan: Plan, before: Changes | None = None) -> Changes:
    """Return changes that see the recent touchpoints of the journey they are at; of episodes none, of promises all."""
    changes = Changes(lambda journey: recent(journey, limits), plan.borders)
    if before is not None:
        changes.promises = before.promises
    return changes


def recent(journey: Journey, limits: Limits) -> tuple[Glimpse, ...]:
    """Return the last touchpoints of the tail as an alert shows them."""
    touchpoints = list(tail.unpack(journey.tail, journey.names, journey.customer))
    return glimpses(touchpoints[-limits.context_entries :])


def is_flooding(state: State, time: int, limits: Limits) -> bool:
    """Return whether the hour of `time` is the newest one and holds more touchpoints than a customer can make."""
    ring = state.touchpoints
    return bool(ring) and ring[-1] >= limits.flood_per_hour and ring[-2] == time // TOUCHPOINTS.width_ms


def _close(journey: Journey, touchpoint: Touchpoint, plan: Plan, limits: Limits, noted: Changes) -> None:
    """Close in the snapshot what was open at the floor; if anything was, the head is no longer its continuation."""
    handler = plan.handlers.get(touchpoint.type)
    if handler is None or not handler.closing:
        return
    base, changes = decode_state(journey.snapshot), watch(limits, plan)
    changes.at = journey
    fold.close_late(base, touchpoint, plan, changes)
    noted.promises += [told for told in changes.promises if told[0] in journey.state.promises]
    snapshot = encode_state(base)
    if snapshot != journey.snapshot:
        journey.snapshot, journey.stale = snapshot, True


def _again(journey: Journey, touchpoint: Touchpoint, entry: bytes, at: int) -> Arrival:
    """Settle a second touchpoint with the same source and id: the smaller (time, content) stands, in either order."""
    end = at + int.from_bytes(journey.tail[at : at + 4], "little")
    standing = next(tail.unpack(journey.tail[at:end], journey.names, journey.customer))
    if _content(touchpoint) < _content(standing):  # never a standing one before the floor: it is older
        journey.tail[at:end] = entry
        journey.stale = True
    elif len(journey.names.index) > _NAMES_PER_ENTRY * (journey.entries + _SPARE_ENTRIES):
        touchpoints = tail.unpack(journey.tail, journey.names, journey.customer)
        journey.repack(touchpoints)
    return Arrival.DUPLICATE


def _content(touchpoint: Touchpoint) -> tuple[int, str, str, bytes]:
    return (touchpoint.time, touchpoint.type, touchpoint.subject, touchpoint.data)


def _is_last(journey: Journey, touchpoint: Touchpoint) -> bool:
    """Return whether a touchpoint at the time of the last one sorts behind it."""
    if touchpoint.time < journey.state.last:
        return False
    return all(
        tail.order(other) < tail.order(touchpoint)
        for other in tail.unpack(journey.tail, journey.names, journey.customer)
        if other.time == touchpoint.time
    )


def glimpses(touchpoints: list[Touchpoint]) -> tuple[Glimpse, ...]:
    """Return touchpoints as an alert shows them."""
    return tuple(Glimpse(t.time, t.type, t.source, t.id, t.subject) for t in touchpoints)
