"""Both databases, real: each test of a contract runs on a fresh one of either kind.

The tables are made once; each test gets a copy. Nothing is forced to the disk: a crash is what other tests are about.
"""

import asyncio
import shutil
from collections.abc import AsyncIterator, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import asynccontextmanager
from itertools import count
from pathlib import Path
from typing import Any, Final

import asyncpg
import pytest

from streams.desk.store.database import Database, connect
from streams.desk.store.migrate import migrate
from tests.postgres import postgres as running

_NAMES: Final = count()
_TEMPLATE: Final = "migrated"
_HASTE: Final = ("fsync = off", "synchronous_commit = off", "full_page_writes = off")


@pytest.fixture(scope="session")
def postgres() -> Iterator[str]:
    """The URL of a real PostgreSQL server, without the name of a database; one called `migrated` has the tables."""
    with running() as server:
        for setting in _HASTE:
            server.psql(f"ALTER SYSTEM SET {setting};")
        server.psql("SELECT pg_reload_conf();")
        server.psql(f"CREATE DATABASE {_TEMPLATE};")
        aside(_named(server.get_uri(), _TEMPLATE))
        yield server.get_uri()


@pytest.fixture(scope="session")
def sqlite(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A file with the tables, to be copied."""
    file = tmp_path_factory.mktemp("sqlite") / "migrated.db"
    aside(f"sqlite:///{file}")
    return file


@pytest.fixture(params=["sqlite", "postgresql"])
async def database(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[Database]:
    """An empty database with its tables."""
    async with opened(request, tmp_path / "desk.db") as database:
        yield database


@pytest.fixture
async def second(request: pytest.FixtureRequest, database: Database, tmp_path: Path) -> AsyncIterator[Database]:
    """Another empty one of the same kind."""
    del database  # which says of what kind
    async with opened(request, tmp_path / "second.db") as found:
        yield found


@asynccontextmanager
async def opened(request: pytest.FixtureRequest, file: Path) -> AsyncIterator[Database]:
    """Give a database of the kind that the test runs on."""
    if request.node.callspec.params["database"] == "sqlite":
        await asyncio.to_thread(shutil.copy, request.getfixturevalue("sqlite"), file)
        url = f"sqlite:///{file}"
    else:
        url = await fresh(request.getfixturevalue("postgres"), _TEMPLATE)
    database = connect(url)
    try:
        yield database
    finally:
        await database.close()


async def fresh(server: str, template: str = "template1") -> str:
    """Make a database of its own on the server; return its URL."""
    name = f"desk{next(_NAMES)}"
    connection: Any = await asyncpg.connect(server)
    await connection.execute(f"CREATE DATABASE {name} TEMPLATE {template}")
    await connection.close()
    return _named(server, name)


def aside(url: str) -> None:
    """Make the tables in a thread, since a loop may run in this one."""
    with ThreadPoolExecutor(1) as pool:
        pool.submit(migrate, url).result()


def _named(server: str, name: str) -> str:
    return server.replace("/postgres?", f"/{name}?")
