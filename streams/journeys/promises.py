"""Promises: what a customer was told would happen by a deadline; opened, moved, kept, cancelled or broken."""

from datetime import UTC, datetime, timedelta
from typing import Final

from streams.journeys.changes import Changes
from streams.journeys.folded import State
from streams.journeys.handler import Data, Handler, Step
from streams.journeys.plan import Plan, promise_timer
from streams.journeys.state import BROKEN, SEPARATOR, Promise, PromiseView, key
from streams.touchpoints.calendar import later
from streams.touchpoints.touchpoint import Touchpoint
from streams.touchpoints.vocabulary import Due, PromiseKind

_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)
_MILLISECOND: Final = timedelta(milliseconds=1)
_BY_SUBJECT: Final = "subject"
_SHOWN: Final = 10  # promises that an alert shows
MADE, KEPT, BREACHED, CANCELLED = "made", "kept", "broken", "cancelled"  # what becomes of one


def due_of(due: Due, touchpoint: Touchpoint, data: Data) -> int | None:
    """Return when the promise falls due in ms since the epoch, or None when the touchpoint promises nothing.

    A due time before the touchpoint counts from the touchpoint: nobody promises the past.
    """
    text = data.get(due.field) if due.field else None
    if isinstance(text, str):
        try:
            moment = datetime.fromisoformat(text)
        except ValueError:
            return None
        if moment.tzinfo is None:
            moment = moment.replace(tzinfo=UTC)
        return max((moment - _EPOCH) // _MILLISECOND, touchpoint.time)
    return later(touchpoint.time, due.after_ms, due.working) if due.after_ms else None


def handlers(kinds: dict[str, PromiseKind], limit: int) -> dict[str, tuple[list[Step], list[Step]]]:
    """Return per touchpoint type the steps of the fold and, of these, the ones that only close."""
    steps: dict[str, tuple[list[Step], list[Step]]] = {}
    for kind in kinds.values():
        for touchpoint_type, due in kind.opened_by.items():
            steps.setdefault(touchpoint_type, ([], []))[0].append(_open(kind, due, limit))
        for touchpoint_type, due in kind.moved_by.items():
            steps.setdefault(touchpoint_type, ([], []))[0].append(_move(kind, due))
        for touchpoint_type in (*kind.kept_by, *kind.cancelled_by):
            close = _close(kind, KEPT if touchpoint_type in kind.kept_by else CANCELLED)
            for part in steps.setdefault(touchpoint_type, ([], [])):
                part.append(close)
    return steps


def install(plan_handlers: dict[str, Handler], kinds: dict[str, PromiseKind], limit: int) -> None:
    """Add the steps of the promises to the handlers of a plan."""
    for touchpoint_type, (steps, closing) in handlers(kinds, limit).items():
        handler = plan_handlers.setdefault(touchpoint_type, Handler())
        handler.opens += steps
        handler.closing += closing
        handler.needs_data = handler.needs_data or len(steps) > len(closing)


def fall_due(state: State, kind: str, subject: str, due: int, plan: Plan, changes: Changes) -> None:
    """Break a promise whose time has come and tell the rules."""
    promise = state.promises.get(key(kind, subject))
    if promise is not None and promise.status != BROKEN:
        promise.status = BROKEN
        changes.promises.append((key(kind, subject), BREACHED))
        plan.promise_broken(state, kind, subject, due, changes)


def view(state: State) -> tuple[PromiseView, ...]:
    """Return the first few promises open and broken, earliest due first."""
    found = []
    for name, promise in state.promises.items():
        kind, _, subject = name.partition(SEPARATOR)
        found.append(PromiseView(kind, subject, promise.opened_at, promise.due, promise.status))
    return tuple(sorted(found, key=lambda promise: (promise.due, promise.kind, promise.subject))[:_SHOWN])


def revised(
    before: dict[str, Promise], after: dict[str, Promise], told: list[tuple[str, str]]
) -> list[tuple[str, str]]:
    """Return what a fold that was done again adds to what was told before: the promises then, now, and its whole story.

    What both stories have in common is not told again. A promise that only the new one knows, and that is over, is not
    told of: it may have been told already.
    """
    ends = {name: outcome for name, outcome in told if outcome in (KEPT, CANCELLED)}
    found: list[tuple[str, str]] = []
    for name in dict.fromkeys((*before, *after)):
        old, new = before.get(name), after.get(name)
        is_another = old is not None and (new is None or new.opened_at != old.opened_at)
        is_over = is_another and name in ends
        if is_over:
            found.append((name, ends[name]))
        if new is None:
            continue
        is_made = old is None or is_over or (is_another and old.status == BROKEN)
        if is_made:
            found.append((name, MADE))
        if new.status == BROKEN and (is_made or old is None or old.status != BROKEN):
            found.append((name, BREACHED))
    return found


def _subject(kind: PromiseKind, touchpoint: Touchpoint) -> str:
    return touchpoint.subject if kind.by == _BY_SUBJECT else ""


def _open(kind: PromiseKind, due: Due, limit: int) -> Step:
    def open_promise(state: State, touchpoint: Touchpoint, data: Data, changes: Changes) -> None:
        at = due_of(due, touchpoint, data)
        if at is None:
            return
        subject = _subject(kind, touchpoint)
        name = key(kind.name, subject)
        standing = state.promises.get(name)
        if standing is not None and not due.field:
            return  # the customer asks again: the earlier promise stands
        if standing is None or standing.status == BROKEN:
            changes.promises.append((name, MADE))
        while len(state.promises) >= limit and name not in state.promises:
            _drop_oldest(state)
        state.promises[name] = Promise(touchpoint.time, at, touchpoint.id)
        state.schedule(promise_timer(kind.name, subject), at)

    return open_promise


def _move(kind: PromiseKind, due: Due) -> Step:
    def move_promise(state: State, touchpoint: Touchpoint, data: Data, changes: Changes) -> None:
        subject = _subject(kind, touchpoint)
        promise = state.promises.get(key(kind.name, subject))
        at = due_of(due, touchpoint, data) if promise is not None else None
        if promise is None or at is None:
            return
        state.promises[key(kind.name, subject)] = Promise(promise.opened_at, at, touchpoint.id)
        state.schedule(promise_timer(kind.name, subject), at)

    return move_promise


def _close(kind: PromiseKind, outcome: str) -> Step:
    def close_promise(state: State, touchpoint: Touchpoint, data: Data, changes: Changes) -> None:
        subject = _subject(kind, touchpoint)
        name = key(kind.name, subject)
        promise = state.promises.get(name)
        if promise is not None and promise.opened_at <= touchpoint.time:  # one from before the floor may be older
            del state.promises[name]
            state.cancel(promise_timer(kind.name, subject))
            changes.promises.append((name, outcome))

    return close_promise


def _drop_oldest(state: State) -> None:
    name = min(state.promises, key=lambda name: (state.promises[name].due, name))
    del state.promises[name]
    state.cancel(key("p", name))
