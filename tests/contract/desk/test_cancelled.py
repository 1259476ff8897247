"""A transaction whose task is cancelled in its middle: a client that went away, a desk that is stopped."""

import asyncio
import contextlib

from sqlalchemy import text

from streams.desk.store.database import Database
from streams.testing.patience import PATIENCE_SEC

TIMES = 40


async def test_a_cancelled_writer_leaves_nothing_behind(database: Database) -> None:
    """Neither its rows nor the right to write, which the next one would wait for in vain."""
    async with database.write() as connection:
        await connection.execute(text("CREATE TABLE cancelled (x INTEGER)"))

    async def write(began: asyncio.Event) -> None:
        async with database.write() as connection:
            await connection.execute(text("INSERT INTO cancelled VALUES (1)"))
            began.set()
            while True:
                await connection.execute(text("SELECT count(*) FROM cancelled"))

    for turns in range(TIMES):
        began = asyncio.Event()
        writer = asyncio.create_task(write(began))
        await began.wait()
        for _ in range(turns):  # so that each cancels it somewhere else
            await asyncio.sleep(0)
        writer.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await writer
        async with asyncio.timeout(PATIENCE_SEC), database.write() as connection:
            count = (await connection.execute(text("SELECT count(*) FROM cancelled"))).scalar_one()
        assert count == 0
