"""The connection: SQLite in a file by default, PostgreSQL by its URL; one set of tables for both.

Every module of the desk that keeps something declares its tables on `METADATA`, with types that both databases have:
Text, Integer, BigInteger (ms since the epoch), Boolean, LargeBinary. JSON is kept as bytes that msgspec wrote.
"""

import asyncio
from collections.abc import Iterable, Iterator
from contextlib import AbstractAsyncContextManager
from typing import Any, Final

from sqlalchemy import MetaData, Table, event, text
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.engine import make_url
from sqlalchemy.exc import ArgumentError, SQLAlchemyError
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine, create_async_engine

from streams.errors import SettingError

METADATA: Final = MetaData(
    naming_convention={
        "ix": "ix_%(table_name)s_%(column_0_N_name)s",
        "uq": "uq_%(table_name)s_%(column_0_N_name)s",
        "pk": "pk_%(table_name)s",
    }
)
_DRIVERS: Final = {"sqlite": "sqlite+aiosqlite", "postgresql": "postgresql+asyncpg", "postgres": "postgresql+asyncpg"}
_BUSY_MS: Final = 15_000  # a writer waits so long for another one
_POOL: Final = 8
_ANSWER_SEC: Final = 2.0  # below the time-out of whoever asks for readiness
_AT_ONCE: Final = 500  # values of one IN
_ONE_WRITER: Final = "SELECT pg_advisory_xact_lock(8316289107)"  # any number that nobody else takes
_PLACE: Final = "TOUCHPOINT_DATABASE_URL"
_REMEDY: Final = "give sqlite:///folder/desk.db or postgresql://user:password@host/name"


def insert_into(connection: AsyncConnection, table: Table) -> Any:
    """Return an INSERT with `on_conflict_do_update`, which both databases have under names of their own."""
    dialect = postgresql if connection.dialect.name == "postgresql" else sqlite
    return dialect.insert(table)


def batches(values: Iterable[str]) -> Iterator[list[str]]:
    """Cut values into what one IN takes, each value once."""
    every = list(dict.fromkeys(values))
    for start in range(0, len(every), _AT_ONCE):
        yield every[start : start + _AT_ONCE]


class Database:
    """Two ways to the same tables: `write()` for what changes them, `read()` for what only looks.

    Both give a connection in a transaction: `async with database.write() as connection`. A writer holds the only right
    to write from its beginning, so nothing that it has read can change before it writes, and what counts up becomes
    visible in its order. SQLite is like that; PostgreSQL is told so by a lock of ours, also between several desks.
    """

    def __init__(self, write: AsyncEngine, read: AsyncEngine) -> None:
        self._write = write
        self._read = read

    @property
    def is_postgres(self) -> bool:
        """Whether several desks may share it."""
        return self._write.dialect.name == "postgresql"

    def write(self) -> AbstractAsyncContextManager[AsyncConnection]:
        """Begin a transaction that is committed at the end, or rolled back by an exception."""
        return self._write.begin()

    def read(self) -> AbstractAsyncContextManager[AsyncConnection]:
        """Look at one state of things."""
        return self._read.begin()

    async def is_there(self) -> bool:
        """Return whether it answers, within a moment."""
        try:
            async with asyncio.timeout(_ANSWER_SEC), self.read() as connection:
                await connection.execute(text("SELECT 1"))
        except (OSError, SQLAlchemyError):
            return False
        return True

    def snapshot(self) -> AbstractAsyncContextManager[AsyncConnection]:
        """Look at one state of things with as many statements as it takes; SQLite always does."""
        if not self.is_postgres:
            return self._read.begin()
        return self._read.execution_options(isolation_level="REPEATABLE READ").begin()

    async def close(self) -> None:
        """Give the connections back."""
        await self._write.dispose()
        await self._read.dispose()


def connect(url: str) -> Database:
    """Return the database of `sqlite:///path/desk.db` or `postgresql://user:password@host/name`; connects later.

    Raises:
        SettingError: the URL is none, or of another database. The password never is in the message.
    """
    try:
        parsed = make_url(url)
    except ArgumentError as error:
        raise SettingError("no database URL", place=_PLACE, remedy=_REMEDY) from error
    driver = _DRIVERS.get(parsed.get_backend_name())
    if driver is None:
        raise SettingError(f"unknown database `{parsed.get_backend_name()}`", place=_PLACE, remedy=_REMEDY)
    parsed = parsed.set(drivername=driver)
    if parsed.get_backend_name() == "postgresql":
        write, read = (
            create_async_engine(parsed, pool_size=_POOL, pool_pre_ping=True, hide_parameters=True) for _ in range(2)
        )
        event.listen(write.sync_engine, "begin", lambda connection: connection.exec_driver_sql(_ONE_WRITER))
        return Database(write, read)
    if parsed.database in (None, "", ":memory:"):
        raise SettingError("SQLite in memory would forget everything", place=_PLACE, remedy=_REMEDY)
    write, read = (create_async_engine(parsed, hide_parameters=True) for _ in range(2))
    for engine in (write, read):
        event.listen(engine.sync_engine, "connect", _prepare_sqlite)
        event.listen(engine.sync_engine, "invalidate", _undo_sqlite)
    event.listen(write.sync_engine, "begin", lambda connection: connection.exec_driver_sql("BEGIN IMMEDIATE"))
    event.listen(read.sync_engine, "begin", lambda connection: connection.exec_driver_sql("BEGIN"))
    return Database(write, read)


def _prepare_sqlite(connection: Any, _record: object) -> None:
    """Write ahead, durable at each commit, and let us begin transactions ourselves."""
    connection.isolation_level = None
    cursor = connection.cursor()
    for pragma in ("journal_mode=WAL", "synchronous=FULL", f"busy_timeout={_BUSY_MS}", "foreign_keys=ON"):
        cursor.execute(f"PRAGMA {pragma}")
    cursor.close()


def _undo_sqlite(connection: Any, _record: object, _error: BaseException | None) -> None:
    """Roll back what a cancelled task has begun.

    SQLite closes a connection only when its last statement is gone, which may be whenever Python collects garbage, and
    until then nobody else could write.
    """
    connection.rollback()
