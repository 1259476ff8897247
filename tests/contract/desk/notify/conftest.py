"""What the tests of notifications share."""

import socket
from collections.abc import AsyncIterator, Iterator
from typing import Final

import pytest

from streams.desk.notify.tables import DELIVERIES, NOTIFICATIONS
from streams.desk.notify.web import Web
from streams.desk.store.database import METADATA, Database
from tests.contract.desk.notify.provider import Provider

TABLES: Final = [NOTIFICATIONS, DELIVERIES]


@pytest.fixture
async def owing(database: Database) -> Database:
    """Give a database with the tables of notifications, of either kind."""
    async with database.write() as connection:
        await connection.run_sync(METADATA.create_all, tables=TABLES)
    return database


@pytest.fixture
async def web() -> AsyncIterator[Web]:
    """Give the connections that channels share."""
    found = Web()
    yield found
    await found.close()


@pytest.fixture
async def provider() -> AsyncIterator[Provider]:
    """Give a provider that takes everything."""
    async with Provider() as found:
        yield found


@pytest.fixture
def silent_port() -> Iterator[int]:
    """Give a port that takes connections, and where nothing is ever read or said."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        yield listener.getsockname()[1]
