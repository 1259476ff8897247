"""The floor moves: what lies behind the lateness horizon is folded into the snapshot for good."""

from typing import Final

import msgspec

from streams.journeys import fold, tail
from streams.journeys.arrival import glimpses, replay
from streams.journeys.journey import Journey, decode_state, encode_state
from streams.journeys.limits import Limits
from streams.journeys.plan import Changes, Plan
from streams.journeys.state import State

_WORTH: Final = 4  # the floor moves once a quarter of `compact_entries` has fallen behind the horizon


def next_floor(journey: Journey, limits: Limits, clock: int) -> int:
    """Return where the floor of a journey that is not stale should be now; never below where it is.

    It is the lateness horizon once enough touchpoints lie behind it. A tail over its bound makes it jump ahead, so far
    that no more than half of the bound stays.
    """
    entries, size = journey.entries, len(journey.tail)
    over = entries > limits.tail_entries or size > limits.tail_bytes
    if entries < limits.compact_entries and not over:
        return journey.floor
    starts = tail.starts(journey.tail)
    times = [tail.time_at(journey.tail, at) for at in starts]
    horizon = clock - limits.lateness_ms
    if over:
        stays = next((at for at in range(entries) if _fits(entries - at, size - starts[at], limits)), entries)
        return max(journey.floor, horizon, times[stays - 1])
    worth = sum(journey.floor < time <= horizon for time in times) * _WORTH >= limits.compact_entries
    return horizon if worth else journey.floor


def compact(journey: Journey, floor: int, plan: Plan, limits: Limits, clock: int) -> list[str]:
    """Move the floor of a journey that is not stale ahead; return the keys of the episodes that are final now.

    The head has let time pass to the new floor, and what it holds has been published at `clock`. Everything up to the
    floor is folded into the snapshot. Of the tail stay the touchpoints after the floor, and the last few before it
    without their data. Ended episodes before the floor can change no more and leave the state.
    """
    touchpoints = list(tail.unpack(journey.tail, journey.names, journey.customer))
    state = journey.state
    covered = [touchpoint for touchpoint in touchpoints if touchpoint.time <= floor]
    if state.last <= floor and state.fired <= floor:
        base = decode_state(encode_state(state))
    else:
        base, changes = decode_state(journey.snapshot), Changes(glimpses)
        replay(base, covered, journey.floor, plan, limits, changes)
        changes.at = covered[-limits.context_entries :]
        fold.advance(base, floor, plan, changes)
    final = [name for name, e in base.episodes.items() if 0 < e.ended_at <= floor and e.held_until <= clock]
    for part in (base, state):
        _drop(part, final, limits)
        plan.forget(part, floor, limits.slots)
    journey.snapshot, journey.floor = encode_state(base), floor
    context = [msgspec.structs.replace(touchpoint, data=b"") for touchpoint in covered[-limits.context_entries :]]
    kept = [*context, *touchpoints[len(covered) :]]
    journey.tail, journey.names = tail.pack_all(kept)
    journey.entries = len(kept)
    return final


def _fits(entries: int, size: int, limits: Limits) -> bool:
    return 2 * entries <= limits.tail_entries and 2 * size <= limits.tail_bytes


def _drop(state: State, final: list[str], limits: Limits) -> None:
    for name in final:
        state.episodes.pop(name, None)
    extra = len(state.memory) - limits.ledger
    if extra > 0:
        closed = [name for name, memory in state.memory.items() if not memory[2]]
        for name in sorted(closed, key=lambda name: (state.memory[name][1], name))[:extra]:
            del state.memory[name]
