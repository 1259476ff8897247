"""Settings of the canary, and the secret that it shares with the desk."""

from pathlib import Path

import pytest

from streams.errors import SettingError
from streams.settings.canary import CanarySettings, canary_settings, shared_secret


def test_every_setting_comes_from_its_variable() -> None:
    """What is not given has its default."""
    given = canary_settings({"TOUCHPOINT_CANARY_INTERVAL_SEC": "5", "TOUCHPOINT_CANARY_GATEWAY": "http://gateway:9104"})
    assert given == CanarySettings(interval_sec=5.0, gateway="http://gateway:9104")


@pytest.mark.parametrize("text", ["often", "0", "-1"])
def test_a_wrong_interval_names_its_variable(text: str) -> None:
    """Before anything starts."""
    with pytest.raises(SettingError) as raised:
        canary_settings({"TOUCHPOINT_CANARY_INTERVAL_SEC": text})
    assert raised.value.place == "TOUCHPOINT_CANARY_INTERVAL_SEC"


def test_the_secret_that_is_set_is_taken(tmp_path: Path) -> None:
    """From the variable or its file, and then none is made."""
    (tmp_path / "given").write_text("from a file\n")
    assert shared_secret({"TOUCHPOINT_CANARY_SECRET": "a word"}, tmp_path) == "a word"
    assert shared_secret({"TOUCHPOINT_CANARY_SECRET_FILE": str(tmp_path / "given")}, tmp_path) == "from a file"
    assert not (tmp_path / "canary.secret").exists()


def test_desk_and_canary_of_one_data_folder_share_a_secret_unasked(tmp_path: Path) -> None:
    """It is made once, for its owner alone."""
    made = shared_secret({}, tmp_path / "data")
    assert len(made) >= 32
    assert shared_secret({}, tmp_path / "data") == made
    assert (tmp_path / "data" / "canary.secret").stat().st_mode & 0o777 == 0o600


def test_a_folder_that_cannot_be_written_says_what_to_set(tmp_path: Path) -> None:
    """Containers may have no such folder."""
    (tmp_path / "file").touch()
    with pytest.raises(SettingError) as raised:
        shared_secret({}, tmp_path / "file")
    assert "TOUCHPOINT_CANARY_SECRET" in raised.value.remedy
