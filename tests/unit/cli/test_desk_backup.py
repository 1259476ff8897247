"""`touchpoint desk backup|restore`: one file out, and in again."""

from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from streams.cli import touchpoint
from streams.desk.run import database_url
from streams.desk.store.migrate import migrate
from streams.errors import TouchpointError
from streams.settings.settings import Settings


def desk(folder: Path, *arguments: str) -> Result:
    """Run a verb of the desk on the database of a folder."""
    return CliRunner().invoke(touchpoint, ["desk", "--data-dir", str(folder), *arguments])


def test_a_backup_makes_a_new_database(tmp_path: Path) -> None:
    """With its tables, and the tokens of programs and people."""
    made = desk(tmp_path / "one", "tokens", "create", "ana", "--role", "agent")
    assert made.exit_code == 0, made.output
    file = tmp_path / "desk.zst"
    assert desk(tmp_path / "one", "backup", str(file)).stdout == f"{file}: 1 rows\n"
    restored = desk(tmp_path / "two", "restore", str(file))
    assert (restored.exit_code, restored.stdout[:10]) == (0, "1 rows of ")
    assert "ana" in desk(tmp_path / "two", "tokens", "list").output


def test_what_is_there_is_not_lost_by_mistake(tmp_path: Path) -> None:
    """The remedy is the option that says so."""
    desk(tmp_path / "one", "tokens", "create", "ana", "--role", "agent")
    desk(tmp_path / "one", "backup", str(tmp_path / "desk.zst"))
    refused = desk(tmp_path / "one", "restore", str(tmp_path / "desk.zst"))
    assert isinstance(refused.exception, TouchpointError)
    assert "--replace" in refused.exception.remedy
    assert desk(tmp_path / "one", "restore", "--replace", str(tmp_path / "desk.zst")).exit_code == 0


def test_a_file_that_is_not_there_is_named(tmp_path: Path) -> None:
    """And nothing is touched."""
    refused = desk(tmp_path / "one", "restore", str(tmp_path / "none.zst"))
    assert isinstance(refused.exception, TouchpointError)
    assert refused.exception.place == str(tmp_path / "none.zst")


def test_the_database_is_for_its_owner(tmp_path: Path) -> None:
    """Cases are about people, and other users of the machine are not to read them."""
    migrate(database_url(Settings(data_dir=str(tmp_path))))
    assert (tmp_path / "desk").stat().st_mode & 0o077 == 0


@pytest.mark.parametrize("verb", ["backup", "restore"])
def test_both_help_with_an_example(verb: str, tmp_path: Path) -> None:
    """As every verb does."""
    answer = desk(tmp_path, verb, "--help")
    assert (answer.exit_code, "Example: touchpoint desk" in answer.output) == (0, True)
