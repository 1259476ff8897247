"""The secret that opens the page."""

import stat
import threading
from pathlib import Path

import pytest

from streams.errors import SettingError
from streams.gateway.connect.admin import SHORTEST, VARIABLE, admin_token

GIVEN = "g" * SHORTEST


def test_the_environment_comes_first(tmp_path: Path) -> None:
    """The value itself or a file of it, and nothing is made then."""
    (tmp_path / "secret").write_text(f"{GIVEN}\n")
    assert admin_token({VARIABLE: GIVEN}, tmp_path / "data") == GIVEN
    assert admin_token({f"{VARIABLE}_FILE": str(tmp_path / "secret")}, tmp_path / "data") == GIVEN
    assert not (tmp_path / "data").exists()


def test_without_one_it_is_made_once_for_its_owner_alone(tmp_path: Path) -> None:
    """Every process of the data folder has the same, also those that start at once."""
    found: list[str] = []
    threads = [threading.Thread(target=lambda: found.append(admin_token({}, tmp_path))) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(found) == 8
    assert len(set(found)) == 1
    assert len(found[0]) >= SHORTEST
    assert stat.S_IMODE((tmp_path / "gateway" / "admin.token").stat().st_mode) == 0o600
    assert [one.name for one in (tmp_path / "gateway").iterdir()] == ["admin.token"]


def test_what_could_be_guessed_or_not_be_read_is_refused(tmp_path: Path) -> None:
    """With the name of the variable and what to do, and without the token."""
    (tmp_path / "data").write_text("a file")
    for environ, folder in (
        ({VARIABLE: "secret"}, tmp_path),
        ({f"{VARIABLE}_FILE": str(tmp_path / "none")}, tmp_path),
        ({}, tmp_path / "data"),
    ):
        with pytest.raises(SettingError) as error:
            admin_token(environ, folder)
        assert error.value.remedy
        assert error.value.place
        assert "secret" not in error.value.message
