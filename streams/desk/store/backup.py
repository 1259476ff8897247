"""A copy of everything that the desk keeps, as of one moment, while it goes on; browser sessions are left out."""

from pathlib import Path
from typing import Any, Final

from sqlalchemy import Connection, LargeBinary, MetaData, Table, select, text
from sqlalchemy.ext.asyncio import AsyncConnection

from streams.desk.store.backup_file import FORMAT, VERSION, Columns, Header, Writer, writing
from streams.desk.store.database import Database
from streams.errors import CorruptError

VERSIONS: Final = "alembic_version"
LEFT_OUT: Final = {VERSIONS, "desk_sessions"}  # people sign in again: what was revoked since must not come back
_AT_ONCE: Final = 500


async def backup(database: Database, path: Path, now: int) -> int:
    """Write the file and return how many rows it has. The desk may run; what it writes meanwhile is not in it.

    Raises:
        CorruptError: the database has no tables of a desk.
        OSError: the file cannot be written.
    """
    async with database.snapshot() as connection:
        tables = await connection.run_sync(reflected)
        version = await tables_version(connection)
        if not version:
            raise CorruptError("the database has no tables of a desk", remedy="start the desk once: it makes them")
        with writing(path) as writer:
            writer.head(Header(FORMAT, VERSION, version, now))
            for table in tables:
                await _write(connection, table, writer)
            return writer.rows


def reflected(connection: Connection) -> list[Table]:
    """Return the desk's tables as the database has them, those that others refer to first."""
    found = MetaData()
    found.reflect(connection)
    return [table for table in found.sorted_tables if table.name not in LEFT_OUT]


async def tables_version(connection: AsyncConnection) -> str:
    """Return up to which step the tables were brought; empty where there are none."""
    names = await connection.run_sync(lambda sync: sync.dialect.get_table_names(sync))
    if VERSIONS not in names:
        return ""
    return str((await connection.execute(text(f"SELECT version_num FROM {VERSIONS}"))).scalar() or "")  # noqa: S608 - a constant


async def _write(connection: AsyncConnection, table: Table, writer: Writer) -> None:
    names = tuple(str(column.name) for column in table.columns)
    binary = tuple(str(column.name) for column in table.columns if isinstance(column.type, LargeBinary))
    writer.head(Columns(str(table.name), names, binary, await _last(connection, table)))
    result = await connection.stream(select(table).order_by(*table.primary_key.columns))
    async for rows in result.partitions(_AT_ONCE):
        for row in rows:
            writer.row(row)


async def _last(connection: AsyncConnection, table: Table) -> int:
    """Return the last number that a table has given; it may be that of a row which is gone."""
    if connection.dialect.name == "postgresql":
        if (sequence := await sequence_of(connection, table)) is None:
            return 0
        found: Any = await connection.execute(text(f"SELECT last_value, is_called FROM {sequence}"))  # noqa: S608 - from the database
        value, is_called = found.one()
        return int(value) if is_called else 0
    has_numbers = (
        await connection.execute(text("SELECT 1 FROM sqlite_master WHERE name = 'sqlite_sequence'"))
    ).scalar()
    if not has_numbers:
        return 0
    given = text("SELECT seq FROM sqlite_sequence WHERE name = :name")
    return int((await connection.execute(given, {"name": table.name})).scalar() or 0)


async def sequence_of(connection: AsyncConnection, table: Table) -> str | None:
    """Return the sequence that numbers a table of PostgreSQL; None where nothing does."""
    keys = list(table.primary_key.columns)
    if len(keys) != 1:
        return None
    asked = text("SELECT pg_get_serial_sequence(:table, :column)")
    found = await connection.execute(asked, {"table": table.name, "column": keys[0].name})
    return found.scalar()
