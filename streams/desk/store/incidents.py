"""Incidents, what marks them, and what cases have shared of late."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from typing import Final

import msgspec
from sqlalchemy import BigInteger, Column, Index, Integer, Table, Text, delete, func, insert, select, tuple_, update
from sqlalchemy.ext.asyncio import AsyncConnection

from streams.desk.store.database import METADATA, insert_into
from streams.desk.store.tables import CASES

Shared = tuple[str, str]

INCIDENTS: Final = Table(
    "incidents",
    METADATA,
    Column("number", Integer, primary_key=True, autoincrement=True),
    Column("kind", Text, nullable=False),
    Column("name", Text, nullable=False),
    Column("opened_at", BigInteger, nullable=False),
    Column("changed_at", BigInteger, nullable=False),
    Column("closed_at", BigInteger, nullable=False),  # 0: open
    Index("ix_incidents_open", "closed_at"),
    sqlite_autoincrement=True,
)

# What leads a case to an open incident.
MARKS: Final = Table(
    "incident_marks",
    METADATA,
    Column("kind", Text, primary_key=True),
    Column("name", Text, primary_key=True),
    Column("number", Integer, nullable=False),
    Index("ix_incident_marks_number", "number"),
)

# What new cases share; kept for a while.
SHARED: Final = Table(
    "shared",
    METADATA,
    Column("kind", Text, primary_key=True),
    Column("name", Text, primary_key=True),
    Column("case_id", Text, primary_key=True),
    Column("at", BigInteger, nullable=False),
    Index("ix_shared_at", "at"),
)


class Incident(msgspec.Struct, frozen=True):
    """One row; times in ms, `closed_at` 0 while it is open."""

    number: int
    kind: str
    name: str
    opened_at: int
    changed_at: int
    closed_at: int


async def note(connection: AsyncConnection, sharing: Iterable[tuple[str, Shared, int]]) -> None:
    """Take note of what cases share: case, thing, and when its trouble began."""
    rows = [{"kind": kind, "name": name, "case_id": case_id, "at": at} for case_id, (kind, name), at in sharing]
    new = insert_into(connection, SHARED)
    if rows:
        await connection.execute(
            new.on_conflict_do_update(
                index_elements=[SHARED.c.kind, SHARED.c.name, SHARED.c.case_id], set_={"at": new.excluded.at}
            ),
            rows,
        )


async def counts(
    connection: AsyncConnection, shared: Collection[Shared], span: tuple[int, int]
) -> Mapping[Shared, int]:
    """Return how many cases have shared each of these, with trouble that began in this span."""
    if not shared:
        return {}
    found = (
        select(SHARED.c.kind, SHARED.c.name, func.count())
        .where(tuple_(SHARED.c.kind, SHARED.c.name).in_(list(shared)), SHARED.c.at.between(*span))
        .group_by(SHARED.c.kind, SHARED.c.name)
    )
    return {(kind, name): count for kind, name, count in await connection.execute(found)}


async def sharing(connection: AsyncConnection, causes: Collection[Shared], span: tuple[int, int]) -> Sequence[str]:
    """Return the cases that have shared any of these, with trouble that began in this span."""
    if not causes:
        return ()
    found = select(SHARED.c.case_id).where(
        tuple_(SHARED.c.kind, SHARED.c.name).in_(list(causes)), SHARED.c.at.between(*span)
    )
    return sorted({case_id for (case_id,) in await connection.execute(found)})


async def marks(connection: AsyncConnection) -> dict[Shared, int]:
    """Return what leads to which open incident."""
    return {(row.kind, row.name): row.number for row in await connection.execute(select(MARKS))}


async def open_one(connection: AsyncConnection, cause: Shared, now: int) -> int:
    """Open an incident; return its number."""
    row = insert(INCIDENTS).values(kind=cause[0], name=cause[1], opened_at=now, changed_at=now, closed_at=0)
    number: int = (await connection.execute(row.returning(INCIDENTS.c.number))).scalar_one()
    return number


async def mark(connection: AsyncConnection, number: int, causes: Iterable[Shared]) -> None:
    """Let these lead to an incident, where they lead to no other."""
    for kind, name in causes:
        new = insert_into(connection, MARKS).values(kind=kind, name=name, number=number)
        await connection.execute(new.on_conflict_do_nothing())


async def join(connection: AsyncConnection, number: int, case_ids: Collection[str], now: int) -> int:
    """Put open cases into an incident that are in none; return how many those were."""
    joined = (
        update(CASES)
        .where(CASES.c.case_id.in_(list(case_ids)), CASES.c.incident == 0, CASES.c.is_closed.is_(False))
        .values(incident=number)
    )
    result = await connection.execute(joined)
    await connection.execute(update(INCIDENTS).where(INCIDENTS.c.number == number).values(changed_at=now))
    return result.rowcount


async def load(connection: AsyncConnection, number: int) -> Incident | None:
    """Return one."""
    row = (await connection.execute(select(INCIDENTS).where(INCIDENTS.c.number == number))).first()
    return Incident(*row) if row is not None else None


async def every(connection: AsyncConnection, *, closed: bool, limit: int) -> Sequence[Incident]:
    """Return incidents, the newest first; open ones alone unless `closed`."""
    found = select(INCIDENTS).order_by(INCIDENTS.c.number.desc()).limit(limit)
    rows = await connection.execute(found if closed else found.where(INCIDENTS.c.closed_at == 0))
    return [Incident(*row) for row in rows]


async def close_quiet(connection: AsyncConnection, now: int, quiet_ms: int) -> Sequence[int]:
    """Close what has no open case left, or was joined by none for so long; return the numbers."""
    has_open = select(CASES.c.case_id).where(CASES.c.incident == INCIDENTS.c.number, CASES.c.is_closed.is_(False))
    over = (INCIDENTS.c.closed_at == 0) & (~has_open.exists() | (INCIDENTS.c.changed_at <= now - quiet_ms))
    closed = update(INCIDENTS).where(over).values(closed_at=now).returning(INCIDENTS.c.number)
    numbers = [number for (number,) in await connection.execute(closed)]
    if numbers:
        await connection.execute(delete(MARKS).where(MARKS.c.number.in_(numbers)))
    return numbers


async def forget(connection: AsyncConnection, before: int) -> None:
    """Forget what was shared before then."""
    await connection.execute(delete(SHARED).where(SHARED.c.at < before))
