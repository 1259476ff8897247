"""Up to where each topic has been read, moved in the transaction that keeps what was read."""

from collections.abc import Mapping

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncConnection

from streams.desk.store.database import insert_into
from streams.desk.store.tables import POSITIONS


async def load(connection: AsyncConnection, topic: str) -> dict[int, int]:
    """Return the next offset of each partition that was read."""
    rows = await connection.execute(select(POSITIONS).where(POSITIONS.c.topic == topic))
    return {row.partition: row.next_offset for row in rows}


async def save(connection: AsyncConnection, topic: str, offsets: Mapping[int, int]) -> None:
    """Keep the next offsets of some partitions; they never go back."""
    for partition, offset in offsets.items():
        new = insert_into(connection, POSITIONS).values(topic=topic, partition=partition, next_offset=offset)
        await connection.execute(
            new.on_conflict_do_update(
                index_elements=[POSITIONS.c.topic, POSITIONS.c.partition],
                set_={"next_offset": new.excluded.next_offset},
                where=POSITIONS.c.next_offset < new.excluded.next_offset,
            )
        )
