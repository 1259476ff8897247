"""What happened, by number, for those who look: a reader resumes after the last number that it saw."""

from collections.abc import Sequence

import msgspec
from sqlalchemy import delete, func, insert, select
from sqlalchemy.ext.asyncio import AsyncConnection

from streams.desk.store.tables import CHANGES


class Happened(msgspec.Struct, frozen=True):
    """One change of a case, an incident or the sources that are blind."""

    seq: int
    kind: str
    key: str
    announce: bool


async def note(connection: AsyncConnection, kind: str, key: str, *, announce: bool = False) -> None:
    """Add one."""
    await connection.execute(insert(CHANGES).values(kind=kind, key=key, announce=announce))


async def after(connection: AsyncConnection, seq: int, limit: int) -> Sequence[Happened]:
    """Return what came after a number, in order."""
    found = select(CHANGES).where(CHANGES.c.seq > seq).order_by(CHANGES.c.seq).limit(limit)
    return [Happened(row.seq, row.kind, row.key, row.announce) for row in await connection.execute(found)]


async def last(connection: AsyncConnection) -> int:
    """Return the newest number, 0 before the first."""
    return int((await connection.execute(select(func.max(CHANGES.c.seq)))).scalar() or 0)


async def first(connection: AsyncConnection) -> int:
    """Return the oldest number that is kept, 0 where there is none."""
    return int((await connection.execute(select(func.min(CHANGES.c.seq)))).scalar() or 0)


async def prune(connection: AsyncConnection, keep: int) -> None:
    """Forget all but about the newest `keep`."""
    await connection.execute(delete(CHANGES).where(CHANGES.c.seq <= await last(connection) - keep))
