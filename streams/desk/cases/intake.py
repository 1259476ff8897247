"""What an alert does to the case of its person."""

from collections.abc import Sequence
from hashlib import blake2b
from typing import Final

import msgspec

from streams.alerts.alert import Alert, Status
from streams.desk.cases import case as cases
from streams.desk.cases.case import MACHINE, Action, Case, Change, Entry, Member, Resolution
from streams.desk.cases.policy import Policy
from streams.rules.model import RANK, Mode

ALIVE: Final = (Status.FIRING, Status.WATCHING)
# What a case has come to when its last alert ends: the first of these that any of them ended with.
_VERDICTS: Final = (
    (Status.LOST, Resolution.LOST),
    (Status.RECOVERED, Resolution.RECOVERED),
    (Status.EXPIRED, Resolution.EXPIRED),
    (Status.RETRACTED, Resolution.RETRACTED),
)


def person_of(alert: Alert) -> str:
    """Return whose case it belongs to: the customer, or what an alert without one is about."""
    return alert.customer or alert.subject or alert.rule


def case_id_of(person: str, ordinal: int) -> str:
    """Return the id of somebody's nth case: the same after a lost database."""
    name = f"{len(person.encode())}:{person}{ordinal}".encode()
    return blake2b(name, digest_size=12, person=b"case").hexdigest()


def home_of(cases_of_person: Sequence[Case], alert: Alert) -> Case | None:
    """Return the case that an alert belongs to, given the cases of its person, the newest first.

    It is the one that knows the alert. But while a newer one is open, what an older one has resolved and fires again
    joins the newer one: a person never has two open cases.
    """
    holder = next((each for each in cases_of_person if _member(each, alert.alert_id)), None)
    newest = cases_of_person[0] if cases_of_person else None
    if holder is None or newest is None or not holder.is_closed or newest.is_closed:
        return holder or newest
    return newest if alert.status is Status.FIRING and _is_worse(_member(holder, alert.alert_id), alert) else holder


def take(case: Case | None, alert: Alert, now: int, policy: Policy, *, number: int, team: str) -> Change | None:
    """Return what an alert revision changes, given its home among the cases; None where it changes nothing.

    A case is opened by an alert that fires, never by one that is only watched, is in shadow or is good news. `number`
    is for a case that this opens. Taking a revision again, or an older one, changes nothing.
    """
    if alert.mode != Mode.LIVE:
        return None
    known = _member(case, alert.alert_id) if case is not None else None
    if known is not None and known.revision >= alert.revision:
        return None
    if case is None or (known is None and case.is_closed and not _is_relapse(case, alert, now, policy)):
        if alert.status is not Status.FIRING:
            return None
        return _open(alert, now, number, 1 if case is None else case.ordinal + 1, team)
    if known is None and alert.status not in ALIVE:
        return None  # it ended before anybody was told
    return _follow(case, known, alert, now, policy)


def _open(alert: Alert, now: int, number: int, ordinal: int, team: str) -> Change:
    person = person_of(alert)
    opened = Case(
        case_id=case_id_of(person, ordinal),
        number=number,
        person=person,
        ordinal=ordinal,
        revision=1,
        status=cases.Status.OPEN,
        severity=alert.severity,
        moment=alert.moment,
        opened_at=now,
        changed_at=now,
        begun_at=now,
        members=(_as_member(alert),),
        team=team,
    )
    return Change(opened, _entry(opened, now, Action.OPENED, alert))


def _follow(case: Case, known: Member | None, alert: Alert, now: int, policy: Policy) -> Change:
    members = _bounded((*(each for each in case.members if each.alert_id != alert.alert_id), _as_member(alert)), policy)
    alive = [each for each in members if each.status in ALIVE]
    worst = max(alive or members, key=lambda each: (RANK[each.severity], each.alert_id))
    changed = msgspec.structs.replace(
        case,
        revision=case.revision + 1,
        changed_at=now,
        members=members,
        severity=worst.severity,
        moment=worst.moment,
    )
    if alert.status is Status.RECOVERED and not alive:
        changed = msgspec.structs.replace(changed, recovered_at=alert.ended_at)
    if case.is_closed:
        is_again = alert.status is Status.FIRING and _is_worse(known, alert)
        return _reopen(changed, alert, now) if is_again else Change(changed, _entry(changed, now, Action.ALERT, alert))
    if alive:
        wakes = case.snoozed_until and alert.status is Status.FIRING and _is_worse(known, alert)
        changed = msgspec.structs.replace(changed, snoozed_until=0) if wakes else changed
        return Change(changed, _entry(changed, now, Action.ALERT, alert))
    ended = {each.status for each in members}
    verdict = next(resolution for status, resolution in _VERDICTS if status in ended)
    resolved = msgspec.structs.replace(
        changed, status=cases.Status.RESOLVED, resolution=verdict, resolved_at=now, snoozed_until=0
    )
    return Change(resolved, _entry(resolved, now, Action.RESOLVED, alert))


def _reopen(case: Case, alert: Alert, now: int) -> Change:
    again = msgspec.structs.replace(
        case,
        status=cases.Status.REOPENED,
        reopened=case.reopened + 1,
        begun_at=now,
        resolution=None,
        resolved_at=0,
        recovered_at=0,
        assignee="",
        claimed_at=0,
        claimed_until=0,
        acknowledged_at=0,
        callback_at=0,
        touched=case.revision,
    )
    return Change(again, _entry(again, now, Action.REOPENED, alert))


def _is_relapse(case: Case, alert: Alert, now: int, policy: Policy) -> bool:
    """Return whether a new alert is more of what a resolved case was about."""
    is_same = any(each.rule == alert.rule for each in case.members)
    return is_same and now - case.resolved_at <= policy.relapse_ms


def _is_worse(known: Member | None, alert: Alert) -> bool:
    """Return whether an alert that fires is news: it is new, fires again, or is more severe than it was."""
    return known is None or known.status != Status.FIRING or RANK[alert.severity] > RANK[known.severity]


def _member(case: Case, alert_id: str) -> Member | None:
    return next((each for each in case.members if each.alert_id == alert_id), None)


def _as_member(alert: Alert) -> Member:
    return Member(alert.alert_id, alert.revision, alert.status, alert.severity, alert.rule, alert.moment)


def _bounded(members: tuple[Member, ...], policy: Policy) -> tuple[Member, ...]:
    """Forget the ones that ended first, where there are too many; then the oldest of all."""
    if len(members) <= policy.members:
        return members
    ended = [each for each in members if each.status not in ALIVE]
    gone = (ended or list(members))[0]
    return tuple(each for each in members if each is not gone)


def _entry(case: Case, now: int, action: Action, alert: Alert) -> Entry:
    detail = {
        "alert_id": alert.alert_id,
        "alert_revision": alert.revision,
        "status": str(alert.status),
        "rule": alert.rule,
        "severity": alert.severity,
    }
    if alert.reason:
        detail["reason"] = alert.reason
    return Entry(case_id=case.case_id, revision=case.revision, at=now, who=MACHINE, action=action, detail=detail)
