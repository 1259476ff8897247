"""The ways on which a case is told: one for each route that it takes, and one for each step that was escalated."""

from collections.abc import Iterator
from typing import NamedTuple

import msgspec

from streams.desk.routing.escalation import Course, Escalated, Escalation, escalate, schedule
from streams.desk.routing.facts import Facts
from streams.desk.routing.grouping import GroupState, Join, Leave, Moved, Pace, step
from streams.desk.routing.policy import Policy
from streams.desk.routing.quiet import DAY_MS, Urgency, first_open
from streams.desk.routing.reasons import Kind, Reason
from streams.desk.routing.tree import Route, Taken, group_key, named, taken


class Way(msgspec.Struct, frozen=True, kw_only=True):
    """One way to tell a case: on this route, to these, in this group. Keep it beside the group, for `again`.

    `kind` PAGE tells now; QUEUE does not: not before `held_until`, where that is given. `to` are the names in the file,
    `receivers` who that is now. `step` and `round` are those of the escalation, counted from 1; 0 is the page itself.
    """

    route: str
    path: tuple[str, ...]
    team: str
    urgency: Urgency
    to: tuple[str, ...]
    receivers: tuple[str, ...]
    group: str
    pace: Pace
    kind: Kind
    reason: Reason
    held_until: int = 0
    step: int = 0
    round: int = 0


class Ways(NamedTuple):
    """All of them; how far the escalation is once they are gone; when the next step of it comes (0: never)."""

    ways: tuple[Way, ...]
    course: Course
    next_at: int


class _Verdict(NamedTuple):
    kind: Kind
    reason: Reason
    held_until: int = 0


def ways(facts: Facts, policy: Policy, urgency: Urgency, now: int) -> Ways:
    """Return the ways of a case of this urgency (PAGE or HOURS); the first route with an escalation escalates it."""
    found: list[Way] = []
    escalated: Escalated | None = None
    for each in taken(policy.route, facts.labels):
        way = _page(facts, policy, each, urgency, now)
        found.append(way)
        policy_of = policy.escalations.get(each.route.escalation)
        if escalated is None and policy_of is not None:
            escalated = _escalated(facts, policy_of, way, now)
            found += _steps(policy, policy_of, way, escalated.course, now)
    if escalated is None:
        return Ways(tuple(found), facts.course, 0)
    return Ways(tuple(found), escalated.course, escalated.next_at)


def again(way: Way, policy: Policy, now: int) -> Way | None:
    """Return a way as it is at a later time: who is on call, and whether its route tells anybody at this hour.

    None where the file has no such route any more: then every case must be decided again.
    """
    route = named(policy.route, way.route)
    if route is None:
        return None
    verdict = _verdict(policy, route, way.team, way.urgency, now)
    return _resolved(msgspec.structs.replace(way, pace=_pace(route)), policy, verdict, now)


class Advanced(NamedTuple):
    """A group after a step: the way to tell its notice by and to keep beside it, and what the step came to."""

    way: Way
    moved: Moved


def advance(way: Way, policy: Policy, state: GroupState, event: Join | Leave | None, now: int) -> Advanced | None:
    """Step a group that is told on this way: an event, or None where it is due; quiet hours hold back every notice.

    None where the file has no such route any more.
    """
    current = again(way, policy, now)
    if current is None:
        return None
    return Advanced(current, step(state, event, now, current.pace, held_until=current.held_until))


def _verdict(policy: Policy, route: Route, team: str, urgency: Urgency, now: int) -> _Verdict:
    active = [policy.calendars[name] for name in route.active]
    mute = [policy.calendars[name] for name in route.mute]
    hours = None
    if urgency is Urgency.HOURS:
        hours = policy.team(team).working_hours or policy.quiet.working_hours
    at = first_open(now, active=active, mute=mute, hours=hours)
    if at == now:
        return _Verdict(Kind.PAGE, Reason.IN_HOURS if hours is not None else Reason.AT_ONCE)
    is_muted = first_open(now, active=active, mute=mute, hours=None) != now
    # Calendars that never agree: it is asked again every day, and the loader has complained.
    return _Verdict(Kind.QUEUE, Reason.MUTED if is_muted else Reason.OUTSIDE_HOURS, now + DAY_MS if at is None else at)


