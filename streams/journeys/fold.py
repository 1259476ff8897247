"""The fold: one touchpoint or one passage of time after the other, in event-time order.

A deadline is part of the fold. It fires before any touchpoint later than its due time and after one at exactly that
time; deadlines due at the same time fire in the order of their keys. So the state is a function of the set of
touchpoints and of how far time has passed, and not of when anybody looked.
"""

from typing import Final

import msgspec

from streams.journeys import promises
from streams.journeys.changes import Changes
from streams.journeys.choices import remembered
from streams.journeys.folded import State
from streams.journeys.handler import EMPTY, Data, Handler
from streams.journeys.plan import EPISODE, PROMISE, Plan
from streams.journeys.state import NEVER, SEPARATOR
from streams.journeys.windows import NEGATIVES, TOUCHPOINTS, add
from streams.touchpoints.touchpoint import Touchpoint

_decode: Final = msgspec.json.Decoder(dict).decode
_HOUR_MS: Final = TOUCHPOINTS.width_ms
_HOURS: Final = TOUCHPOINTS.buckets
_QUIET: Final = Handler()


def read_data(touchpoint: Touchpoint) -> Data:
    """Return the touchpoint's data; no JSON object in UTF-8 counts as empty (the codec looks at its first byte)."""
    if not touchpoint.data:
        return EMPTY
    try:
        data: Data = _decode(touchpoint.data)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        return EMPTY
    return data


def apply(state: State, touchpoint: Touchpoint, plan: Plan, changes: Changes) -> None:
    """Fold the next touchpoint. Deadlines before it must have been fired with `advance(state, time - 1)`."""
    time = touchpoint.time
    handler = plan.handlers.get(touchpoint.type, _QUIET)
    bucket = time // _HOUR_MS
    ring = state.touchpoints
    add(ring, bucket, _HOURS)
    if ring[-1] == plan.flood_per_hour:
        plan.flood(state, time, ring[-1], changes)
    if handler.negative:
        add(state.negatives, bucket, NEGATIVES.buckets)
    if not state.count:
        state.first = time
    state.count += 1
    state.last = time
    ending = remembered(handler.ending, state.memory) if state.memory and handler.ending else None
    choices = handler.choices
    if handler.opens or handler.steps or choices is not None or ending:
        data = read_data(touchpoint) if handler.needs_data else EMPTY
        for step in handler.opens:
            step(state, touchpoint, data, changes)
        for step in handler.steps if choices is None else choices.of(data, state.slots):
            step(state, touchpoint, data, changes)
        for step in ending or ():
            step(state, touchpoint, data, changes)


def close_late(state: State, touchpoint: Touchpoint, plan: Plan, changes: Changes) -> None:
    """Let a touchpoint from before the floor close what is still open; it opens nothing."""
    handler = plan.handlers.get(touchpoint.type, _QUIET)
    if handler.closing:
        data = read_data(touchpoint)
        for step in handler.closing:
            step(state, touchpoint, data, changes)


def advance(state: State, until: int, plan: Plan, changes: Changes) -> None:
    """Fire every deadline due at or before `until`, in (due, key) order; what they set may fire as well."""
    while state.due <= until:
        due, timer = min(((due, timer) for timer, due in state.timers.items()), default=(NEVER, ""))
        state.due = due
        if due > until:
            return
        del state.timers[timer]
        state.fired = max(state.fired, due)
        _fire(state, timer, due, plan, changes)
        state.due = min(state.timers.values(), default=NEVER)


def _fire(state: State, timer: str, due: int, plan: Plan, changes: Changes) -> None:
    kind, name, rest = timer.split(SEPARATOR, 2)  # what follows is a subject, which may hold anything
    if kind == PROMISE:
        promises.fall_due(state, name, rest, due, plan, changes)
    elif kind == EPISODE:
        plan.expire_episode(state, name, rest, due, changes)
    else:
        operator, _, subject = rest.partition(SEPARATOR)
        plan.wake(state, name, operator, subject, due, changes)
