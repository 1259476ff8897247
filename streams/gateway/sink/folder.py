"""The folder of a spool: one process at a time, nobody else reads it."""

import fcntl
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from streams.errors import UsageError


@contextmanager
def locked(folder: Path) -> Iterator[None]:
    """Make the folder and hold its lock; raises UsageError where another process has it or it cannot be written."""
    try:
        folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        lock = os.open(folder / "lock", os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    except OSError as error:
        raise UsageError(
            f"the spool folder cannot be used: {error.strerror}",
            place=str(folder),
            remedy="make it writable, or give the gateway another TOUCHPOINT_DATA_DIR",
        ) from error
    try:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError as error:
            raise UsageError(
                "another gateway is using this spool folder",
                place=str(folder),
                remedy="stop it, or give this one a TOUCHPOINT_DATA_DIR of its own",
            ) from error
        yield
    finally:
        os.close(lock)
