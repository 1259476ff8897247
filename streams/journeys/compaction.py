"""The floor moves: what lies behind the lateness horizon is folded into the snapshot for good."""

from streams.journeys import tail
from streams.journeys.arrival import glimpses, replay
from streams.journeys.journey import Journey, decode_state, encode_state
from streams.journeys.limits import Limits
from streams.journeys.plan import Changes, Plan
from streams.journeys.state import State
from streams.journeys.tail import Names
from streams.touchpoints.touchpoint import Touchpoint


def wants_compaction(journey: Journey, limits: Limits, clock: int) -> bool:
    """Return whether the tail has grown enough for the floor to be looked at."""
    if journey.entries < limits.compact_entries and len(journey.tail) <= limits.tail_bytes:
        return False
    return must_jump(journey, limits) or journey.floor < _first_after(journey) <= clock - limits.lateness_ms


def must_jump(journey: Journey, limits: Limits) -> bool:
    """Return whether the tail is over its bound, so that the floor moves ahead of the lateness horizon."""
    return journey.entries > limits.tail_entries or len(journey.tail) > limits.tail_bytes


def compact(journey: Journey, plan: Plan, limits: Limits, clock: int) -> list[str]:
    """Move the floor of a journey that is not stale; return the keys of the episodes that are final now.

    Everything up to the floor is folded into the snapshot. Of the tail stay the touchpoints after the floor and the
    last few before it. Ended episodes before the floor can change no more and leave the state.
    """
    touchpoints = list(tail.unpack(journey.tail, journey.names, journey.customer))
    floor = clock - limits.lateness_ms
    if must_jump(journey, limits):
        floor = max(floor, touchpoints[len(touchpoints) // 2].time)
    state = journey.state
    if state.last <= floor and state.fired <= floor:
        base = decode_state(encode_state(state))
    else:
        base = decode_state(journey.snapshot)
        covered = [touchpoint for touchpoint in touchpoints if touchpoint.time <= floor]
        replay(base, covered, journey.floor, plan, limits, Changes(glimpses))
    final = [name for name, episode in base.episodes.items() if 0 < episode.ended_at <= floor]
    for part in (base, state):
        _drop(part, final, limits)
        plan.forget(part, floor, limits.slots)
    journey.snapshot, journey.floor = encode_state(base), floor
    _trim(journey, touchpoints, limits)
    return final


def _first_after(journey: Journey) -> int:
    """Return the time of the first touchpoint after the floor, or the floor when there is none."""
    for at in tail.starts(journey.tail):
        time = tail.time_at(journey.tail, at)
        if time > journey.floor:
            return time
    return journey.floor


def _drop(state: State, final: list[str], limits: Limits) -> None:
    for name in final:
        state.episodes.pop(name, None)
    extra = len(state.memory) - limits.ledger
    if extra > 0:
        closed = [name for name, memory in state.memory.items() if not memory[2]]
        for name in sorted(closed, key=lambda name: (state.memory[name][1], name))[:extra]:
            del state.memory[name]


def _trim(journey: Journey, touchpoints: list[Touchpoint], limits: Limits) -> None:
    after = [touchpoint for touchpoint in touchpoints if touchpoint.time > journey.floor]
    before = touchpoints[: len(touchpoints) - len(after)]
    kept = [*before[-limits.context_entries :], *after]
    names, packed = Names(), bytearray()
    for touchpoint in kept:
        packed += tail.pack(touchpoint, names)[0]
    journey.names, journey.tail, journey.entries = names, packed, len(kept)
