"""Cases as a queue: filtered, cut to what somebody may see, the most urgent first, page by page."""

import math
from collections.abc import Collection, Sequence
from typing import Any, Final

import msgspec
from sqlalchemy import ColumnElement, Select, and_, exists, false, func, or_, select
from sqlalchemy.ext.asyncio import AsyncConnection

from streams.desk.cases.case import Case
from streams.desk.cases.summary import Summary
from streams.desk.store.cases import Kept, listed
from streams.desk.store.tables import CASES

MOST: Final = 500
_MOST_NUMBER: Final = 1 << 31
NOBODY: Final = "-"
_decode_case: Final = msgspec.json.Decoder(Case).decode
_decode_summary: Final = msgspec.json.Decoder(Summary).decode
_SEEN: Final = (CASES.c.record, CASES.c.summary, CASES.c.incident, CASES.c.ordering, CASES.c.number)


class Wanted(msgspec.Struct, frozen=True, kw_only=True):
    """Which cases; empty is all. `teams_seen` and `stores_seen` are what the viewer is limited to, if to anything."""

    teams_seen: Collection[str] = ()
    stores_seen: Collection[str] = ()
    statuses: Collection[str] = ()
    severities: Collection[str] = ()
    moments: Collection[str] = ()
    rules: Collection[str] = ()
    teams: Collection[str] = ()
    assignee: str = ""
    tag: str = ""
    incident: int = 0
    snoozed_at: int = 0  # now, to leave out what is snoozed beyond; 0 = with those
    closed: bool | None = False
    number: int = 0
    person: str = ""


async def page(connection: AsyncConnection, wanted: Wanted, after: str, limit: int) -> tuple[Sequence[Kept], str, int]:
    """Return some cases, the cursor behind the last one (empty at the end), and how many there are in all."""
    condition = where(wanted)
    total = (await connection.execute(select(func.count()).select_from(CASES).where(condition))).scalar() or 0
    found = select(*_SEEN).where(condition).order_by(CASES.c.ordering.desc(), CASES.c.number)
    rows = (await connection.execute(_after(found, after).limit(min(limit, MOST) + 1))).all()
    shown = rows[: min(limit, MOST)]
    cursor = f"{shown[-1].ordering!r}_{shown[-1].number}" if len(rows) > len(shown) else ""
    return [_kept(row) for row in shown], cursor, int(total)


async def is_seen(connection: AsyncConnection, wanted: Wanted, case_id: str) -> bool:
    """Return whether a case is among those wanted."""
    found = exists().where(and_(CASES.c.case_id == case_id, where(wanted))).select()
    return bool((await connection.execute(found)).scalar())


def where(wanted: Wanted) -> ColumnElement[bool]:
    """Return the condition in SQL."""
    conditions: list[ColumnElement[bool]] = []
    for column, values in (
        (CASES.c.status, wanted.statuses),
        (CASES.c.severity, wanted.severities),
        (CASES.c.moment, wanted.moments),
        (CASES.c.team, wanted.teams),
        (CASES.c.team, wanted.teams_seen),
    ):
        if values:
            conditions.append(column.in_(sorted(values)))
    for column, names in ((CASES.c.places, wanted.stores_seen), (CASES.c.rules, wanted.rules)):
        if names:
            conditions.append(or_(*(column.contains(listed([name]), autoescape=True) for name in names)))
    if wanted.tag:
        conditions.append(CASES.c.tags.contains(listed([wanted.tag]), autoescape=True))
    if wanted.assignee:
        conditions.append(CASES.c.assignee == ("" if wanted.assignee == NOBODY else wanted.assignee))
    if wanted.incident:
        conditions.append(CASES.c.incident == wanted.incident)
    if wanted.snoozed_at:
        conditions.append(CASES.c.snoozed_until <= wanted.snoozed_at)
    if wanted.closed is not None and not wanted.statuses:
        conditions.append(CASES.c.is_closed.is_(wanted.closed))
    if wanted.number:
        conditions.append(CASES.c.number == wanted.number)
    if wanted.person:
        conditions.append(CASES.c.person == wanted.person)
    return and_(*conditions) if conditions else CASES.c.number > 0


def _after(found: Select[Any], cursor: str) -> Select[Any]:
    """Continue behind a cursor; what is no cursor finds nothing."""
    if not cursor:
        return found
    ordering, _, number = cursor.partition("_")
    try:
        at, of = float(ordering), int(number)
    except ValueError:
        return found.where(false())
    if not (math.isfinite(at) and 0 <= of < _MOST_NUMBER):
        return found.where(false())
    return found.where(or_(CASES.c.ordering < at, and_(CASES.c.ordering == at, CASES.c.number > of)))


def _kept(row: Any) -> Kept:
    return Kept(_decode_case(row.record), _decode_summary(row.summary), row.incident)
