"""The disk that a soak fills."""

import errno
from pathlib import Path

import pytest

from tests.soak.disk import SmallDisk


def test_a_full_disk_takes_nothing_until_it_is_freed(tmp_path: Path) -> None:
    """Not one more block; afterwards it is as before, and what was on it is there."""
    with SmallDisk(tmp_path / "disk", megabytes=4) as disk:
        if not disk.is_small:
            pytest.skip("only root can mount a small disk")
        kept = disk.folder / "kept"
        kept.write_bytes(b"k" * 100_000)
        disk.fill()
        with pytest.raises(OSError, match=r"No space") as full, (disk.folder / "new").open("wb", buffering=0) as new:
            new.write(b"n" * 10_000)
        assert full.value.errno == errno.ENOSPC
        disk.free()
        (disk.folder / "new").write_bytes(b"n" * 10_000)
        assert kept.read_bytes() == b"k" * 100_000
    assert not any((tmp_path / "disk").iterdir())
