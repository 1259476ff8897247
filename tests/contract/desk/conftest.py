"""Both databases, real: each test of a contract runs on a fresh one of either kind."""

import asyncio
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from itertools import count
from pathlib import Path
from typing import Any, Final

import asyncpg
import pgserver
import pytest

from streams.desk.store.database import Database, connect
from streams.desk.store.migrate import migrate

_NAMES: Final = count()


@pytest.fixture(scope="session")
def postgres(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The URL of a real PostgreSQL server, without the name of a database."""
    server = pgserver.get_server(tmp_path_factory.mktemp("postgres"), cleanup_mode="stop")
    yield server.get_uri()
    server.cleanup()


@pytest.fixture(params=["sqlite", "postgresql"])
async def database(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[Database]:
    """An empty database with its tables."""
    async with opened(request, f"sqlite:///{tmp_path}/desk.db") as database:
        yield database


@pytest.fixture
async def second(request: pytest.FixtureRequest, database: Database, tmp_path: Path) -> AsyncIterator[Database]:
    """Another empty one of the same kind."""
    del database  # which says of what kind
    async with opened(request, f"sqlite:///{tmp_path}/second.db") as found:
        yield found


@asynccontextmanager
async def opened(request: pytest.FixtureRequest, sqlite: str) -> AsyncIterator[Database]:
    """Give a database of the kind that the test runs on."""
    kind = request.node.callspec.params["database"]
    url = sqlite if kind == "sqlite" else await fresh(request.getfixturevalue("postgres"))
    await asyncio.to_thread(migrate, url)
    database = connect(url)
    try:
        yield database
    finally:
        await database.close()


async def fresh(server: str) -> str:
    """Make a database of its own on the server; return its URL."""
    name = f"desk{next(_NAMES)}"
    connection: Any = await asyncpg.connect(server)
    await connection.execute(f"CREATE DATABASE {name}")
    await connection.close()
    return server.replace("/postgres?", f"/{name}?")
