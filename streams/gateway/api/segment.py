"""`/v1/track` and its siblings: calls of Segment's own libraries, answered as these expect it.

They send a call again after 429 and 5xx, and drop it after any other failure. So a request of which anything was taken
is a success; `refused` beside it is for the person who looks at the answer. Unknown types are ignored unless the
address says `?unknown=refuse`.
"""

from collections.abc import Callable, Sequence
from typing import Final

import msgspec

from streams.gateway.api import answers, callers, problems
from streams.gateway.api.answers import AnyItem
from streams.gateway.api.problems import Code, Problem, ProblemDetails
from streams.gateway.api.reply import Reply, as_json, encode
from streams.gateway.api.request import Request
from streams.gateway.api.way import Facts, Item
from streams.gateway.door import Unknown
from streams.gateway.gate import Taken
from streams.gateway.keys.key import Key, Kind
from streams.gateway.outcome import Refused
from streams.gateway.segment import calls

CALLS: Final = ("track", "page", "screen", "identify", "alias", "group", "batch", "import")
_KINDS: Final = frozenset({Kind.SERVER, Kind.BROWSER})


class Success(msgspec.Struct, frozen=True, omit_defaults=True):
    """What Segment answers, and which items were refused all the same."""

    success: bool
    refused: Sequence[AnyItem] = ()


class Failure(ProblemDetails, frozen=True, kw_only=True, omit_defaults=True):
    """Problem details with the members that the libraries show to their user."""

    success: bool
    code: str
    message: str
    refused: Sequence[AnyItem] = ()


class SegmentCall:
    """One kind of call."""

    def __init__(self, call: str, now: Callable[[], int]) -> None:
        self._now = now
        self._call = "batch" if call == "import" else call  # what old libraries call it
        self.facts = Facts(template=f"/v1/{call}", kinds=_KINDS, unknown=Unknown.IGNORE, key_in_body=True)

    def key_text(self, request: Request) -> str:
        """Return the write key: as any API key may be sent, as the user name of basic access, or in the body."""
        return callers.key_text(request) or calls.write_key(request.header(b"authorization"), request.body)

    async def read(self, request: Request, key: Key) -> Sequence[Item] | Problem | Reply:
        """Return the calls of the body."""
        return calls.read(self._call, request.body, self._now())

    def answer(self, taken: Taken, *, is_dry: bool) -> Reply:
        """Return the success that libraries look for, or what is wrong with all of it."""
        refused = [answers.told(verdict) for verdict in taken.verdicts if isinstance(verdict, Refused)]
        if not refused or len(refused) < len(taken.verdicts):
            return as_json(Success(success=True, refused=refused or ()))
        return _failure(Problem(code=Code.REFUSED), refused)

    def fail(self, problem: Problem) -> Reply:
        """Return the problem."""
        return _failure(problem)


def _failure(problem: Problem, refused: Sequence[AnyItem] = ()) -> Reply:
    said = problems.details(problem)
    body = Failure(
        type=said.type,
        title=said.title,
        status=said.status,
        reason=said.reason,
        detail=said.detail,
        success=False,
        code=said.reason,
        message=said.detail or said.title,
        refused=refused,
    )
    return Reply(said.status, encode(body), problems.MEDIA_TYPE, problems.headers(problem), problem.code)
