"""What can go wrong with a whole request, as RFC 9457 problem details; never with anything of the request in it."""

from collections.abc import Mapping
from enum import StrEnum
from typing import Final

import msgspec

MEDIA_TYPE: Final = "application/problem+json"


class Code(StrEnum):
    """Which problem; bounded, so that the same word is the metric label and what a client reads."""

    UNAUTHENTICATED = "unauthenticated"
    SIGNATURE = "signature"  # of a provider: not by its scheme and our secret
    FORBIDDEN = "forbidden"
    NOT_FOUND = "not_found"
    METHOD = "method"
    CONFLICT = "conflict"  # a part of an upload that does not follow on what is here
    SLOW = "slow"
    MALFORMED = "malformed"  # not JSON, not what its Content-Encoding says, a query or header of another shape
    MEDIA_TYPE = "media_type"
    TOO_LARGE = "too_large"
    TOO_MANY = "too_many"
    REFUSED = "refused"  # every single item was
    BUSY = "busy"
    FULL = "full"
    UNEXPECTED = "unexpected"


STATUS: Final[Mapping[Code, int]] = {
    Code.UNAUTHENTICATED: 401,
    Code.SIGNATURE: 401,
    Code.FORBIDDEN: 403,
    Code.NOT_FOUND: 404,
    Code.METHOD: 405,
    Code.CONFLICT: 409,
    Code.SLOW: 408,
    Code.MALFORMED: 400,
    Code.MEDIA_TYPE: 415,
    Code.TOO_LARGE: 413,
    Code.TOO_MANY: 429,
    Code.REFUSED: 422,
    Code.BUSY: 503,
    Code.FULL: 503,
    Code.UNEXPECTED: 500,
}
TITLES: Final[Mapping[Code, str]] = {
    Code.UNAUTHENTICATED: "Send an API key that is in force",
    Code.SIGNATURE: "The signature is not the provider's",
    Code.FORBIDDEN: "This key may not do this here",
    Code.NOT_FOUND: "There is no such thing here",
    Code.METHOD: "This method is not for this address",
    Code.CONFLICT: "This part does not follow on what is here",
    Code.SLOW: "The body took too long to arrive",
    Code.MALFORMED: "The request cannot be read",
    Code.MEDIA_TYPE: "The body is of a type that is not read here",
    Code.TOO_LARGE: "The request is too large",
    Code.TOO_MANY: "The key has used up what it may send; come again later",
    Code.REFUSED: "No item was accepted",
    Code.BUSY: "Too much at a time; come again later",
    Code.FULL: "There is no safe place for touchpoints now; come again later",
    Code.UNEXPECTED: "Something failed on our side; it has been logged",
}


class ProblemDetails(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """The body of every answer that is no success; `reason` is for programs, `title` and `detail` for people."""

    type: str
    title: str
    status: int
    reason: str
    detail: str = ""


class Problem(msgspec.Struct, frozen=True, kw_only=True):
    """A problem before it is put into words; `wait_sec` is when to come again, `allow` the methods that there are."""

    code: Code
    detail: str = ""
    wait_sec: int = 0
    allow: str = ""

    @property
    def status(self) -> int:
        """Its HTTP status."""
        return STATUS[self.code]


def urn(word: str) -> str:
    """Return the name of a kind of problem."""
    return f"urn:touchpoint:problem:{word}"


def details(problem: Problem) -> ProblemDetails:
    """Return the body."""
    return ProblemDetails(
        type=urn(problem.code),
        title=TITLES[problem.code],
        status=problem.status,
        reason=problem.code,
        detail=problem.detail,
    )


def headers(problem: Problem) -> dict[str, str]:
    """Return the headers that belong to it."""
    found = {}
    if problem.code is Code.UNAUTHENTICATED:
        found["WWW-Authenticate"] = 'Bearer realm="touchpoint gateway"'
    if problem.wait_sec:
        found["Retry-After"] = str(problem.wait_sec)
    if problem.allow:
        found["Allow"] = problem.allow
    return found
