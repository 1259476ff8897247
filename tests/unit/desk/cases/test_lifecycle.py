"""What people and time do to a case."""

from typing import Any

import msgspec
import pytest

from streams.desk.cases import intake, lifecycle
from streams.desk.cases.case import Action, Case, Change, Resolution, Status
from streams.desk.cases.command import (
    Acknowledge,
    Assign,
    Claim,
    Command,
    Contact,
    Judge,
    Move,
    Note,
    Reach,
    Release,
    Reopen,
    Resolve,
    Snooze,
    Start,
    Tag,
    Wait,
)
from streams.desk.cases.lifecycle import Actor
from streams.desk.cases.outreach import SOURCE, pseudonym, touchpoints_of
from streams.desk.cases.policy import HOUR_MS, Policy
from streams.desk.cases.refusal import Refusal
from streams.testing.alerts import START_MS, alert

NOW = START_MS + 60_000
POLICY = Policy()
ANA, BEN, LEA = Actor("ana"), Actor("ben"), Actor("lea", is_lead=True)


def opened() -> Case:
    """Return a case that nobody has seen."""
    change = intake.take(None, alert(), NOW, POLICY, number=1, team="support")
    assert change is not None
    return change.case


def apply(case: Case, command: Command, by: Actor = ANA, now: int = NOW) -> Change | Refusal:
    """Do it, with a calendar that is always open."""
    return lifecycle.apply(case, command, by, now, POLICY, lambda at, ms: at + ms)


def done(case: Case, command: Command, by: Actor = ANA, now: int = NOW) -> Case:
    """Do what must work."""
    change = apply(case, command, by, now)
    assert isinstance(change, Change), change
    assert (change.entry.revision, change.case.revision) == (case.revision + 1,) * 2
    return change.case


@pytest.mark.parametrize(
    ("command", "expected"),
    [
        (Claim(), {"status": Status.ACKNOWLEDGED, "assignee": "ana", "acknowledged_at": NOW}),
        (Acknowledge(), {"status": Status.ACKNOWLEDGED, "assignee": "", "acknowledged_at": NOW}),
        (Start(), {"status": Status.IN_PROGRESS, "assignee": "ana"}),
        (Wait(until=NOW + 9), {"status": Status.WAITING, "snoozed_until": NOW + 9, "assignee": "ana"}),
        (Resolve(), {"status": Status.RESOLVED, "resolution": Resolution.BY_PERSON, "resolved_at": NOW}),
        (Snooze(until=NOW + 9), {"status": Status.OPEN, "snoozed_until": NOW + 9}),
        (Assign(to="ben"), {"assignee": "ben", "status": Status.ACKNOWLEDGED}),
        (Move(team="store"), {"team": "store", "assignee": ""}),
        (Tag(add=("VIP ", "b")), {"tags": ("b", "vip")}),
        (Note(text=" hi "), {"status": Status.OPEN}),
        (Reach(how=Contact.CALLED), {"status": Status.IN_PROGRESS, "assignee": "ana"}),
        (Reach(how=Contact.CALLBACK, due=NOW + 5), {"callback_at": NOW + 5}),
        (Judge(alert_id="a1", useful=True), {"status": Status.OPEN}),
    ],
    ids=lambda value: type(value).__name__ if not isinstance(value, dict) else "",
)
def test_what_a_command_changes(command: Command, expected: dict[str, Any]) -> None:
    """One revision, one entry, and these fields."""
    case = done(opened(), command)
    assert {name: getattr(case, name) for name in expected} == expected


@pytest.mark.parametrize(
    ("command", "reason"),
    [
        (Release(), Refusal.NOTHING),
        (Reopen(), Refusal.NOT_CLOSED),
        (Wait(until=NOW), Refusal.IN_PAST),
        (Snooze(until=NOW - 1), Refusal.IN_PAST),
        (Reach(how=Contact.CALLBACK), Refusal.MISSING),
        (Reach(how=Contact.CALLBACK, due=NOW), Refusal.IN_PAST),
        (Reach(how=Contact.OFFERED, data={"offer": "x" * 501}), Refusal.TOO_LONG),
        (Note(text="  "), Refusal.MISSING),
        (Note(text="x" * 4_001), Refusal.TOO_LONG),
        (Tag(add=tuple(map(str, range(21)))), Refusal.TOO_LONG),
        (Tag(remove=("x",)), Refusal.NOTHING),
        (Assign(to=""), Refusal.MISSING),
        (Assign(to="x" * 501), Refusal.TOO_LONG),
        (Move(team="support"), Refusal.NOTHING),
        (Move(team=""), Refusal.MISSING),
        (Move(team="x" * 501), Refusal.TOO_LONG),
        (Resolve(reason="x" * 501), Refusal.TOO_LONG),
        (Judge(alert_id="a2", useful=True), Refusal.MISSING),
        (Judge(alert_id="a1", useful=False), Refusal.MISSING),
        (Judge(alert_id="a1", useful=False, reason="x" * 501), Refusal.TOO_LONG),
    ],
    ids=repr,
)
def test_what_is_refused(command: Command, reason: Refusal) -> None:
    """Each with its reason, and the case stays as it is."""
    assert apply(opened(), command) is reason


def test_two_agents_never_hold_the_same_case() -> None:
    """The second one is told that it is held, whatever revision was seen."""
    case = opened()
    held = done(case, Claim(revision=case.revision))
    assert apply(held, Claim(revision=case.revision), BEN) is Refusal.HELD
    assert apply(held, Claim(), ANA) is Refusal.NOTHING
    assert done(held, Assign(to="ben"), LEA).assignee == "ben"


