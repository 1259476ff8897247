"""What can go wrong with a request, as RFC 9457 problem details; never with anything of the request in it."""

import re
from collections.abc import Mapping
from enum import StrEnum
from typing import Final

import msgspec

from streams.desk.api.texts import title
from streams.desk.service.port import Refusal, Refused
from streams.desk.service.views import Row

MEDIA_TYPE: Final = "application/problem+json"
_PLACE: Final = re.compile(r" - at `(?:key in )?(\$[^`]*)`\Z")
_SAFE: Final = re.compile(r"(?:Expected `|Object missing required field `|Array of length |Number out of range)")


class Code(StrEnum):
    """Which problem, beside the refusals of a command; bounded, so that it can be a label."""

    UNAUTHENTICATED = "unauthenticated"
    FORBIDDEN = "forbidden"
    CSRF = "csrf"  # a change of a session without its CSRF token
    NOT_FOUND = "not_found"
    METHOD = "method"
    MALFORMED = "malformed"  # not JSON
    INVALID = "invalid"  # JSON, or a query, of another shape
    MEDIA_TYPE = "media_type"
    TOO_LARGE = "too_large"
    TOO_MANY = "too_many"
    NOT_READY = "not_ready"
    NOT_INSTALLED = "not_installed"  # a package that is an extra
    UNEXPECTED = "unexpected"


STATUS: Final[Mapping[str, int]] = {
    Code.UNAUTHENTICATED: 401,
    Code.FORBIDDEN: 403,
    Code.CSRF: 403,
    Code.NOT_FOUND: 404,
    Code.METHOD: 405,
    Code.MALFORMED: 400,
    Code.INVALID: 422,
    Code.MEDIA_TYPE: 415,
    Code.TOO_LARGE: 413,
    Code.TOO_MANY: 429,
    Code.NOT_READY: 503,
    Code.NOT_INSTALLED: 501,
    Code.UNEXPECTED: 500,
    Refusal.UNKNOWN: 404,
    Refusal.FORBIDDEN: 403,
    Refusal.OUTDATED: 409,
    Refusal.HELD: 409,
    Refusal.CLOSED: 409,
    Refusal.NOT_CLOSED: 409,
    Refusal.NOTHING: 409,
    Refusal.IN_PAST: 422,
    Refusal.TOO_LONG: 422,
    Refusal.MISSING: 422,
}


class ProblemDetails(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """The body of every answer that is no success.

    `reason` is for programs, `title` for people, in their language. `row` is the case as it is now.
    """

    type: str
    title: str
    status: int
    reason: str
    detail: str = ""
    row: Row | None = None


class Problem(msgspec.Struct, frozen=True, kw_only=True):
    """A problem before it is put into words; `wait_sec` is when to come again."""

    reason: Code | Refusal
    detail: str = ""
    row: Row | None = None
    wait_sec: int = 0
    allow: str = ""  # methods

    @property
    def status(self) -> int:
        """Its HTTP status."""
        return STATUS[self.reason]


def details(problem: Problem, language: str) -> ProblemDetails:
    """Return the body."""
    return ProblemDetails(
        type=f"urn:touchpoint:problem:{problem.reason.value}",
        title=title(problem.reason.value, language),
        status=problem.status,
        reason=problem.reason.value,
        detail=problem.detail,
        row=problem.row,
    )


def headers(problem: Problem) -> dict[str, str]:
    """Return the headers that belong to it."""
    found = {}
    if problem.reason is Code.UNAUTHENTICATED:
        found["WWW-Authenticate"] = 'Bearer realm="touchpoint desk"'
    if problem.wait_sec:
        found["Retry-After"] = str(problem.wait_sec)
    if problem.allow:
        found["Allow"] = problem.allow
    return found


def refused(answer: Refused) -> Problem:
    """Return what the desk's refusal is in HTTP."""
    return Problem(reason=answer.reason, row=answer.row)


def misfit(error: msgspec.ValidationError) -> Problem:
    """Return where a value does not fit and what is expected there; what was given stays out of it."""
    text = str(error)
    place = _PLACE.search(text)
    said = text[: place.start()] if place else text
    said = said if _SAFE.match(said) else "a name or value that is not known"
    return Problem(reason=Code.INVALID, detail=f"{place[1] if place else '$'}: {said}")
