"""A small disk of its own for the broker's data, which can be filled to the last byte."""

import errno
import os
import subprocess
from pathlib import Path
from types import TracebackType
from typing import Final, Self

MEGABYTES: Final = 1536
FILLER: Final = "filler"


class SmallDisk:
    """A file system in memory, mounted on a folder; a context manager.

    Only root may mount one. Elsewhere the folder is as any other, `is_small` says so, and it cannot be filled.
    """

    def __init__(self, folder: Path, megabytes: int = MEGABYTES) -> None:
        """Prepare; the folder is made."""
        self.folder = folder
        self.is_small = False
        self._megabytes = megabytes

    def fill(self) -> None:
        """Take what is free, to the last block; again for what was freed since."""
        with (self.folder / FILLER).open("ab") as filler:
            free = os.statvfs(self.folder).f_bavail * os.statvfs(self.folder).f_bsize
            while free >= os.statvfs(self.folder).f_bsize:
                try:
                    os.posix_fallocate(filler.fileno(), filler.seek(0, os.SEEK_END), free)
                except OSError as error:
                    if error.errno != errno.ENOSPC:
                        raise
                    free //= 2

    def free(self) -> None:
        """Give everything back."""
        (self.folder / FILLER).unlink(missing_ok=True)

    def __enter__(self) -> Self:
        """Mount it where that is allowed."""
        self.folder.mkdir(parents=True, exist_ok=True)
        command = ["mount", "-t", "tmpfs", "-o", f"size={self._megabytes}m", "none", str(self.folder)]
        self.is_small = os.geteuid() == 0 and not subprocess.run(command, capture_output=True, check=False).returncode
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        """Unmount it; what is still open keeps it for as long."""
        if self.is_small:
            subprocess.run(["umount", "--lazy", str(self.folder)], check=True)  # noqa: S607 - wherever the system has it


def can_be_filled(folder: Path) -> bool:
    """Return whether this machine lets us mount a small disk."""
    with SmallDisk(folder / "trial", megabytes=1) as disk:
        return disk.is_small
