"""Cases: the queue, one case whole, and what people do with them."""

import asyncio
from collections.abc import Sequence
from typing import Annotated, Final

import msgspec

from streams.desk.access.roles import may_give, may_see_entry
from streams.desk.access.viewer import Viewer
from streams.desk.api.filters import CaseQuery, Name, wanted
from streams.desk.api.operation import Call
from streams.desk.api.problems import STATUS, Code, Problem, refused
from streams.desk.cases.command import Command
from streams.desk.service.port import Desk, Done, Refusal, Refused, Revealed, Tally
from streams.desk.service.views import Card, Line, Page, Row, Step

AT_ONCE: Final = 16  # commands of a bulk that are under way at a time


class Why(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Why somebody needs to know who a customer is; it stands in the trail."""

    why: Annotated[str, msgspec.Meta(min_length=3, max_length=500)]


class Item(msgspec.Struct, frozen=True):
    """A command about one case."""

    case_id: Annotated[str, msgspec.Meta(pattern="^[A-Za-z0-9_-]{1,64}$")]
    command: Command


class Bulk(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Commands about many cases, each of them once."""

    items: Annotated[tuple[Item, ...], msgspec.Meta(min_length=1, max_length=500)]


class ItemAnswer(msgspec.Struct, frozen=True, omit_defaults=True):
    """What came of one item: `status` is what the command alone would have been answered with."""

    case_id: str
    status: int
    reason: str = ""
    row: Row | None = None


class BulkAnswer(msgspec.Struct, frozen=True):
    """What came of each item, in their order."""

    items: tuple[ItemAnswer, ...]


class Handover(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Whose open cases go, to whom (left out: back to the queue), and what the next one should know."""

    of: Annotated[Name, msgspec.Meta(min_length=1)] = msgspec.field(name="from")
    to: Name = ""
    note: Annotated[str, msgspec.Meta(max_length=500)] = ""


async def find(call: Call[CaseQuery, None]) -> Page:
    """Return a page of the queue."""
    query = call.query
    return await call.desk.queue(call.viewer, wanted(query), after=query.after, limit=query.limit)


async def card(call: Call[None, None]) -> Card | Problem:
    """Return one case whole."""
    found = await call.desk.card(call.viewer, call.path["case_id"])
    if found is None:
        return Problem(reason=Code.NOT_FOUND)
    return msgspec.structs.replace(found, trail=tuple(_for(call.viewer, found.trail)))


async def trail(call: Call[None, None]) -> list[Line] | Problem:
    """Return everything that happened to a case; each begins with a line, so none is no case."""
    found = await call.desk.trail(call.viewer, call.path["case_id"])
    return _for(call.viewer, found) if found else Problem(reason=Code.NOT_FOUND)


async def journey(call: Call[None, None]) -> Sequence[Step] | Problem:
    """Return the journey of a case's person."""
    found = await call.desk.journey(call.viewer, call.path["case_id"])
    if not found and not await call.desk.trail(call.viewer, call.path["case_id"]):
        return Problem(reason=Code.NOT_FOUND)
    return found


async def command(call: Call[None, Command]) -> Done | Problem:
    """Do something with one case."""
    answer = await give(call.desk, call.viewer, call.path["case_id"], call.body)
    return refused(answer) if isinstance(answer, Refused) else answer


async def bulk(call: Call[None, Bulk]) -> BulkAnswer | Problem:
    """Do something with many cases."""
    items = call.body.items
    if len({item.case_id for item in items}) < len(items):
        return Problem(reason=Code.INVALID, detail="$.items: a case may be there once")
    return BulkAnswer(tuple(await give_all(call.desk, call.viewer, items)))


async def hand_over(call: Call[None, Handover]) -> Tally | Problem:
    """Give everything that somebody holds to a colleague, or back to the queue."""
    asked = call.body
    answer = await call.desk.hand_over(call.viewer, asked.of, asked.to, asked.note)
    return refused(answer) if isinstance(answer, Refused) else answer


async def reveal(call: Call[None, Why]) -> Revealed | Problem:
    """Show who the customer is; who asked, and why, stands in the trail."""
    answer = await call.desk.reveal(call.viewer, call.path["case_id"], call.body.why)
    return refused(answer) if isinstance(answer, Refused) else answer


async def give(desk: Desk, viewer: Viewer, case_id: str, order: Command) -> Done | Refused:
    """Give a command where the role allows it; the desk looks at the case."""
    if not may_give(viewer, order):
        return Refused(Refusal.FORBIDDEN)
    return await desk.act(viewer, case_id, order)


async def give_all(desk: Desk, viewer: Viewer, items: Sequence[Item]) -> list[ItemAnswer]:
    """Give commands about different cases, some at a time; return what came of each, in their order."""
    gate = asyncio.Semaphore(AT_ONCE)

    async def one(item: Item) -> ItemAnswer:
        async with gate:
            answer = await give(desk, viewer, item.case_id, item.command)
        if isinstance(answer, Done):
            return ItemAnswer(item.case_id, 200, row=answer.row)
        return ItemAnswer(item.case_id, STATUS[answer.reason], answer.reason.value, answer.row)

    return list(await asyncio.gather(*map(one, items)))


def _for(viewer: Viewer, lines: Sequence[Line]) -> list[Line]:
    return [line for line in lines if may_see_entry(viewer, line.action, line.who)]
