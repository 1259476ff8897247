"""Files that are whole or not there, and on the disk when a call returns, whatever ends the process or the machine."""

import os
import secrets
from pathlib import Path
from typing import Final

_PRIVATE: Final = 0o600


def sync(folder: Path) -> None:
    """Make sure that a new name in the folder survives a power cut."""
    handle = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def replace(path: Path, content: bytes) -> None:
    """Make this the content of a file that its owner alone reads; raise OSError where the disk does not take it.

    Readers find the old content or the new one. One writer at a time: the caller sees to it.
    """
    part = path.with_name(f"{path.name}.part")
    part.unlink(missing_ok=True)  # of a process that was killed
    try:
        _write(part, content)
        part.replace(path)
    finally:
        part.unlink(missing_ok=True)
    sync(path.parent)


def made_once(path: Path, text: str) -> bool:
    """Make a file that its owner alone reads, unless there is one, and return whether it was made; raise OSError.

    Of several processes at once, the first one's stays.
    """
    if path.exists():
        return False
    part = path.with_name(f"{path.name}.{secrets.token_hex(4)}.part")
    try:
        _write(part, text.encode())
        path.hardlink_to(part)  # whole or not at all, and never over another
    except FileExistsError:
        return False
    finally:
        part.unlink(missing_ok=True)
    sync(path.parent)
    return True


def _write(part: Path, content: bytes) -> None:
    with os.fdopen(os.open(part, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, _PRIVATE), "wb") as file:
        file.write(content)
        file.flush()
        os.fsync(file.fileno())