@pytest.mark.parametrize("command", [Note(text="x"), Tag(add=("x",)), Judge(alert_id="a1", useful=True)], ids=repr)
def test_whoever_does_not_hold_it_may_still_say_something(command: Command) -> None:
    """Notes, tags and judgements take nothing away from the holder."""
    assert done(done(opened(), Claim()), command, BEN).assignee == "ana"


def test_what_somebody_did_since_is_in_the_way_and_what_the_journey_did_is_not() -> None:
    """A command names the revision that its author saw."""
    seen = opened()
    change = intake.take(seen, alert("a1", 2), NOW, POLICY, number=0, team="")
    assert change is not None
    assert done(change.case, Acknowledge(revision=seen.revision)).status is Status.ACKNOWLEDGED
    noted = done(seen, Snooze(until=NOW + 9), BEN)
    assert apply(noted, Acknowledge(revision=seen.revision)) is Refusal.OUTDATED


def test_a_resolved_case_must_be_reopened_first() -> None:
    """And then nobody holds it."""
    closed = done(opened(), Resolve(reason="done"))
    assert apply(closed, Start()) is Refusal.CLOSED
    again = done(closed, Reopen(reason="not at all"))
    assert (again.status, again.assignee, again.reopened, again.resolution) == (Status.REOPENED, "", 1, None)


def test_a_claim_rots_back_to_the_queue() -> None:
    """Unless the holder did something meanwhile."""
    held = done(opened(), Claim())
    end = NOW + POLICY.claim_ms
    assert (lifecycle.due(held), lifecycle.tick(held, end - 1)) == (end, None)
    change = lifecycle.tick(held, end)
    assert change is not None
    assert (change.case.assignee, change.case.status, change.entry.action) == ("", Status.OPEN, Action.ROTTED)
    assert lifecycle.due(done(held, Note(text="x"), now=NOW + HOUR_MS)) == end + HOUR_MS


def test_the_claim_of_somebody_else_is_not_extended_by_a_note() -> None:
    """Only the holder keeps it."""
    held = done(opened(), Claim())
    assert done(held, Note(text="x"), BEN, NOW + HOUR_MS).claimed_until == held.claimed_until


def test_waiting_for_the_customer_ends_by_itself() -> None:
    """It is the holder's turn again; while it waits the claim does not rot."""
    waiting = done(opened(), Wait(until=NOW + 10 * POLICY.claim_ms))
    assert lifecycle.tick(waiting, NOW + POLICY.claim_ms) is None
    change = lifecycle.tick(waiting, NOW + 10 * POLICY.claim_ms)
    assert change is not None
    assert (change.case.status, change.case.snoozed_until, change.entry.action) == (
        Status.IN_PROGRESS, 0, Action.WOKEN,
    )  # fmt: skip


def test_nothing_is_due_of_what_is_resolved() -> None:
    """Time does nothing to it."""
    closed = done(done(opened(), Claim()), Resolve())
    assert (lifecycle.due(closed), lifecycle.tick(closed, NOW + 10**12)) == (0, None)


@pytest.mark.parametrize(
    ("command", "kind", "data"),
    [
        (Reach(how=Contact.CALLED), "contact.made", {"channel": "call"}),
        (Reach(how=Contact.WRITTEN, data={"channel": "chat"}), "contact.made", {"channel": "chat"}),
        (Reach(how=Contact.OFFERED, data={"offer": "voucher", "value": 10}), "offer.made", {"offer": "voucher"}),
        (Reach(how=Contact.REFUNDED), "recovery.offered", {"offer": "refund"}),
        (Reach(how=Contact.APOLOGISED), "apology.sent", {"rule": "payment-failing", "alert_id": "a1"}),
        (Reach(how=Contact.CALLBACK, due=NOW + 1_000), "promise.opened", {"kind": "callback"}),
    ],
    ids=repr,
)
def test_what_was_done_for_a_customer_is_a_touchpoint(command: Command, kind: str, data: dict[str, Any]) -> None:
    """With an id that stays the same, and a pseudonym instead of the agent's name."""
    change = apply(opened(), command)
    assert isinstance(change, Change)
    (said,) = touchpoints_of(change, "customer-1")
    found = msgspec.json.decode(said.data)
    assert (said.type, said.source, said.customer, said.time) == (kind, SOURCE, "customer-1", NOW)
    assert said.id == f"{change.case.case_id}/2"
    assert {name: found.get(name) for name in data} == data
    assert pseudonym("ana") in said.data.decode()
    assert "ana" not in said.data.decode()


def test_a_call_keeps_the_call_back_that_was_promised() -> None:
    """The promise and its end are about the same case."""
    promised = apply(opened(), Reach(how=Contact.CALLBACK, due=NOW + 1_000))
    assert isinstance(promised, Change)
    called = apply(promised.case, Reach(how=Contact.CALLED))
    assert isinstance(called, Change)
    (opening,), (made, kept) = touchpoints_of(promised, "c"), touchpoints_of(called, "c")
    assert (made.type, kept.type, kept.subject, kept.id != made.id) == (
        "contact.made", "promise.kept", opening.subject, True,
    )  # fmt: skip
    assert called.case.callback_at == 0


def test_other_changes_say_nothing_to_the_journey() -> None:
    """Nor does a contact about somebody who is no customer."""
    noted, called = apply(opened(), Note(text="x")), apply(opened(), Reach(how=Contact.CALLED))
    assert isinstance(noted, Change)
    assert isinstance(called, Change)
    assert (touchpoints_of(noted, "c"), touchpoints_of(called, "")) == ((), ())
