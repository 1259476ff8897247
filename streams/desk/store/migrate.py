"""Brings a database to the tables of this version, step by step; a database of a newer version is refused."""

from pathlib import Path
from typing import Final

from alembic import command
from alembic.config import Config
from alembic.script import ScriptDirectory
from alembic.util import CommandError

from streams.errors import CorruptError

FOLDER: Final = Path(__file__).parent / "migrations"


def migrate(url: str, to: str = "head") -> None:
    """Apply what is missing, up to a version. Blocks, and must be called outside a running event loop.

    Raises:
        SettingError: as `connect` does.
        CorruptError: a newer version of the desk has been here.
    """
    try:
        command.upgrade(config(url), to)
    except CommandError as error:
        raise CorruptError(
            "the database was written by a newer version", remedy="run that version, or restore a backup"
        ) from error


def config(url: str) -> Config:
    """Return what alembic needs; the URL stays out of files and logs."""
    found = Config()
    found.set_main_option("script_location", str(FOLDER))
    found.attributes["url"] = url
    return found


def head() -> str:
    """Return the version that this program needs."""
    return str(ScriptDirectory.from_config(config("")).get_current_head())


def versions() -> frozenset[str]:
    """Return all versions that this program knows."""
    return frozenset(str(each.revision) for each in ScriptDirectory.from_config(config("")).walk_revisions())
