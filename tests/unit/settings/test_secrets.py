"""Secrets from the environment and from files."""

from pathlib import Path

import pytest

from streams.errors import SettingError
from streams.settings import secrets


def test_a_secret_is_the_variable_or_what_its_file_holds(tmp_path: Path) -> None:
    """Without the newline that editors put at the end."""
    (tmp_path / "secret").write_text("from a file\n")
    assert secrets.read({"A": "itself"}, "A") == "itself"
    assert secrets.read({"A_FILE": str(tmp_path / "secret")}, "A") == "from a file"
    assert secrets.read({}, "A") == ""


@pytest.mark.parametrize("environ", [{"A": "x", "A_FILE": "y"}, {"A_FILE": "/nowhere/secret"}])
def test_what_cannot_be_meant_is_said_at_the_start(environ: dict[str, str]) -> None:
    """With the remedy."""
    with pytest.raises(SettingError) as error:
        secrets.read(environ, "A")
    assert error.value.remedy
