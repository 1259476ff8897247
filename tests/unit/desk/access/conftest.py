"""The tables of access on both databases, the real ones."""

import itertools
import warnings
from collections.abc import AsyncIterator, Callable, Iterator
from pathlib import Path
from typing import Any, Final

import pytest

from streams.desk.access import tables
from streams.desk.store.database import METADATA, Database, connect

NOW: Final = 1_800_000_000_000
_NUMBERS: Final = itertools.count()


class Clock:
    """Moved by hand; ms."""

    def __init__(self) -> None:
        self.now = NOW

    def __call__(self) -> int:
        """Return the time."""
        return self.now

    def forward(self, seconds: float) -> None:
        """Let time pass."""
        self.now += int(seconds * 1000)


@pytest.fixture
def clock() -> Clock:
    """Begin at one time always."""
    return Clock()


@pytest.fixture(scope="session")
def postgres(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Callable[[], str]]:
    """Return a function that makes an empty database on one real server and gives its URL."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # it warns of a folder that it does not need
        from pgserver.postgres_server import get_server  # noqa: PLC0415 - within the filter
    server: Any = get_server(tmp_path_factory.mktemp("postgres"))

    def fresh() -> str:
        name = f"access{next(_NUMBERS)}"
        server.psql(f"CREATE DATABASE {name}")
        return str(server.get_uri()).replace("/postgres?", f"/{name}?")

    yield fresh
    server.cleanup()


@pytest.fixture(params=["sqlite", "postgresql"])
async def database(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[Database]:
    """Make the tables on each kind of database."""
    is_file = request.param == "sqlite"
    url = f"sqlite:///{tmp_path}/desk.db" if is_file else request.getfixturevalue("postgres")()
    found = connect(url)
    async with found.write() as connection:
        await connection.run_sync(METADATA.create_all, tables=[tables.TOKENS, tables.SESSIONS])
    yield found
    await found.close()
