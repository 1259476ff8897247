"""What a role may do."""

import pytest

from streams.desk.access.roles import (
    COMMANDS,
    RIGHTS,
    OfferPolicy,
    Right,
    may,
    may_give,
    may_see_entry,
    may_take_over,
    offer_limit,
    rights,
)
from streams.desk.access.viewer import Role, Viewer
from streams.desk.cases.command import Assign, Claim, Command, Contact, Judge, Move, Note, Reach


def who(*roles: Role) -> Viewer:
    """Return somebody with these roles."""
    return Viewer(name="anna", roles=frozenset(roles))


def test_every_role_and_every_command_is_in_the_table() -> None:
    """A new one is given its place before anybody can use it."""
    assert set(RIGHTS) == set(Role)
    assert set(COMMANDS) == set(Command.__args__)


@pytest.mark.parametrize(
    ("role", "allowed"),
    [
        (Role.AGENT, {Right.SEE, Right.WORK, Right.REVEAL, Right.FIGURES}),
        (Role.LEAD, {Right.SEE, Right.WORK, Right.REVEAL, Right.FIGURES, Right.DIRECT, Right.BULK, Right.SILENCES}),
        (Role.MANAGER, {Right.SEE, Right.EVERY_TEAM, Right.FIGURES, Right.EXPORT}),
        (Role.COACH, {Right.SEE, Right.FIGURES}),
        (Role.PRIVACY, {Right.SEE, Right.EVERY_TEAM, Right.REVEAL, Right.SEE_REVEALS}),
        (Role.ADMIN, {Right.TOKENS, Right.SILENCES, Right.ROUTES}),
    ],
)
def test_the_table_is_what_was_agreed(role: Role, allowed: set[Right]) -> None:
    """Each role has these rights and no other."""
    assert rights(who(role)) == allowed
    assert {right for right in Right if may(who(role), right)} == allowed


def test_roles_add_up() -> None:
    """Two roles may what each of them may; none may nothing."""
    assert rights(who(Role.COACH, Role.ADMIN)) == RIGHTS[Role.COACH] | RIGHTS[Role.ADMIN]
    assert rights(who()) == frozenset()


@pytest.mark.parametrize(
    "command", [Claim(), Note(text="x"), Judge(alert_id="a", useful=True), Reach(how=Contact.CALLED)]
)
def test_agents_and_leads_work_and_nobody_else(command: Command) -> None:
    """A coach, a manager, a privacy officer and an admin change nothing."""
    assert {role for role in Role if may_give(who(role), command)} == {Role.AGENT, Role.LEAD}


@pytest.mark.parametrize("command", [Assign(to="ben"), Move(team="web")])
def test_only_a_lead_directs(command: Command) -> None:
    """Assigning, moving and taking over."""
    assert {role for role in Role if may_give(who(role), command)} == {Role.LEAD}
    assert {role for role in Role if may_take_over(who(role))} == {Role.LEAD}


def test_who_revealed_whom_is_for_the_privacy_officer() -> None:
    """And for whoever did it; every other line is for all."""
    assert may_see_entry(who(Role.PRIVACY), "revealed", "ben")
    assert may_see_entry(who(Role.AGENT), "revealed", "anna")
    assert not may_see_entry(who(Role.LEAD), "revealed", "ben")
    assert may_see_entry(who(Role.COACH), "noted", "ben")


def test_the_offer_limit_is_the_best_of_ones_roles() -> None:
    """None where no role may offer anything."""
    policy = OfferPolicy({Role.AGENT: 10.0, Role.LEAD: 99.5})
    assert offer_limit(policy, who(Role.AGENT)) == 10.0
    assert offer_limit(policy, who(Role.AGENT, Role.LEAD)) == 99.5
    assert offer_limit(policy, who(Role.COACH)) is None
    assert offer_limit(OfferPolicy(), who(Role.LEAD)) == 150.0
