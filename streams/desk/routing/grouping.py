"""Groups: many cases that are told as one, so that a storm is one page and then updates.

One state for each group key. A first notice goes out `wait` after the first case came; then, when something has changed
since the last notice, one each `interval`; and one each `repeat` while nothing has. Nothing is ever lost by that: what
is not told yet is due at a time that `due_at` says, and it is the state of that time that is told.
"""

from enum import StrEnum
from typing import Final

import msgspec

from streams.rules.model import RANK

MOST_CASES: Final = 10_000  # of a group; with further ones it is told as "so many or more" until it is over
SAMPLE: Final = 50  # cases that a notice names
_SEEN: Final = "+"  # behind the severity of a case that somebody has seen


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

    One that `is_seen` stays in a group that was told already, and is not told for the first time.
    """

    case_id: str
    severity: str
    is_seen: bool = False


class Leave(msgspec.Struct, frozen=True):
    """A case is not to be told any more: closed, recovered, retracted, silenced, or moved to another group."""

    case_id: str


class Notice(msgspec.Struct, frozen=True, kw_only=True):
    """What is told: how many cases there are, how many came and went since the last notice, and the worst severity.

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
    """A group between notices. `cases` and `told` map cases to severity and who has seen them: as it is, and as said.

    `run` counts the times that it began from nothing and is part of the dedup key; `number` the notices of the run.
    `is_full`: more than MOST_CASES came.
    """

    run: int = 0
    number: int = 0
    since: int = 0  # when the first case of the run came
    told_at: int = 0
    cases: dict[str, str] = {}
    told: dict[str, str] = {}
    is_full: bool = False

    @property
    def is_idle(self) -> bool:
        """Whether nothing stands and everything was told; of such a group only `run` has to be kept."""
        return not self.cases and not self.number


class Moved(msgspec.Struct, frozen=True):
    """The state after a step, what is to be told now, and when to step again (0: when something happens)."""

    state: GroupState
    notice: Notice | None
    due_at: int


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
    said = event.severity + _SEEN * event.is_seen
    if state.cases.get(event.case_id) == said or (event.is_seen and event.case_id not in state.cases):
        return state
    if event.case_id not in state.cases and len(state.cases) >= MOST_CASES:
        return msgspec.structs.replace(state, is_full=True)
    begins = {"run": state.run + 1, "since": now} if state.is_idle else {}
    return msgspec.structs.replace(state, cases=state.cases | {event.case_id: said}, **begins)


def _left(state: GroupState, case_id: str) -> GroupState:
    if case_id not in state.cases:
        return state
    cases = {case: said for case, said in state.cases.items() if case != case_id}
    left = msgspec.structs.replace(state, cases=cases)
    return _ended(left) if left.is_idle else left  # everything went before anything was told: nothing is


def _ended(state: GroupState) -> GroupState:
    return GroupState(run=state.run)


def _due(state: GroupState, pace: Pace) -> int:
    """Return when a notice is due, 0 where none is."""
    if not state.number:
        return state.since + pace.wait_ms if state.cases else 0
    if state.cases != state.told:
        return state.told_at + pace.interval_ms
    if not pace.repeat_ms or _seen(state) == len(state.cases):
        return 0
    return state.told_at + max(pace.repeat_ms, pace.interval_ms)


def _seen(state: GroupState) -> int:
    return sum(said.endswith(_SEEN) for said in state.cases.values())


def _notice(state: GroupState) -> Notice:
    new = {case for case in state.cases if case not in state.told}
    severities = {case: said.removesuffix(_SEEN) for case, said in state.cases.items()}
    ranked = sorted(severities, key=lambda case: (case not in new, -RANK.get(severities[case], 0)))
    return Notice(
        telling=_telling(state),
        number=state.number + 1,
        run=state.run,
        standing=len(state.cases),
        seen=_seen(state),
        came=len(new),
        went=sum(case not in state.cases for case in state.told),
        worst=max(severities.values(), key=lambda severity: RANK.get(severity, 0), default=""),
        cases=tuple(ranked[:SAMPLE]),
        or_more=state.is_full,
    )


def _telling(state: GroupState) -> Telling:
    if not state.number:
        return Telling.FIRST
    if not state.cases:
        return Telling.OVER
    if _seen(state) == len(state.cases):
        return Telling.SEEN
    return Telling.REPEAT if state.cases == state.told else Telling.UPDATE


def _said(state: GroupState, now: int) -> GroupState:
    if not state.cases:
        return _ended(state)
    return msgspec.structs.replace(state, number=state.number + 1, told_at=now, told=state.cases)
