"""What became of the items of a request, one by one and in their order, as a client reads it.

202: everything was accepted, or is ignored by policy. 207: some items were refused, and the others accepted. 422: every
item was refused. 200: a dry run, whatever it found. Whatever is called accepted is safe, unless it was a dry run.
"""

from collections.abc import Mapping, Sequence
from typing import Final

import msgspec

from streams.gateway.api import problems
from streams.gateway.api.problems import Code, Problem, ProblemDetails
from streams.gateway.api.reply import JSON, Reply, encode
from streams.gateway.gate import Taken
from streams.gateway.outcome import Admitted, Ignored, Verdict, Why

REASONS: Final[Mapping[Why, str]] = {
    Why.MALFORMED: "A member has another shape than asked for",
    Why.MISSING_FIELD: "A member that every touchpoint has is missing",
    Why.MISSING_CUSTOMER: "Nothing says whose touchpoint it is",
    Why.BAD_TIME: "The time cannot be",
    Why.UNKNOWN_TYPE: "The vocabulary has no such type",
    Why.BAD_DATA: "The data is not what its type asks for",
    Why.TOO_LARGE: "A name or the data is too large",
    Why.NOT_ALLOWED: "The key does not allow this",
    Why.UNMAPPED: "This event stands for no touchpoint",
}


class AcceptedItem(msgspec.Struct, frozen=True, tag_field="status", tag="accepted", gc=False):
    """A touchpoint, under the id by which it is known, given or made."""

    id: str


class IgnoredItem(msgspec.Struct, frozen=True, tag_field="status", tag="ignored"):
    """An item that goes no further; sending it again changes nothing."""

    why: Why
    detail: str


class RefusedItem(msgspec.Struct, frozen=True, tag_field="status", tag="refused", omit_defaults=True, kw_only=True):
    """Problem details (RFC 9457) of one item: `pointer` leads into it, `nearest` is the type most likely meant."""

    type: str
    title: str
    why: Why
    pointer: str = ""
    detail: str = ""
    nearest: str = ""


AnyItem = AcceptedItem | IgnoredItem | RefusedItem


class Answer(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """The answer to a request of which something was accepted. `stored`: `broker` or `spool`; not in a dry run."""

    accepted: int
    ignored: int
    refused: int
    items: Sequence[AnyItem]
    stored: str = ""
    dry_run: bool = False


class RefusedAnswer(ProblemDetails, frozen=True, kw_only=True, omit_defaults=True):
    """The answer to a request of which every item was refused."""

    items: Sequence[AnyItem]


def answer(taken: Taken, *, is_dry: bool = False) -> Reply:
    """Return the answer to a request whose items were taken."""
    counts = taken.counts
    items = [
        AcceptedItem(verdict.touchpoint.id) if isinstance(verdict, Admitted) else told(verdict)
        for verdict in taken.verdicts
    ]
    if counts.refused and counts.refused == len(items) and not is_dry:
        return _nothing(items)
    body = Answer(
        accepted=counts.accepted,
        ignored=counts.ignored,
        refused=counts.refused,
        items=items,
        stored=taken.stored or "",
        dry_run=is_dry,
    )
    status = 200 if is_dry else 207 if counts.refused else 202
    return Reply(status, encode(body), JSON, reason="dry_run" if is_dry else "mixed" if counts.refused else "ok")


def told(verdict: Verdict) -> AnyItem:
    """Return what a client reads of one item."""
    if isinstance(verdict, Admitted):
        return AcceptedItem(verdict.touchpoint.id)
    if isinstance(verdict, Ignored):
        return IgnoredItem(verdict.why, verdict.detail)
    why = verdict.why
    return RefusedItem(
        type=problems.urn(why),
        title=REASONS[why],
        why=why,
        pointer=verdict.pointer,
        detail=verdict.detail,
        nearest=verdict.nearest,
    )


def _nothing(items: Sequence[AnyItem]) -> Reply:
    found = problems.details(Problem(code=Code.REFUSED))
    body = RefusedAnswer(type=found.type, title=found.title, status=found.status, reason=found.reason, items=items)
    return Reply(found.status, encode(body), problems.MEDIA_TYPE, reason=Code.REFUSED)
