"""What alembic runs: our connection, our tables."""

import asyncio

from alembic import context
from sqlalchemy import Connection

from streams.desk.store.database import METADATA, connect


def run(connection: Connection) -> None:
    """Apply the steps in the transaction that was begun; all of them or none."""
    context.configure(connection=connection, target_metadata=METADATA, render_as_batch=True)
    with context.begin_transaction():
        context.run_migrations()


async def main() -> None:
    """Connect as the desk does: one writer at a time, so two desks that start together do not collide."""
    database = connect(context.config.attributes["url"])
    try:
        async with database.write() as connection:
            await connection.run_sync(run)
    finally:
        await database.close()


asyncio.run(main())
