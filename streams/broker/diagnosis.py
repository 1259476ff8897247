"""Why a broker ended: known causes are read from the end of its log, since its exit code is 1 for all of them."""

from pathlib import Path
from typing import Final

from streams.errors import BrokerError

# What the log says -> (message, remedy); the first that matches is the cause, later lines are its consequences.
CAUSES: Final = (
    ("No space left on device", "no disk space is left", "free some, or choose a folder on another disk with --data"),
    ("Disk quota exceeded", "no disk space is left", "free some, or choose a folder on another disk with --data"),
    ("Address already in use", "port {port} or the controller's port is in use", "choose another port with --port"),
    ("Failed to acquire lock on file", "another broker is using this data folder", "stop it, or choose another --data"),
    ("Permission denied", "a file in the data folder cannot be written", "make it writable, or choose another --data"),
    ("Read-only file system", "the data folder cannot be written", "choose another folder with --data"),
    ("OutOfMemoryError", "its memory did not suffice", "free some memory, or store less in one broker"),
    ("Could not reserve enough space", "there is not enough free memory for it", "free about 700 MB of memory"),
)


def explain_end(code: int, log: str, place: Path, port: int) -> BrokerError:
    """Return the error for a broker that ended with this code after writing this log."""
    for sign, message, remedy in CAUSES:
        if sign in log:
            return BrokerError(f"the broker ended: {message.format(port=port)}", remedy=remedy, place=str(place))
    how = f"was killed by signal {-code}" if code < 0 else f"ended with code {code}"
    said = next((line for line in reversed(log.splitlines()) if any(sign in line for sign in SIGNS)), "")
    message = f"the broker {how}" + (f": {said.strip()[:300]}" if said else "")
    return BrokerError(message, remedy="its log says more", place=str(place))


SIGNS: Final = (" ERROR ", " FATAL ", "Exception", "Error:")
