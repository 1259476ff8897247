"""A backup back into a database, of either kind: whole or not at all."""

from itertools import groupby
from pathlib import Path
from typing import Any, Final

from sqlalchemy import Table, delete, func, select, text
from sqlalchemy.ext.asyncio import AsyncConnection

from streams.desk.store import backup_file
from streams.desk.store.backup import reflected, sequence_of, tables_version
from streams.desk.store.backup_file import Columns, Header
from streams.desk.store.database import Database
from streams.desk.store.migrate import versions
from streams.errors import CorruptError, UsageError

_AT_ONCE: Final = 500


def check(path: Path) -> Header:
    """Return the header of a backup that this version can restore.

    Raises:
        CorruptError: it is broken, or of a newer version.
        OSError: it cannot be read.
    """
    header = backup_file.verify(path)
    if header.tables_version not in versions():
        remedy = "restore it with the version that made it"
        raise CorruptError("a newer version made this backup", place=str(path), remedy=remedy)
    return header


async def restore(database: Database, path: Path, header: Header, *, replace: bool = False) -> int:
    """Put everything into the tables and return how many rows that were; browser sessions end.

    The tables are those of the backup's version, and no desk runs on them.

    Raises:
        UsageError: the tables are of another version; or they are not empty, and not to be replaced.
        CorruptError: the file does not go with the tables.
    """
    async with database.write() as connection:
        tables = {table.name: table for table in await connection.run_sync(reflected)}
        if (there := await tables_version(connection)) != header.tables_version:
            message = f"the database has version {there or 'none'} of the tables, the backup {header.tables_version}"
            raise UsageError(message, place=str(path), remedy="restore into a new database")
        if not replace and (full := await _full(connection, tables.values())):
            message = f"the database is not empty: there are {', '.join(full)}"
            raise UsageError(message, place=str(path), remedy="name a new one, or give --replace to lose what is there")
        for table in reversed(tables.values()):
            await connection.execute(delete(table))
        await connection.execute(text("DELETE FROM desk_sessions"))
        return await _load(connection, tables, path)


async def _full(connection: AsyncConnection, tables: Any) -> list[str]:
    counts = {
        table.name: (await connection.execute(select(func.count()).select_from(table))).scalar() for table in tables
    }
    return [name for name, count in counts.items() if count]


async def _load(connection: AsyncConnection, tables: dict[str, Table], path: Path) -> int:
    count = 0
    waiting: list[dict[str, Any]] = []

    async def flush(table: Table) -> None:
        if waiting:
            await connection.execute(table.insert(), waiting)
            waiting.clear()

    for columns, found in groupby(backup_file.read(path), key=lambda one: one[0]):
        table = _table(tables, columns, path)
        for _, row in found:
            if row is None:
                continue
            waiting.append(row)
            count += 1
            if len(waiting) >= _AT_ONCE:
                await flush(table)
        await flush(table)
        await _number(connection, table, columns.last)
    return count


def _table(tables: dict[str, Table], columns: Columns, path: Path) -> Table:
    table = tables.get(columns.table)
    names = {column.name for column in table.columns} if table is not None else set()
    if table is None or names != set(columns.columns):
        message = f"the backup's table {columns.table} is not that of the database"
        raise CorruptError(message, place=str(path), remedy="restore it with the version that made it")
    return table


async def _number(connection: AsyncConnection, table: Table, last: int) -> None:
    """Let a table that numbers its rows go on after the last number that it ever gave."""
    keys = list(table.primary_key.columns)
    if connection.dialect.name == "postgresql":
        if (sequence := await sequence_of(connection, table)) is not None:
            most = (await connection.execute(select(func.max(keys[0])))).scalar() or 0
            if highest := max(last, most):
                await connection.execute(
                    text("SELECT setval(:sequence, :last)"), {"sequence": sequence, "last": highest}
                )
    elif last:
        renumber = text("UPDATE sqlite_sequence SET seq = max(seq, :last) WHERE name = :name")
        if not (await connection.execute(renumber, {"last": last, "name": table.name})).rowcount:
            add = text("INSERT INTO sqlite_sequence (name, seq) VALUES (:name, :last)")
            await connection.execute(add, {"last": last, "name": table.name})
