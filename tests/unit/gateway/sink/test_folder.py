import os
from pathlib import Path

import pytest

from streams.errors import UsageError
from streams.gateway.sink.folder import locked


def test_two_gateways_cannot_share_a_folder(tmp_path: Path) -> None:
    """The second is told why and what to do; once the first has ended it may."""
    with locked(tmp_path / "spool"):
        with pytest.raises(UsageError, match="another gateway") as caught, locked(tmp_path / "spool"):
            pass
        assert "TOUCHPOINT_DATA_DIR" in caught.value.remedy
    with locked(tmp_path / "spool"):
        assert (tmp_path / "spool").stat().st_mode & 0o077 == 0


@pytest.mark.skipif(os.geteuid() == 0, reason="root may write everywhere")
def test_a_folder_that_cannot_be_written_is_named(tmp_path: Path) -> None:
    """An operator reads the place and the remedy."""
    tmp_path.chmod(0o500)
    with pytest.raises(UsageError, match="cannot be used"), locked(tmp_path / "spool"):
        pass


def test_a_folder_that_is_a_file_is_named(tmp_path: Path) -> None:
    """So does one who gave the name of a file."""
    (tmp_path / "spool").touch()
    with pytest.raises(UsageError, match="cannot be used"), locked(tmp_path / "spool"):
        pass
