"""Who changed what of the desk itself, when: a log that only grows. What happens to cases is in their trails."""

from collections.abc import Sequence
from enum import StrEnum
from typing import Final

import msgspec
from sqlalchemy import BigInteger, Column, Index, Table, Text, insert, select
from sqlalchemy.ext.asyncio import AsyncConnection

from streams.desk.store.database import METADATA
from streams.desk.store.tables import SERIAL

AUDIT: Final = Table(
    "audit",
    METADATA,
    Column("seq", SERIAL, primary_key=True, autoincrement=True),
    Column("at", BigInteger, nullable=False),
    Column("who", Text, nullable=False),
    Column("action", Text, nullable=False),
    Column("key", Text, nullable=False),  # what was changed
    Index("ix_audit_key", "key"),
)


class Act(StrEnum):
    """What somebody did."""

    SILENCED = "silenced"
    UNSILENCED = "unsilenced"  # ended a silence early


class Noted(msgspec.Struct, frozen=True):
    """One line of the log."""

    at: int
    who: str
    action: Act
    key: str


async def note(connection: AsyncConnection, line: Noted) -> None:
    """Add a line, once however often it is told."""
    same = select(AUDIT.c.seq).where(
        AUDIT.c.key == line.key, AUDIT.c.action == str(line.action), AUDIT.c.at == line.at, AUDIT.c.who == line.who
    )
    if (await connection.execute(same)).first() is None:
        await connection.execute(insert(AUDIT).values(at=line.at, who=line.who, action=str(line.action), key=line.key))


async def of(connection: AsyncConnection, key: str) -> Sequence[Noted]:
    """Return what was done to one thing, oldest first."""
    rows = await connection.execute(select(AUDIT).where(AUDIT.c.key == key).order_by(AUDIT.c.at, AUDIT.c.seq))
    return [Noted(row.at, row.who, Act(row.action), row.key) for row in rows]
