"""Groups: many cases that are told as one, so that a storm is one page and then updates.

One state for each group key. A first notice goes out `wait` after the first case came; then, when something has changed
since the last notice, one each `interval`; and one each `repeat` while nothing has. Nothing is ever lost by that: what
is not told yet is due at a time that `due_at` says, and it is the state of that time that is told.
"""

import hashlib
from enum import StrEnum
from typing import Final

import msgspec

from streams.rules.model import RANK

MOST_CASES: Final = 10_000  # of a group; with further ones it is told as "so many or more" until it is over
SAMPLE: Final = 50  # cases that a notice names


class Pace(msgspec.Struct, frozen=True):
    """How a route is paced; `repeat_ms` 0: never."""

    wait_ms: int
    interval_ms: int
    repeat_ms: int


class Telling(StrEnum):
    """What a notice is."""

    FIRST = "first"
    UPDATE = "update"
    REPEAT = "repeat"
    SEEN = "seen"  # every case that stands has been seen by somebody
    OVER = "over"  # no case is left


class Join(msgspec.Struct, frozen=True):
    """A case is to be told in this group, as this severe; or it is in it already and changed.

    `began_at` is when it was opened, or reopened the last time: one that was reopened is news. One that `is_seen` stays
    in a group that was told already, and is not told for the first time.
    """

    case_id: str
    severity: str
    began_at: int = 0
    is_seen: bool = False


class Leave(msgspec.Struct, frozen=True):
    """A case is not to be told any more: closed, recovered, retracted, silenced, or moved to another group."""

    case_id: str


class Notice(msgspec.Struct, frozen=True, kw_only=True):
    """What is told: how many cases there are, how many came (or again) and went since the last notice, and the worst.

    `cases` are SAMPLE of what stands, the new and the worst before the rest. With `or_more` there are more than
    `standing`. `number` counts the notices of this run of the group from 1: the first one makes a message, others may
    edit it.
    """

    telling: Telling
    number: int
    run: int
    standing: int
    seen: int
    came: int
    went: int
    worst: str
    cases: tuple[str, ...]
    or_more: bool = False


class GroupState(msgspec.Struct, frozen=True, kw_only=True):
    """A group between notices. `cases` and `told` map cases to severity and beginning: as it is, and as it was said.

    `seen` are those of `cases` that somebody has seen; `told_seen`: it was said that all of them are. `run` counts the
    times that it began from nothing and is part of the dedup key; `number` the notices of the run. `is_full`: more than
    MOST_CASES came.
    """

    run: int = 0
    number: int = 0
    since: int = 0  # when the first case of the run came
    told_at: int = 0
    cases: dict[str, tuple[str, int]] = {}
    told: dict[str, tuple[str, int]] = {}
    seen: frozenset[str] = frozenset()
    told_seen: bool = False
    is_full: bool = False

    @property
    def is_idle(self) -> bool:
        """Whether nothing stands and everything was told; of such a group only `run` has to be kept."""
        return not self.cases and not self.number

    @property
    def is_seen(self) -> bool:
        """Whether somebody has seen every case that stands."""
        return bool(self.cases) and len(self.seen) == len(self.cases)

    @property
    def is_news(self) -> bool:
        """Whether something is other than was said; that somebody has seen some of the cases is none."""
        return self.cases != self.told or self.is_seen != self.told_seen


class Moved(msgspec.Struct, frozen=True):
    """The state after a step, what is to be told now, and when to step again (0: when something happens)."""

    state: GroupState
    notice: Notice | None
    due_at: int


def dedup_key(group: str, run: int) -> str:
    """Return what other systems know a run of a group by: always the same, and nothing of its labels is in it."""
    return f"touchpoint-{hashlib.sha256(f'{group}#{run}'.encode()).hexdigest()[:32]}"


def step(state: GroupState, event: Join | Leave | None, now: int, pace: Pace, *, held_until: int = 0) -> Moved:
    """Take an event (None: time has passed) and say what is told now.

    `held_until`: the route is muted until then; the notice waits and tells what stands by then.
    """
    state = _taken(state, event, now)
    due = _due(state, pace)
    if not due:
        return Moved(state, None, 0)
    due = max(due, held_until)
    if due > now:
        return Moved(state, None, due)
    notice = _notice(state)
    state = _said(state, now)
    return Moved(state, notice, _due(state, pace))


def _taken(state: GroupState, event: Join | Leave | None, now: int) -> GroupState:
    if event is None:
        return state
    if isinstance(event, Leave) or (event.is_seen and not state.number):
        return _left(state, event.case_id)
    case_id, is_in = event.case_id, event.case_id in state.cases
    if not is_in and event.is_seen:
        return state
    if not is_in and len(state.cases) >= MOST_CASES:
        return msgspec.structs.replace(state, is_full=True)
    if state.is_idle:
        state = GroupState(run=state.run + 1, since=now)
    said = (event.severity, event.began_at)
    return msgspec.structs.replace(
        state,
        cases=state.cases if state.cases.get(case_id) == said else state.cases | {case_id: said},
        seen=state.seen | {case_id} if event.is_seen else state.seen - {case_id},
    )


def _left(state: GroupState, case_id: str) -> GroupState:
    if case_id not in state.cases:
        return state
    cases = {case: said for case, said in state.cases.items() if case != case_id}
    left = msgspec.structs.replace(state, cases=cases, seen=state.seen - {case_id})
    return _ended(left) if left.is_idle else left  # everything went before anything was told: nothing is


def _ended(state: GroupState) -> GroupState:
    return GroupState(run=state.run)


def _due(state: GroupState, pace: Pace) -> int:
    """Return when a notice is due, 0 where none is."""
    if not state.number:
        return state.since + pace.wait_ms if state.cases else 0
    if state.is_news:
        return state.told_at + pace.interval_ms
    return state.told_at + max(pace.repeat_ms, pace.interval_ms) if pace.repeat_ms and not state.is_seen else 0


def _notice(state: GroupState) -> Notice:
    new = {case for case, (_, began_at) in state.cases.items() if state.told.get(case, ("", None))[1] != began_at}
    ranked = sorted(state.cases, key=lambda case: (case not in new, -RANK.get(state.cases[case][0], 0)))
    severities = {severity for severity, _ in state.cases.values()}
    return Notice(
        telling=_telling(state),
        number=state.number + 1,
        run=state.run,
        standing=len(state.cases),
        seen=len(state.seen),
        came=len(new),
        went=sum(case not in state.cases for case in state.told),
        worst=max(severities, key=lambda severity: RANK.get(severity, 0), default=""),
        cases=tuple(ranked[:SAMPLE]),
        or_more=state.is_full,
    )


def _telling(state: GroupState) -> Telling:
    if not state.number:
        return Telling.FIRST
    if not state.cases:
        return Telling.OVER
    if state.is_seen:
        return Telling.SEEN
    return Telling.UPDATE if state.is_news else Telling.REPEAT


def _said(state: GroupState, now: int) -> GroupState:
    if not state.cases:
        return _ended(state)
    return msgspec.structs.replace(
        state, number=state.number + 1, told_at=now, told=state.cases, told_seen=state.is_seen
    )
