"""What is still to be sent to Kafka, kept in the transaction that decided it."""

from collections.abc import Sequence

import msgspec
from sqlalchemy import delete, insert, select
from sqlalchemy.ext.asyncio import AsyncConnection

from streams.desk.store.tables import OUTBOX


class Record(msgspec.Struct, frozen=True):
    """One record; `seq` is its place in the order, 0 before it is kept."""

    topic: str
    key: bytes
    value: bytes
    seq: int = 0


async def put(connection: AsyncConnection, records: Sequence[Record]) -> None:
    """Keep records behind all others."""
    if records:
        rows = [{"topic": each.topic, "key": each.key, "value": each.value} for each in records]
        await connection.execute(insert(OUTBOX), rows)


async def pending(connection: AsyncConnection, limit: int) -> Sequence[Record]:
    """Return what was not sent yet, oldest first."""
    rows = await connection.execute(select(OUTBOX).order_by(OUTBOX.c.seq).limit(limit))
    return [Record(row.topic, row.key, row.value, row.seq) for row in rows]


async def sent(connection: AsyncConnection, records: Sequence[Record]) -> None:
    """Forget what the broker has acknowledged."""
    await connection.execute(delete(OUTBOX).where(OUTBOX.c.seq.in_([each.seq for each in records])))
