"""The floor moves: what lies behind the lateness horizon is folded into the snapshot for good."""

from collections.abc import Collection
from typing import Final

import msgspec

from streams.journeys import fold, tail
from streams.journeys.arrival import glimpses, replay
from streams.journeys.certainty import final_at, known
from streams.journeys.changes import Changes
from streams.journeys.folded import State
from streams.journeys.journey import Journey, decode_state, encode_state
from streams.journeys.limits import Limits
from streams.journeys.plan import Plan
from streams.journeys.state import FORGOTTEN, NEVER

_STARTED, _OPEN = 1, 2  # fields of state.memory
_WORTH: Final = 4  # the floor moves once a quarter of `compact_entries` has fallen behind the horizon


def next_floor(journey: Journey, limits: Limits, clock: int) -> int:
    """Return where the floor of a journey that is not stale should be now; never below where it is.

    It is the lateness horizon once enough touchpoints lie behind it. A tail over its bound makes it jump ahead, so far
    that no more than half of the bound stays; too many episodes that are not final yet make it jump over half the tail.
    """
    entries, size = journey.entries, len(journey.tail)
    over, crowded = entries > limits.tail_entries or size > limits.tail_bytes, is_crowded(journey.state, limits)
    if entries < limits.compact_entries and not over and not crowded:
        return journey.floor
    horizon = clock - limits.lateness_ms
    if over or (crowded and _lie_behind(journey, NEVER, limits)):
        starts = tail.starts(journey.tail)
        least = (entries + 1) // 2 if crowded else 1
        stays = next((at for at in range(least, entries) if _fits(entries - at, size - starts[at], limits)), entries)
        return max(journey.floor, horizon, tail.time_at(journey.tail, starts[stays - 1]))
    return horizon if _lie_behind(journey, horizon, limits) else journey.floor


def _lie_behind(journey: Journey, horizon: int, limits: Limits) -> bool:
    """Return whether so many touchpoints lie between floor and horizon that moving the floor is worth its cost."""
    found = 0
    for time in tail.times(journey.tail):
        if time > horizon:
            return False
        found += time > journey.floor
        if found * _WORTH >= limits.compact_entries:
            return True
    return False


def is_crowded(state: State, limits: Limits) -> bool:
    """Return whether the journey carries many episodes that have ended and are not final yet."""
    return len(state.episodes) > 2 * limits.episodes


def compact(
    journey: Journey, floor: int, plan: Plan, limits: Limits, clock: int, waiting: Collection[str] = ()
) -> list[str]:
    """Move the floor of a journey that is not stale ahead; return the keys of the episodes that are final now.

    The head has let time pass to the new floor, and what it holds has been published at `clock`. Everything up to the
    floor is folded into the snapshot. Of the tail stay the touchpoints after the floor, and the last few before it
    without their data. Ended episodes before the floor can change no more and leave the state; those that may still
    relapse stay, up to a bound. Episodes that are `waiting` for a blind source are not final, and forget nothing.
    """
    touchpoints = list(tail.unpack(journey.tail, journey.names, journey.customer))
    state = journey.state
    covered = [touchpoint for touchpoint in touchpoints if touchpoint.time <= floor]
    if state.last <= floor and state.fired <= floor:
        base = decode_state(encode_state(state))
    else:
        base, changes = decode_state(journey.snapshot), Changes(glimpses, plan.borders)
        replay(base, covered, journey.floor, plan, limits, changes)
        changes.at = covered[-limits.context_entries :]
        fold.advance(base, floor, plan, changes)
    final = [name for name, e in base.episodes.items() if final_at(e) <= floor and known(e, clock) is e]
    final = [name for name in final if name not in waiting]
    final += _beyond_bound(base, state, final, floor, limits)
    for part in (base, state):
        _drop(part, final, limits)
        _trim(part, min(floor, clock), waiting)
        plan.forget(part, floor, limits.slots)
    journey.snapshot, journey.floor = encode_state(base), floor
    context = [msgspec.structs.replace(touchpoint, data=b"") for touchpoint in covered[-limits.context_entries :]]
    kept = [*context, *touchpoints[len(covered) :]]
    journey.repack(kept)
    journey.entries = len(kept)
    return final


def _beyond_bound(base: State, state: State, final: list[str], floor: int, limits: Limits) -> list[str]:
    """Return the episodes too many of those that ended before the floor and may relapse, next to be final first."""
    waiting = []
    for name, e in base.episodes.items():
        head = state.episodes.get(name)
        if 0 < e.ended_at <= floor and name not in final and head is not None and head.ended_at:
            waiting.append((final_at(e), name))
    return [name for _, name in sorted(waiting)[: max(0, len(waiting) - limits.episodes // 2)]]


def _trim(state: State, certain: int, waiting: Collection[str]) -> None:
    """Forget what episodes were before turns that are certain."""
    for name, episode in state.episodes.items():
        if episode.turns and name not in waiting:
            episode.turns = tuple(turn for turn in episode.turns if turn.held_until > certain)


def _fits(entries: int, size: int, limits: Limits) -> bool:
    return 2 * entries <= limits.tail_entries and 2 * size <= limits.tail_bytes


def _drop(state: State, final: list[str], limits: Limits) -> None:
    for name in final:
        state.episodes.pop(name, None)
    extra = len(state.memory) - limits.ledger
    if extra > 0:
        closed = [name for name, memory in state.memory.items() if name and not memory[_OPEN]]
        gone = sorted(closed, key=lambda name: (state.memory[name][_STARTED], name))[:extra]
        forgotten = state.memory.setdefault(FORGOTTEN, [0, 0, 0])
        forgotten[0] = max([forgotten[0], *(state.memory.pop(name)[0] for name in gone)])
