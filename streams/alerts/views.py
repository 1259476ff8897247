"""What the owner of a partition may look at: counters, and a journey as a person sees it."""

import msgspec

from streams.journeys import tail
from streams.journeys.folded import State
from streams.journeys.journey import Journey
from streams.journeys.state import NEVER
from streams.journeys.windows import WINDOWS, WindowedCounter
from streams.touchpoints.touchpoint import Touchpoint


class Counters(msgspec.Struct):
    """What happened so far; only ever grows."""

    touchpoints: int = 0
    replayed: int = 0
    in_order: int = 0
    late: int = 0
    before_floor: int = 0
    duplicate: int = 0
    flooded: int = 0
    refolds: int = 0
    compactions: int = 0
    floor_jumps: int = 0
    expired: int = 0
    alerts: int = 0


class JourneyView(msgspec.Struct, frozen=True):
    """One journey as `journey show` and tests see it."""

    customer: str
    positions: dict[int, int]
    floor: int
    entries: int
    flooded: int
    next_deadline: int | None
    state: State
    touchpoints: tuple[Touchpoint, ...]


def windowed(seen: JourneyView | None, counter: str, clock: int) -> WindowedCounter:
    """Return a windowed counter of a journey, or of none, as of the partition's clock."""
    ring: list[int] = getattr(seen.state, WINDOWS[counter].name) if seen is not None else []
    now = max(clock, seen.state.last) if seen is not None else clock
    return WindowedCounter(WINDOWS[counter], ring, now)


def view(journey: Journey) -> JourneyView:
    """Return the journey as it is now."""
    return JourneyView(
        journey.customer,
        dict(journey.positions),
        journey.floor,
        journey.entries,
        journey.flooded,
        journey.due if journey.due < NEVER else None,
        journey.state,
        tuple(tail.unpack(journey.tail, journey.names, journey.customer)),
    )
