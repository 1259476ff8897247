"""What a check found."""

from enum import StrEnum
from typing import Final

import msgspec


class State(StrEnum):
    """How bad it is; `skipped` means that it could not be looked at, since something before it failed."""

    OK = "ok"
    WARNING = "warning"
    FAILED = "failed"
    SKIPPED = "skipped"


_RANK: Final = (State.OK, State.SKIPPED, State.WARNING, State.FAILED)


class Finding(msgspec.Struct, frozen=True):
    """One line of the answer: of which check, how bad, what was seen, and what to do about it."""

    check: str
    state: State
    seen: str
    remedy: str = ""


def ok(check: str, seen: str) -> Finding:
    """Return that all is well."""
    return Finding(check, State.OK, seen)


def warning(check: str, seen: str, remedy: str) -> Finding:
    """Return that it works, and will not for ever."""
    return Finding(check, State.WARNING, seen, remedy)


def failed(check: str, seen: str, remedy: str) -> Finding:
    """Return that it does not work."""
    return Finding(check, State.FAILED, seen, remedy)


def skipped(check: str, seen: str) -> Finding:
    """Return that it could not be looked at."""
    return Finding(check, State.SKIPPED, seen)


def worst(findings: "list[Finding]") -> State:
    """Return how bad the worst is."""
    return max((finding.state for finding in findings), key=_RANK.index, default=State.OK)
