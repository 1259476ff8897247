"""Incidents: many cases with one likely cause, and one command about all of them."""

from collections import Counter
from collections.abc import Sequence
from typing import Annotated, Final

import msgspec

from streams.desk.api.cases import Item, give_all
from streams.desk.api.operation import Call
from streams.desk.api.problems import Code, Problem
from streams.desk.cases.command import Command
from streams.desk.service.port import Filter
from streams.desk.service.views import Incident, Row

MOST: Final = 5000  # cases of one bulk recovery; the answer says how many are left
_PAGE: Final = 500


class IncidentQuery(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Which incidents."""

    closed: Annotated[bool, msgspec.Meta(description="Those that are over too.")] = False


class Recovery(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """One command about every open case of an incident; its own revision is not looked at, each case's is."""

    command: Command


class RecoveryAnswer(msgspec.Struct, frozen=True):
    """What came of it: so many done, refused by reason, and left because they were too many for one request."""

    done: int
    refused: dict[str, int]
    left: int


async def find(call: Call[IncidentQuery, None]) -> Sequence[Incident]:
    """Return incidents, the worst first."""
    return await call.desk.incidents(call.viewer, closed=call.query.closed)


async def one(call: Call[None, None]) -> Incident | Problem:
    """Return one incident with its customers."""
    return await call.desk.incident(call.viewer, call.path["number"]) or Problem(reason=Code.NOT_FOUND)


async def recover(call: Call[None, Recovery]) -> RecoveryAnswer | Problem:
    """Do the same for every customer of an incident, each in their own case and trail."""
    if await call.desk.incident(call.viewer, call.path["number"]) is None:
        return Problem(reason=Code.NOT_FOUND)
    rows, total = await _open_rows(call)
    order = call.body.command
    items = [Item(row.case_id, msgspec.structs.replace(order, revision=row.revision)) for row in rows]
    answers = await give_all(call.desk, call.viewer, items)
    reasons = Counter(answer.reason for answer in answers if answer.reason)
    return RecoveryAnswer(len(answers) - reasons.total(), dict(reasons), max(0, total - len(rows)))


async def _open_rows(call: Call[None, Recovery]) -> tuple[list[Row], int]:
    """Return the cases that nobody has resolved, snoozed ones too, and how many there are in all.

    All are read before the first is changed, since a change moves the pages.
    """
    statuses = ("open", "reopened", "acknowledged", "in_progress", "waiting")
    asked = Filter(incident=call.path["number"], statuses=statuses, snoozed=True)
    rows: dict[str, Row] = {}
    after, total = "", 0
    while len(rows) < MOST:
        page = await call.desk.queue(call.viewer, asked, after=after, limit=_PAGE)
        rows |= {row.case_id: row for row in page.rows}
        after, total = page.after, page.total
        if not after or not page.rows:
            break
    return list(rows.values())[:MOST], total
