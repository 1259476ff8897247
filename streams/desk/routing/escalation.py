"""Who is told next while nobody has seen a case."""

from typing import Final

import msgspec

from streams.touchpoints.calendar import Calendar, Working, after

MOST_REPEATS: Final = 5
MOST_STEPS: Final = 10


class Step(msgspec.Struct, frozen=True):
    """So long after the step before it, or after the page, these are told: receivers, rotas or `team`."""

    after_ms: int
    to: tuple[str, ...]


class Escalation(msgspec.Struct, frozen=True, kw_only=True):
    """Steps in their order; after the last one all of them `repeat` times more. `calendar`: time counts while open."""

    name: str
    steps: tuple[Step, ...]
    repeat: int = 0
    calendar: Calendar | None = None


class Course(msgspec.Struct, frozen=True, kw_only=True):
    """How far the escalation of one case is.

    `began_at`: when it was opened, or reopened the last time. `paged_at`: when it was told first since then, 0 while it
    was not: nobody can be late to see what nobody was told. `done`: steps that were taken since, over all rounds.
    """

    began_at: int = 0
    paged_at: int = 0
    done: int = 0


class Due(msgspec.Struct, frozen=True):
    """One step that is due: its place in the policy, which round it is of (from 0), since when, and for whom."""

    step: int
    round: int
    at: int
    to: tuple[str, ...]


class Escalated(msgspec.Struct, frozen=True):
    """The steps that are due now, the course when they are taken, and when the next one comes (0: never)."""

    due: tuple[Due, ...]
    course: Course
    next_at: int


def begun(course: Course, began_at: int) -> Course:
    """Return the course of a case that was opened, or reopened, then: a new one where this one is of before."""
    return course if course.began_at == began_at else Course(began_at=began_at)


def paged(course: Course, at: int) -> Course:
    """Return the course once the case has been told; the first time counts."""
    return course if course.paged_at else msgspec.structs.replace(course, paged_at=at)


def schedule(policy: Escalation, paged_at: int) -> tuple[Due, ...]:
    """Return every step that comes while nobody sees it, in order of time."""
    found: list[Due] = []
    at = paged_at
    for turn in range(policy.repeat + 1):
        for place, step in enumerate(policy.steps):
            at = _later(at, step.after_ms, policy.calendar)
            found.append(Due(place, turn, at, step.to))
    return tuple(found)


def escalate(policy: Escalation, course: Course, now: int, *, is_seen: bool) -> Escalated:
    """Return what is due at `now`; a case that somebody has seen, or that nobody was told of, has nothing due."""
    if is_seen or not course.paged_at:
        return Escalated((), course, 0)
    rest = schedule(policy, course.paged_at)[course.done :]
    due = tuple(each for each in rest if each.at <= now)
    further = rest[len(due) :]
    moved = msgspec.structs.replace(course, done=course.done + len(due)) if due else course
    return Escalated(due, moved, further[0].at if further else 0)


def _later(at: int, duration_ms: int, calendar: Calendar | None) -> int:
    return at + duration_ms if calendar is None else after(at, Working(calendar, open_ms=duration_ms))
