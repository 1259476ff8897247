"""The per-user folder of downloaded packages, shared by every process of this user.

Entries appear in it whole or not at all: they are written beside their place, checked, and renamed into it.
"""

import fcntl
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from streams.errors import DownloadError


def cache_folder() -> Path:
    """Return the cache folder, made if need be: TOUCHPOINT_CACHE_DIR, else `touchpoint` in the user's cache folder."""
    declared = os.environ.get("TOUCHPOINT_CACHE_DIR")
    base = os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache"
    folder = Path(declared) if declared else Path(base) / "touchpoint"
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise DownloadError(
            f"cannot make the package cache: {error.strerror}",
            remedy="set TOUCHPOINT_CACHE_DIR to a folder that can be written",
            place=str(folder),
        ) from error
    return folder


@contextmanager
def exclusive(folder: Path) -> Iterator[None]:
    """Hold the folder alone among processes; a second first start waits here and then finds everything done."""
    try:
        handle = (folder / "lock").open("a")
    except OSError as error:
        raise DownloadError(
            f"cannot write into the package cache: {error.strerror}",
            remedy="set TOUCHPOINT_CACHE_DIR to a folder that can be written",
            place=str(folder),
        ) from error
    with handle:
        fcntl.flock(handle, fcntl.LOCK_EX)
        yield
