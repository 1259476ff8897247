"""A database of every earlier version of the desk is brought to this one with all that is in it."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest
from sqlalchemy import Boolean, Column, Connection, Float, LargeBinary, Table, create_engine, inspect, select, text
from sqlalchemy.sql.sqltypes import Integer

from streams.desk import run as desk  # which knows all tables
from streams.desk.store.backup import reflected
from streams.desk.store.database import METADATA, Database, connect
from streams.desk.store.migrate import head, migrate, versions
from streams.errors import CorruptError
from tests.contract.desk.conftest import fresh

KINDS = ("sqlite", "postgresql")


@pytest.fixture(params=KINDS)
async def url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """A database without any tables."""
    if request.param == "sqlite":
        return f"sqlite:///{tmp_path}/desk.db"
    return await fresh(request.getfixturevalue("postgres"))


@asynccontextmanager
async def opened(url: str) -> AsyncIterator[Database]:
    """Give a database as it is."""
    database = connect(url)
    try:
        yield database
    finally:
        await database.close()


def value_of(column: Column[object], number: int) -> object:
    """Return a value that is not what the column has by itself."""
    if isinstance(column.type, Boolean):
        return True
    if isinstance(column.type, LargeBinary):
        return b"\x00\xff" + bytes([number])
    if isinstance(column.type, Float):
        return 1.5
    return number if isinstance(column.type, Integer) else f"línea {number}"


def fill(connection: Connection) -> None:
    """Put two rows into every table."""
    for table in reflected(connection):
        for number in (1, 2):
            connection.execute(table.insert(), {column.name: value_of(column, number) for column in table.columns})


def rows(connection: Connection, tables: list[Table]) -> dict[str, list[dict[str, object]]]:
    """Return all rows of these tables, of the columns that they have here."""
    return {
        table.name: [
            dict(row._mapping) for row in connection.execute(select(table).order_by(*table.primary_key.columns))
        ]
        for table in tables
    }


def columns(connection: Connection) -> dict[str, set[str]]:
    """Return the columns of each table."""
    found = inspect(connection)
    return {
        name: {column["name"] for column in found.get_columns(name)}
        for name in found.get_table_names()
        if name != "alembic_version"
    }


@pytest.mark.parametrize("version", sorted(versions()))
async def test_rows_of_every_version_are_kept(url: str, version: str) -> None:
    """From the first version on, each row of each table is there afterwards, and the tables are those of today."""
    await asyncio.to_thread(migrate, url, version)
    async with opened(url) as database, database.write() as connection:
        await connection.run_sync(fill)
        tables = await connection.run_sync(reflected)
        before = await connection.run_sync(rows, tables)
    assert all(len(found) == 2 for found in before.values())
    await asyncio.to_thread(migrate, url)
    async with opened(url) as database, database.read() as connection:
        after, names = await connection.run_sync(rows, tables), await connection.run_sync(columns)
        version = (await connection.execute(text("SELECT version_num FROM alembic_version"))).scalar() or ""
    today = {name: {column.name for column in table.columns} for name, table in METADATA.tables.items()}
    assert today, desk
    assert (after, names, version) == (before, today, head())


async def test_tables_of_a_newer_version_are_refused(tmp_path: Path) -> None:
    """After a rollback the desk says so before it serves, and touches nothing."""
    url = f"sqlite:///{tmp_path}/desk.db"
    await asyncio.to_thread(migrate, url)
    engine = create_engine(url)
    with engine.begin() as connection:
        connection.execute(text("UPDATE alembic_version SET version_num = '9999'"))
    engine.dispose()
    with pytest.raises(CorruptError, match="newer version") as caught:
        await asyncio.to_thread(migrate, url)
    assert "restore a backup" in caught.value.remedy