def _page(facts: Facts, policy: Policy, each: Taken, urgency: Urgency, now: int) -> Way:
    seen = _Verdict(Kind.QUEUE, Reason.SEEN)
    way = Way(
        route=each.route.name,
        path=each.path,
        team=facts.team,
        urgency=urgency,
        to=(each.route.receiver,),
        receivers=(),
        group=group_key(each.route, facts.labels, facts.case_id),
        pace=_pace(each.route),
        kind=Kind.QUEUE,
        reason=Reason.SEEN,
    )
    verdict = seen if facts.is_seen else _verdict(policy, each.route, facts.team, urgency, now)
    return _resolved(way, policy, verdict, now)


def _resolved(way: Way, policy: Policy, verdict: _Verdict, now: int) -> Way:
    named_now = (policy.receivers_of(name, way.team, verdict.held_until or now) for name in way.to)
    receivers = tuple(dict.fromkeys(name for names in named_now for name in names))
    if not receivers and verdict.kind is Kind.PAGE:
        verdict = _Verdict(Kind.QUEUE, Reason.NO_RECEIVER)
    return msgspec.structs.replace(way, receivers=receivers, **verdict._asdict())


def _pace(route: Route) -> Pace:
    return Pace(route.group_wait_ms, route.group_interval_ms, route.repeat_interval_ms)


def _escalated(facts: Facts, escalation: Escalation, way: Way, now: int) -> Escalated:
    """Return the course of the escalation; it stands still while its route tells nobody."""
    if way.kind is not Kind.PAGE:
        return Escalated((), facts.course, 0)
    return escalate(escalation, facts.course, now, is_seen=facts.is_seen)


def _steps(policy: Policy, escalation: Escalation, way: Way, course: Course, now: int) -> Iterator[Way]:
    """Yield a way for every step taken: its group is one of its own, so that a storm escalates as one, too."""
    verdict = _Verdict(way.kind, way.reason, way.held_until)
    for due in schedule(escalation, course.paged_at)[: course.done]:
        group = f"{way.group}|step={due.round + 1}.{due.step + 1}"
        step = msgspec.structs.replace(way, to=due.to, group=group, step=due.step + 1, round=due.round + 1)
        yield _resolved(step, policy, verdict, now)


def plan(policy: Policy, found: tuple[Way, ...], now: int) -> tuple[tuple[int, Way], ...]:
    """Return every step of escalation to come, with its time, of a case that is told on these ways for the first time.

    The page is taken to go out as soon as its group and its route let it, and nobody to see it.
    """
    for way in found:
        route = named(policy.route, way.route)
        escalation = policy.escalations.get(route.escalation) if route is not None else None
        if escalation is not None and way.receivers:
            paged_at = max(way.held_until, now + way.pace.wait_ms)
            steps = schedule(escalation, paged_at)
            course = Course(paged_at=paged_at, done=len(steps))
            told = msgspec.structs.replace(way, kind=Kind.PAGE, held_until=0)
            return tuple(
                (due.at, _resolved(step, policy, _Verdict(told.kind, told.reason), due.at))
                for due, step in zip(steps, _steps(policy, escalation, told, course, now), strict=True)
            )
    return ()


class Move(NamedTuple):
    """What a decision means for one group: `event` goes to `advance`, with `way`; None where the case only leaves."""

    group: str
    event: Join | Leave
    way: Way | None = None

    @property
    def pace(self) -> Pace | None:
        """Return how the way is paced."""
        return self.way.pace if self.way is not None else None

    @property
    def held_until(self) -> int:
        """Return until when the way tells nobody."""
        return self.way.held_until if self.way is not None else 0


def moves(found: tuple[Way, ...], join: Join, groups: frozenset[str]) -> tuple[Move, ...]:
    """Return what happens to the groups of a case that is in `groups` now and is to be told on these ways.

    It joins those that are told, stays in those that tell nobody at the moment, and leaves all others. `join` says what
    it is; the ways say whether it was seen.
    """
    found_moves = []
    for way in found:
        if way.kind is Kind.PAGE or way.group in groups:
            event = msgspec.structs.replace(join, is_seen=way.reason is Reason.SEEN)
            found_moves.append(Move(way.group, event, way))
    stays = {move.group for move in found_moves}
    return (*found_moves, *(Move(group, Leave(join.case_id)) for group in sorted(groups - stays)))
