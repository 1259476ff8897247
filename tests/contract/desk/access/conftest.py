"""The tables of access in each database."""

import pytest

from streams.desk.access import tables
from streams.desk.store.database import METADATA, Database
from tests.unit.desk.access.conftest import Clock


@pytest.fixture
async def kept(database: Database) -> Database:
    """Make them where no migration has."""
    async with database.write() as connection:
        await connection.run_sync(METADATA.create_all, tables=[tables.TOKENS, tables.SESSIONS])
    return database


@pytest.fixture
def clock() -> Clock:
    """Begin at one time always."""
    return Clock()
