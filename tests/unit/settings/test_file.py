"""The settings file stands below the environment, and says what is wrong in it."""

from pathlib import Path

import pytest

from streams.errors import SettingError
from streams.settings.file import apply


def test_a_setting_of_the_file_fills_what_the_environment_lacks(tmp_path: Path) -> None:
    """The environment wins over the file."""
    file = tmp_path / "touchpoint.toml"
    file.write_text('partitions = 12\nbootstrap_servers = "kafka:9092"\nrules = ["a.yaml", "b"]\n')
    environ = {"TOUCHPOINT_PARTITIONS": "4"}
    apply(file, environ)
    assert environ == {
        "TOUCHPOINT_PARTITIONS": "4",
        "TOUCHPOINT_BOOTSTRAP_SERVERS": "kafka:9092",
        "TOUCHPOINT_RULES": "a.yaml b",
    }


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("partitons = 12\n", "unknown setting `partitons` (did you mean partitions?)"),
        ("partitions 12\n", "no TOML"),
        ("[lane]\nsession_sec = 3\n", ":1: `lane` is a table (settings have no tables: write lane_session_sec = 3)"),
        ("lane.session_sec = 3\n", ":1: `lane` is a table (settings have no tables: write lane_session_sec = 3)"),
        ("[worker]\npartitions = 3\n", "`worker` is a table (settings have no tables: write partitions = 3)"),
        ("[nothing]\n", "`nothing` is a table (settings have no tables: write partitions = 8)"),
    ],
)
def test_a_mistake_is_named_with_its_remedy(tmp_path: Path, text: str, message: str) -> None:
    """An unknown key suggests the nearest one; a table is unfolded; a file that is no TOML is refused."""
    file = tmp_path / "touchpoint.toml"
    file.write_text(text)
    with pytest.raises(SettingError) as caught:
        apply(file, {})
    assert message in str(caught.value)


def test_a_missing_file_is_named(tmp_path: Path) -> None:
    """The place is the file."""
    with pytest.raises(SettingError) as caught:
        apply(tmp_path / "none.toml", {})
    assert caught.value.place == str(tmp_path / "none.toml")
