"""What a role may do: one table for commands, one for what is seen, so that API, console and service agree."""

from collections.abc import Mapping
from enum import StrEnum
from typing import Final

import msgspec

from streams.desk.access.viewer import Role, Viewer
from streams.desk.cases import command as commands
from streams.desk.cases.case import Action
from streams.desk.cases.command import Command


class Right(StrEnum):
    """One thing that somebody may do or see; each endpoint and each command asks for one."""

    SEE = "see"  # queue, cases, journeys, trails and incidents of what is in view
    EVERY_TEAM = "every_team"  # in view are the cases of all teams
    WORK = "work"  # give the commands that one person gives about one case
    DIRECT = "direct"  # assign, take over from a holder, move to another team
    BULK = "bulk"  # give one command about many cases
    REVEAL = "reveal"  # see who a customer is; leaves an entry
    SEE_REVEALS = "see_reveals"  # see who was revealed by whom, and why
    FIGURES = "figures"  # board, and what rules are worth
    EXPORT = "export"
    TOKENS = "tokens"
    SILENCES = "silences"  # of the own teams and stores
    ROUTES = "routes"


_AGENT: Final = frozenset({Right.SEE, Right.WORK, Right.REVEAL, Right.FIGURES})
RIGHTS: Final[Mapping[Role, frozenset[Right]]] = {
    Role.AGENT: _AGENT,
    Role.LEAD: _AGENT | {Right.DIRECT, Right.BULK, Right.SILENCES},
    Role.MANAGER: frozenset({Right.SEE, Right.EVERY_TEAM, Right.FIGURES, Right.EXPORT}),
    Role.COACH: frozenset({Right.SEE, Right.FIGURES}),
    Role.PRIVACY: frozenset({Right.SEE, Right.EVERY_TEAM, Right.REVEAL, Right.SEE_REVEALS}),
    Role.ADMIN: frozenset({Right.TOKENS, Right.SILENCES, Right.ROUTES}),
}

COMMANDS: Final[Mapping[type[Command], Right]] = {
    commands.Claim: Right.WORK,
    commands.Release: Right.WORK,
    commands.Assign: Right.DIRECT,
    commands.Acknowledge: Right.WORK,
    commands.Start: Right.WORK,
    commands.Wait: Right.WORK,
    commands.Resolve: Right.WORK,
    commands.Reopen: Right.WORK,
    commands.Note: Right.WORK,
    commands.Tag: Right.WORK,
    commands.Snooze: Right.WORK,
    commands.Move: Right.DIRECT,
    commands.Reach: Right.WORK,
    commands.Judge: Right.WORK,
}


class OfferPolicy(msgspec.Struct, frozen=True):
    """What a role may offer a customer without asking, in the currency of the shop; a role left out may offer nothing.

    People write it in the desk's settings.
    """

    limits: dict[Role, float] = msgspec.field(default_factory=lambda: {Role.AGENT: 25.0, Role.LEAD: 150.0})


def rights(viewer: Viewer) -> frozenset[Right]:
    """Return everything that a person's roles allow."""
    return frozenset().union(*(RIGHTS[role] for role in viewer.roles))


def may(viewer: Viewer, right: Right) -> bool:
    """Return whether one of a person's roles allows it."""
    return any(right in RIGHTS[role] for role in viewer.roles)


def may_give(viewer: Viewer, command: Command) -> bool:
    """Return whether a person may give a command about a case that is in view."""
    return may(viewer, COMMANDS[type(command)])


def may_take_over(viewer: Viewer) -> bool:
    """Return whether a person may work on a case that somebody else holds."""
    return may(viewer, Right.DIRECT)


def may_see_entry(viewer: Viewer, action: str, who: str) -> bool:
    """Return whether a line of a trail is for this person: reveals are for the privacy officer and who made them."""
    return action != Action.REVEALED or who == viewer.name or may(viewer, Right.SEE_REVEALS)


def offer_limit(policy: OfferPolicy, viewer: Viewer) -> float | None:
    """Return the largest offer that a person may make without asking, None where it is no offer at all."""
    return max((policy.limits[role] for role in viewer.roles if role in policy.limits), default=None)
