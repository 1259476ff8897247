"""The one decision: is this case told now, to whom, in which group, and if not, why not and until when.

The stages below are asked in their order; the first one that has an answer gives it. Every live case with an alert that
stands is, by that, in exactly one place: told, in the queue, in the digest, or kept quiet until a time.
"""

from collections.abc import Callable
from typing import Final

import msgspec

from streams.alerts.alert import POSITIVE
from streams.alerts.alert import Status as AlertStatus
from streams.desk.cases.case import Status
from streams.desk.routing.escalation import Course
from streams.desk.routing.facts import Facts, Standing
from streams.desk.routing.policy import Policy
from streams.desk.routing.quiet import Urgency, is_fresh
from streams.desk.routing.reasons import Kind, Reason
from streams.desk.routing.silences import RECHECK_MS, inhibited_by, silenced_by
from streams.desk.routing.ways import Way, ways
from streams.rules.model import RANK

RESHARE_MS: Final = 5 * 60_000  # after so long a case above the budget is asked again


class Decision(msgspec.Struct, frozen=True, kw_only=True):
    """What is done about a case now.

    `by` names the silence, inhibition or severity behind it. `due_at` is when to decide again if nothing happens before
    (0: never). `severity` is that of what is told. `course` is how far the escalation is once this is done.
    """

    kind: Kind
    reason: Reason
    by: str = ""
    due_at: int = 0
    severity: str = ""
    ways: tuple[Way, ...] = ()
    course: Course = Course()

    @property
    def receivers(self) -> tuple[str, ...]:
        """Return everybody who is told, each once."""
        told = (name for way in self.ways if way.kind is Kind.PAGE for name in way.receivers)
        return tuple(dict.fromkeys(told))


Stage = Callable[[Facts, Policy, Standing, int], Decision | None]


def decide(facts: Facts, policy: Policy, standing: Standing, now: int) -> Decision:
    """Return what is done about a case at `now` (ms)."""
    for stage in STAGES:
        if decision := stage(facts, policy, standing, now):
            return decision
    return _nothing(facts, Reason.NOT_FIRING)


def _closed(facts: Facts, policy: Policy, standing: Standing, now: int) -> Decision | None:
    return _nothing(facts, Reason.CLOSED) if facts.status is Status.RESOLVED else None


def _not_standing(facts: Facts, policy: Policy, standing: Standing, now: int) -> Decision | None:
    if any(each.is_firing for each in facts.alerts):
        return None
    statuses = {each.status for each in facts.alerts}
    if AlertStatus.WATCHING in statuses:
        return _nothing(facts, Reason.WATCHING)
    return _nothing(facts, Reason.RETRACTED if statuses == {AlertStatus.RETRACTED} else Reason.NOT_FIRING)


def _no_trouble(facts: Facts, policy: Policy, standing: Standing, now: int) -> Decision | None:
    if any(each.is_trouble for each in facts.alerts):
        return None
    if any(each.is_firing and each.mode == POSITIVE for each in facts.alerts):
        return _digest(facts, Reason.POSITIVE)
    return _nothing(facts, Reason.SHADOW)


def _snoozed(facts: Facts, policy: Policy, standing: Standing, now: int) -> Decision | None:
    if facts.snoozed_until <= now:
        return None
    return _nothing(facts, Reason.SNOOZED, due_at=facts.snoozed_until)


def _silenced(facts: Facts, policy: Policy, standing: Standing, now: int) -> Decision | None:
    silence = silenced_by((*policy.silences, *standing.silences), facts.labels, now)
    if silence is None:
        return None
    return _nothing(facts, Reason.SILENCED, by=silence.id, due_at=silence.ends_at)


def _inhibited(facts: Facts, policy: Policy, standing: Standing, now: int) -> Decision | None:
    found = inhibited_by(policy.inhibitions, standing.sources, facts.case_id, facts.labels)
    return None if found is None else _nothing(facts, Reason.INHIBITED, by=found[0], due_at=now + RECHECK_MS)


def _too_old(facts: Facts, policy: Policy, standing: Standing, now: int) -> Decision | None:
    return None if _severity(facts, policy) else _digest(facts, Reason.BEFORE_HORIZON)


def _not_urgent(facts: Facts, policy: Policy, standing: Standing, now: int) -> Decision | None:
    severity = _severity(facts, policy)
    urgency = policy.quiet.of(severity)
    if urgency is Urgency.DIGEST:
        return _digest(facts, Reason.SEVERITY_DIGEST, by=severity)
    if urgency is Urgency.QUEUE:
        return Decision(kind=Kind.QUEUE, reason=Reason.SEVERITY_QUEUE, by=severity, course=facts.course)
    return None


def _above_budget(facts: Facts, policy: Policy, standing: Standing, now: int) -> Decision | None:
    if facts.has_attention or facts.is_seen or facts.course.paged_at:
        return None
    return _digest(facts, Reason.OVER_BUDGET, by=facts.team, due_at=now + RESHARE_MS)


def _told(facts: Facts, policy: Policy, standing: Standing, now: int) -> Decision | None:
    """Decide by the routes: told where one of them tells now, else what the first one to open says."""
    severity = _severity(facts, policy)
    found = ways(facts, policy, policy.quiet.of(severity), now)
    chosen = min(found.ways, key=lambda way: (way.kind is not Kind.PAGE, not way.held_until, way.held_until))
    dues = [*(way.held_until for way in found.ways), found.next_at]
    return Decision(
        kind=chosen.kind,
        reason=chosen.reason,
        by=chosen.route,
        due_at=min((due for due in dues if due), default=0),
        severity=severity,
        ways=found.ways,
        course=found.course,
    )


# The order of business. What stands before another wins over it.
STAGES: Final[tuple[Stage, ...]] = (
    _closed,
    _not_standing,
    _no_trouble,
    _snoozed,
    _silenced,
    _inhibited,
    _too_old,
    _not_urgent,
    _above_budget,
    _told,
)


def _severity(facts: Facts, policy: Policy) -> str:
    """Return the worst severity of what stands and is fresh; empty where nothing is."""
    horizon_ms = policy.quiet.horizon_ms
    fresh = [
        each.severity
        for each in facts.alerts
        if each.is_trouble and is_fresh(each.started_at, each.detected_at, horizon_ms)
    ]
    return max(fresh, key=lambda severity: RANK.get(severity, len(RANK)), default="")


def _nothing(facts: Facts, reason: Reason, *, by: str = "", due_at: int = 0) -> Decision:
    return Decision(kind=Kind.NOTHING, reason=reason, by=by, due_at=due_at, course=facts.course)


def _digest(facts: Facts, reason: Reason, *, by: str = "", due_at: int = 0) -> Decision:
    return Decision(kind=Kind.DIGEST, reason=reason, by=by, due_at=due_at, course=facts.course)
