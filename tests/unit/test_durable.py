"""Files that are whole or not there."""

import os
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from stat import S_IMODE

import pytest

from streams import durable


@pytest.fixture
def synced(monkeypatch: pytest.MonkeyPatch) -> list[Path]:
    """Return what is made safe, in that order."""
    found, fsync = [], os.fsync

    def note(handle: int) -> None:
        found.append(Path(f"/proc/self/fd/{handle}").readlink())
        fsync(handle)

    monkeypatch.setattr(os, "fsync", note)
    return found


def test_a_replaced_file_has_the_new_content_and_is_its_owners(tmp_path: Path) -> None:
    """Whatever it was before."""
    path = tmp_path / "kept.json"
    path.write_text("old")
    path.chmod(0o644)
    durable.replace(path, b"new")
    assert (path.read_bytes(), S_IMODE(path.stat().st_mode)) == (b"new", 0o600)
    assert list(tmp_path.iterdir()) == [path]


def test_a_replaced_file_is_on_the_disk_and_then_its_name_is(tmp_path: Path, synced: list[Path]) -> None:
    """The other way round, a power cut could leave the name of a file that is empty."""
    durable.replace(tmp_path / "kept.json", b"new")
    assert synced == [tmp_path / "kept.json.part", tmp_path]


def test_what_a_killed_process_left_hinders_nobody(tmp_path: Path) -> None:
    """Its half of a file is dropped."""
    (tmp_path / "kept.json.part").write_text("{hal")
    durable.replace(tmp_path / "kept.json", b"{}")
    assert [(path.name, path.read_text()) for path in tmp_path.iterdir()] == [("kept.json", "{}")]


def test_what_cannot_be_replaced_stays_and_nothing_lies_about(tmp_path: Path) -> None:
    """A folder in its place, say."""
    (tmp_path / "kept.json").mkdir()
    with pytest.raises(OSError, match="Is a directory"):
        durable.replace(tmp_path / "kept.json", b"new")
    assert [path.name for path in tmp_path.iterdir()] == ["kept.json"]


def test_a_file_is_made_once(tmp_path: Path) -> None:
    """The second secret is not needed."""
    path = tmp_path / "secret.key"
    assert durable.made_once(path, "first")
    assert not durable.made_once(path, "second")
    assert (path.read_text(), S_IMODE(path.stat().st_mode)) == ("first", 0o600)
    assert list(tmp_path.iterdir()) == [path]


def test_a_made_file_is_on_the_disk_and_so_is_its_name(tmp_path: Path, synced: list[Path]) -> None:
    """A secret that keys are hashed with must not be another one after a power cut."""
    durable.made_once(tmp_path / "secret.key", "first")
    part, folder = synced
    assert (part.parent, part.suffix, folder) == (tmp_path, ".part", tmp_path)


def test_of_many_who_make_a_file_one_does(tmp_path: Path) -> None:
    """All others find it whole."""
    path = tmp_path / "secret.key"

    def make(number: int) -> tuple[bool, str]:
        return durable.made_once(path, f"{number}" * 1_000), path.read_text()

    with ThreadPoolExecutor(8) as pool:
        found = list(pool.map(make, range(10, 42)))
    assert sum(is_made for is_made, _ in found) == 1
    assert {text for _, text in found} == {path.read_text()}
    assert list(tmp_path.iterdir()) == [path]
