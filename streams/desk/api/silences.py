"""Silences of people: who keeps what quiet, until when, and why."""

from collections.abc import Sequence
from typing import Annotated

import msgspec

from streams.desk.api.filters import Name
from streams.desk.api.operation import Call
from streams.desk.api.problems import Code, Problem, refused
from streams.desk.api.texts import language
from streams.desk.routing.silences import FLAWS
from streams.desk.service.port import Flaw, NewSilence, Refusal, Refused
from streams.desk.service.views import SilenceView

At = Annotated[int, msgspec.Meta(ge=0, le=1 << 53)]


class Wish(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A silence to make: matchers as in routes, `severity=~"low|medium"`; `starts_at` 0 is now."""

    matchers: Annotated[tuple[Name, ...], msgspec.Meta(min_length=1, max_length=20)]
    ends_at: At
    comment: Annotated[str, msgspec.Meta(min_length=1, max_length=500)]
    starts_at: At = 0


async def find(call: Call[None, None]) -> Sequence[SilenceView]:
    """Return those that have not ended."""
    return await call.desk.silences(call.viewer)


async def make(call: Call[None, Wish]) -> SilenceView | Problem:
    """Make one."""
    wish = call.body
    wanted = NewSilence(matchers=wish.matchers, starts_at=wish.starts_at, ends_at=wish.ends_at, comment=wish.comment)
    answer = await call.desk.silence(call.viewer, wanted)
    if isinstance(answer, Flaw):
        said = FLAWS[answer][language(call.headers.get("accept-language", ""))]
        return Problem(reason=Code.INVALID, detail=f"$: {said}")
    return refused(answer) if isinstance(answer, Refused) else answer


async def end(call: Call[None, None]) -> SilenceView | Problem:
    """End one."""
    answer = await call.desk.end_silence(call.viewer, call.path["silence_id"])
    if isinstance(answer, Refused):
        return Problem(reason=Code.NOT_FOUND) if answer.reason is Refusal.UNKNOWN else refused(answer)
    return answer
