"""`touchpoint desk backup|restore`: what the desk keeps as one file, which fits SQLite and PostgreSQL alike."""

import asyncio
from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, TypeVar

import click

from streams.codec.times import to_rfc3339
from streams.errors import TouchpointError, UsageError
from streams.settings.settings import Settings

if TYPE_CHECKING:
    from streams.desk.store.database import Database


_Result = TypeVar("_Result")


@click.command(
    name="backup", epilog="Example: touchpoint desk --database-url postgresql://desk@db/desk backup desk.zst"
)
@click.argument("file", type=click.Path(dir_okay=False, path_type=Path))
@click.pass_obj
def backup(settings: Settings, file: Path) -> None:
    """Write everything that the desk keeps into FILE, as of one moment; the desk may run meanwhile.

    FILE holds what customers and people said: only its owner may read it. Browser sessions are not in it.
    """
    from streams.desk.run import database_url  # noqa: PLC0415 - only when called
    from streams.desk.service.clocks import wall_clock  # noqa: PLC0415
    from streams.desk.store.backup import backup as write  # noqa: PLC0415

    with _explained(file):
        rows = _with(database_url(settings), lambda database: write(database, file, wall_clock()))
    click.echo(f"{file}: {rows} rows")


@click.command(
    name="restore", epilog="Example: touchpoint desk --database-url postgresql://desk@db/desk restore desk.zst"
)
@click.argument("file", type=click.Path(dir_okay=False, path_type=Path))
@click.option("--replace", is_flag=True, help="Lose what the database has now; refused otherwise.")
@click.pass_obj
def restore(settings: Settings, file: Path, replace: bool) -> None:
    """Put a backup into a database, of whichever kind; stop the desk first.

    The desk then reads on from where it was: what people did since comes back from its topic, and so do alerts. A file
    that is broken, changed or of a newer version is refused before anything is touched.
    """
    from streams.desk.run import database_url  # noqa: PLC0415 - only when called
    from streams.desk.store.migrate import migrate  # noqa: PLC0415
    from streams.desk.store.restore import check  # noqa: PLC0415
    from streams.desk.store.restore import restore as put  # noqa: PLC0415

    url = database_url(settings)
    with _explained(file):
        header = check(file)
        if not _with(url, _version):
            migrate(url, header.tables_version)
        rows = _with(url, lambda database: put(database, file, header, replace=replace))
    migrate(url)
    click.echo(f"{rows} rows of {to_rfc3339(header.made_at)}; sign in again")


async def _version(database: "Database") -> str:
    from streams.desk.store.backup import tables_version  # noqa: PLC0415 - only when called

    async with database.read() as connection:
        return await tables_version(connection)


def _with(url: str, ask: "Callable[[Database], Awaitable[_Result]]") -> _Result:
    from streams.desk.store.database import connect  # noqa: PLC0415 - only when called

    async def run() -> _Result:
        database = connect(url)
        try:
            return await ask(database)
        finally:
            await database.close()

    return asyncio.run(run())


@contextmanager
def _explained(file: Path) -> Iterator[None]:
    """Say in our words that the file or the database is the problem."""
    try:
        yield
    except ConnectionError as error:
        remedy = "start it, or mend TOUCHPOINT_DATABASE_URL"
        raise TouchpointError("the database does not answer", remedy=remedy) from error
    except OSError as error:
        remedy = "see its name, its folder, and the room on the disk"
        raise UsageError(f"it cannot be used: {error.strerror}", place=str(file), remedy=remedy) from error
