"""How a database stands, seen from outside: for who looks for what is wrong; nothing in it is changed."""

import msgspec
from sqlalchemy import text
from sqlalchemy.exc import SQLAlchemyError

from streams.desk.store.backup import tables_version
from streams.desk.store.database import connect
from streams.desk.store.migrate import head


class Standing(msgspec.Struct, frozen=True):
    """`version` is empty where there are no tables; `clock_ms` is None where the database has none of its own."""

    is_reachable: bool
    version: str = ""
    needed: str = ""
    is_writable: bool = False
    clock_ms: int | None = None
    problem: str = ""  # the name of what was raised, never its text, which may hold the URL


async def examine(url: str) -> Standing:
    """Look at a database, which for SQLite has to be there already; raises SettingError as `connect` does."""
    database = connect(url)
    try:
        async with database.read() as connection:
            clock_ms = None
            if database.is_postgres:
                clock = text("SELECT (extract(epoch FROM clock_timestamp()) * 1000)::bigint")
                clock_ms = int((await connection.execute(clock)).scalar_one())
            version = await tables_version(connection)
        is_writable, problem = True, ""
        try:
            async with database.write() as connection:
                await connection.execute(text("CREATE TABLE desk_examined (one INTEGER)"))
                await connection.rollback()
        except (SQLAlchemyError, OSError) as error:
            is_writable, problem = False, type(error).__name__
        return Standing(True, version, head(), is_writable, clock_ms, problem)
    except (SQLAlchemyError, OSError) as error:
        return Standing(is_reachable=False, problem=type(error).__name__)
    finally:
        await database.close()
