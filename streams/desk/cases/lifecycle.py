"""What people and time do to a case."""

from collections.abc import Callable
from typing import Any, Final

import msgspec

from streams.desk.cases import command as do
from streams.desk.cases.case import MACHINE, UNSEEN, Action, Case, Change, Entry, Resolution, Status
from streams.desk.cases.command import Command, Contact
from streams.desk.cases.policy import Policy
from streams.desk.cases.refusal import Refusal

Until = Callable[[int, int], int]  # an instant and a duration in ms -> when so much working time has passed


class Actor(msgspec.Struct, frozen=True):
    """Who does it; a lead may act on what somebody else holds."""

    name: str
    is_lead: bool = False


class _Step(msgspec.Struct, frozen=True):
    """What a command comes to: the fields that change, and what the trail says."""

    action: Action
    fields: dict[str, Any]
    detail: dict[str, Any] = {}


def apply(case: Case, command: Command, by: Actor, now: int, policy: Policy, until: Until) -> Change | Refusal:
    """Return the case after a command, or why it does nothing. `until` knows the work calendar.

    Notes, tags and judgements are always welcome. Everything else is refused on what somebody else holds, and where a
    person changed the case after the one that `by` saw; what the journey changed meanwhile does not stand in the way.
    """
    if not isinstance(command, do.Note | do.Tag | do.Judge):
        if case.assignee and case.assignee != by.name and not by.is_lead:
            return Refusal.HELD
        if command.revision and command.revision < case.touched:
            return Refusal.OUTDATED
        if case.is_closed != isinstance(command, do.Reopen):
            return Refusal.CLOSED if case.is_closed else Refusal.NOT_CLOSED
    step = _STEPS[type(command)](case, command, by, now, policy)
    if isinstance(step, Refusal):
        return step
    after = msgspec.structs.replace(case, revision=case.revision + 1, changed_at=now, **step.fields)
    after = msgspec.structs.replace(after, touched=after.revision)
    if after.assignee and (after.assignee == by.name or after.assignee != case.assignee):
        claimed_at = case.claimed_at if after.assignee == case.assignee else now
        claim = {"claimed_at": claimed_at, "claimed_until": until(now, policy.claim_ms)}
        after = msgspec.structs.replace(after, **claim)
    return Change(after, _entry(after, now, by.name, step.action, step.detail))


def due(case: Case) -> int:
    """Return when `tick` will next change this case; 0 for never."""
    times = []
    if not case.is_closed:
        times = [case.snoozed_until, case.claimed_until if case.status is not Status.WAITING else 0]
    return min((each for each in times if each), default=0)


def tick(case: Case, now: int) -> Change | None:
    """Return what the time has done to a case: one thing at a time, None where nothing is due."""
    if case.is_closed:
        return None
    if case.snoozed_until and case.snoozed_until <= now:
        status = case.status
        if status is Status.WAITING:  # the customer did not answer: it is our turn
            status = Status.IN_PROGRESS if case.assignee else _free(case)
        return _by_time(case, now, Action.WOKEN, snoozed_until=0, status=status)
    if case.status is not Status.WAITING and case.claimed_until and case.claimed_until <= now:
        fields = {"assignee": "", "claimed_at": 0, "claimed_until": 0, "status": _free(case)}
        return _by_time(case, now, Action.ROTTED, {"from": case.assignee}, **fields)
    return None


def _by_time(case: Case, now: int, action: Action, detail: dict[str, Any] | None = None, **fields: Any) -> Change:
    after = msgspec.structs.replace(case, revision=case.revision + 1, changed_at=now, **fields)
    return Change(after, _entry(after, now, MACHINE, action, detail or {}))


def _free(case: Case) -> Status:
    return Status.REOPENED if case.reopened else Status.OPEN


def _entry(case: Case, now: int, who: str, action: Action, detail: dict[str, Any]) -> Entry:
    return Entry(case_id=case.case_id, revision=case.revision, at=now, who=who, action=action, detail=detail)


_Outcome = _Step | Refusal
_NO_CLAIM: Final[dict[str, Any]] = {"assignee": "", "claimed_at": 0, "claimed_until": 0}


def _seen(case: Case, now: int) -> dict[str, Any]:
    """Return what changes when somebody has seen it."""
    return {"acknowledged_at": case.acknowledged_at or now}


def _claim(case: Case, _: do.Claim, by: Actor, now: int, __: Policy) -> _Outcome:
    if case.assignee == by.name:
        return Refusal.NOTHING
    status = Status.ACKNOWLEDGED if case.status in UNSEEN else case.status
    return _Step(Action.CLAIMED, {"assignee": by.name, "status": status, **_seen(case, now)})


def _release(case: Case, command: do.Release, _: Actor, __: int, policy: Policy) -> _Outcome:
    if not case.assignee:
        return Refusal.NOTHING
    if len(command.reason) > policy.text_characters:
        return Refusal.TOO_LONG
    detail = {"from": case.assignee} | ({"reason": command.reason} if command.reason else {})
    return _Step(Action.RELEASED, {**_NO_CLAIM, "status": _free(case), "snoozed_until": 0}, detail)


def _assign(case: Case, command: do.Assign, _: Actor, now: int, policy: Policy) -> _Outcome:
    if not command.to:
        return Refusal.MISSING
    if max(len(command.to), len(command.reason)) > policy.text_characters:
        return Refusal.TOO_LONG
    if command.to == case.assignee:
        return Refusal.NOTHING
    status = Status.ACKNOWLEDGED if case.status in UNSEEN else case.status
    detail = {"to": command.to} | ({"reason": command.reason} if command.reason else {})
    return _Step(Action.ASSIGNED, {"assignee": command.to, "status": status, **_seen(case, now)}, detail)


