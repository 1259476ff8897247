"""Whoever looks or acts, a person or a program, once it is known who it is."""

from enum import StrEnum

import msgspec


class Role(StrEnum):
    """What somebody may do; `roles.may` has the table."""

    AGENT = "agent"  # works on cases of the own teams
    LEAD = "lead"  # assigns and takes over
    MANAGER = "manager"  # sees every team and every figure
    COACH = "coach"  # sees trails and judgements, changes nothing
    PRIVACY = "privacy"  # privacy officer: sees who was revealed by whom
    ADMIN = "admin"  # tokens, silences and routes


class Viewer(msgspec.Struct, frozen=True, kw_only=True):
    """One of them. No `teams` or no `stores`: all of them. `language` is en or es."""

    name: str
    roles: frozenset[Role]
    teams: frozenset[str] = frozenset()
    stores: frozenset[str] = frozenset()
    language: str = "en"