def _acknowledge(case: Case, _: do.Acknowledge, __: Actor, now: int, ___: Policy) -> _Outcome:
    if case.status not in UNSEEN:
        return Refusal.NOTHING
    return _Step(Action.ACKNOWLEDGED, {"status": Status.ACKNOWLEDGED, **_seen(case, now)})


def _start(case: Case, _: do.Start, by: Actor, now: int, __: Policy) -> _Outcome:
    if case.status is Status.IN_PROGRESS and case.assignee == by.name:
        return Refusal.NOTHING
    fields = {"status": Status.IN_PROGRESS, "assignee": by.name, "snoozed_until": 0}
    return _Step(Action.STARTED, {**fields, **_seen(case, now)})


def _wait(case: Case, command: do.Wait, by: Actor, now: int, __: Policy) -> _Outcome:
    if command.until <= now:
        return Refusal.IN_PAST
    fields = {"status": Status.WAITING, "snoozed_until": command.until, "assignee": case.assignee or by.name}
    return _Step(Action.WAITING, {**fields, **_seen(case, now)}, {"until": command.until})


def _resolve(case: Case, command: do.Resolve, by: Actor, now: int, policy: Policy) -> _Outcome:
    if len(command.reason) > policy.text_characters:
        return Refusal.TOO_LONG
    fields = {"status": Status.RESOLVED, "resolution": Resolution.BY_PERSON, "resolved_at": now, "snoozed_until": 0}
    fields["assignee"] = case.assignee or by.name
    return _Step(Action.RESOLVED, {**fields, **_seen(case, now)}, {"reason": command.reason} if command.reason else {})


def _reopen(case: Case, command: do.Reopen, _: Actor, now: int, policy: Policy) -> _Outcome:
    if len(command.reason) > policy.text_characters:
        return Refusal.TOO_LONG
    fields = {"status": Status.REOPENED, "resolution": None, "resolved_at": 0, "recovered_at": 0}
    fields |= {"reopened": case.reopened + 1, "begun_at": now, "acknowledged_at": 0, **_NO_CLAIM}
    return _Step(Action.REOPENED, fields, {"reason": command.reason} if command.reason else {})


def _note(_: Case, command: do.Note, __: Actor, ___: int, policy: Policy) -> _Outcome:
    text = command.text.strip()
    if not text:
        return Refusal.MISSING
    return Refusal.TOO_LONG if len(text) > policy.note_characters else _Step(Action.NOTED, {}, {"text": text})


def _tag(case: Case, command: do.Tag, _: Actor, __: int, policy: Policy) -> _Outcome:
    add = [tag.strip().lower() for tag in command.add]
    tags = tuple(sorted({each for each in {*case.tags, *add} if each and each not in command.remove}))
    if len(tags) > policy.tags or any(len(each) > policy.tag_characters for each in tags):
        return Refusal.TOO_LONG
    if tags == case.tags:
        return Refusal.NOTHING
    return _Step(Action.TAGGED, {"tags": tags}, {"tags": list(tags)})


def _snooze(_: Case, command: do.Snooze, __: Actor, now: int, ___: Policy) -> _Outcome:
    if command.until <= now:
        return Refusal.IN_PAST
    return _Step(Action.SNOOZED, {"snoozed_until": command.until}, {"until": command.until})


def _move(case: Case, command: do.Move, _: Actor, __: int, policy: Policy) -> _Outcome:
    if not command.team:
        return Refusal.MISSING
    if len(command.team) > policy.text_characters:
        return Refusal.TOO_LONG
    if command.team == case.team:
        return Refusal.NOTHING
    return _Step(Action.MOVED, {"team": command.team, **_NO_CLAIM, "status": _free(case)}, {"to": command.team})


def _reach(case: Case, command: do.Reach, by: Actor, now: int, policy: Policy) -> _Outcome:
    if len(command.data) > policy.data_fields or any(
        len(name) > policy.tag_characters or len(str(value)) > policy.text_characters
        for name, value in command.data.items()
    ):
        return Refusal.TOO_LONG
    fields: dict[str, Any] = {"status": Status.IN_PROGRESS, "assignee": case.assignee or by.name, **_seen(case, now)}
    detail: dict[str, Any] = {"how": str(command.how), "data": dict(command.data)}
    if command.how is Contact.CALLBACK:
        if command.due <= now:
            return Refusal.IN_PAST if command.due else Refusal.MISSING
        fields["callback_at"] = detail["due"] = command.due
    elif command.how is Contact.CALLED and case.callback_at:
        fields["callback_at"] = 0
        detail["keeps"] = True  # what was promised
    return _Step(Action.CONTACTED, fields, detail)


def _judge(case: Case, command: do.Judge, _: Actor, __: int, policy: Policy) -> _Outcome:
    found = next((each for each in case.members if each.alert_id == command.alert_id), None)
    if found is None or (not command.useful and not command.reason.strip()):
        return Refusal.MISSING
    if len(command.reason) > policy.text_characters:
        return Refusal.TOO_LONG
    detail = {"alert_id": found.alert_id, "rule": found.rule, "useful": command.useful, "reason": command.reason}
    return _Step(Action.JUDGED, {}, detail)


_STEPS: Final[dict[type, Callable[..., _Outcome]]] = {
    do.Claim: _claim,
    do.Release: _release,
    do.Assign: _assign,
    do.Acknowledge: _acknowledge,
    do.Start: _start,
    do.Wait: _wait,
    do.Resolve: _resolve,
    do.Reopen: _reopen,
    do.Note: _note,
    do.Tag: _tag,
    do.Snooze: _snooze,
    do.Move: _move,
    do.Reach: _reach,
    do.Judge: _judge,
}
