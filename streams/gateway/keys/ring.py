"""The keys that are in force, for the hot path: in memory, and read again when the file has changed."""

import logging
from collections.abc import Callable
from pathlib import Path
from typing import Final

from streams.errors import TouchpointError
from streams.gateway.keys import book, file, secret
from streams.gateway.keys.bucket import Wait
from streams.gateway.keys.key import Key
from streams.gateway.keys.limits import Limits

LOOK_EVERY_MS: Final = 1_000  # so long a key may live on in a process after it was revoked in another
_logger = logging.getLogger("touchpoint.gateway.keys")


class Ring:
    """The keys of one file; give the same file to every process.

    A file that is wrong is an error at the start. One that becomes wrong later, or is gone, changes nothing: the last
    keys hold, a line in the log says so, and the next right file counts. What a key has sent is forgotten when the
    process ends, and each process has buckets of its own.
    """

    def __init__(self, path: Path, now: Callable[[], int]) -> None:
        """Read the file; raise CorruptError where it is wrong. One that is not there yet holds no keys."""
        self._path = path
        self._now = now
        self._limits = Limits(book.MAX_KEYS)
        self._stamp = file.stamp(path)
        self._looked_at = now()
        self._book = file.read(path)
        self._origins = book.origins(self._book, self._looked_at)

    def find(self, text: str) -> Key | None:
        """Return the valid key of this text; takes as long for a wrong one of the same form."""
        now = self._look()
        entry = self._book.get(secret.key_id_of(text))
        is_right = secret.is_of(text, secret.NO_DIGEST if entry is None else entry.digest)
        return entry.key if entry is not None and is_right and entry.key.is_valid(now) else None

    def get(self, key_id: str) -> Key | None:
        """Return a valid key by its id, for what was begun with it."""
        now = self._look()
        entry = self._book.get(key_id)
        return entry.key if entry is not None and entry.key.is_valid(now) else None

    def spend(self, key: Key, items: int) -> Wait | None:
        """Take so many items from what a key may send, or say how long to wait; then nothing is taken."""
        return self._limits.spend(key, items, self._now())

    def origins(self) -> frozenset[str]:
        """Return the origins of the pages of all valid browser keys."""
        self._look()
        return self._origins

    def all(self) -> list[Key]:
        """Return every key, the newest first; those that open nothing any more too."""
        self._look()
        return [entry.key for entry in reversed(self._book.values())]

    def look(self) -> None:
        """Read the file now if it has changed: what was changed in this process holds in it at once."""
        self._looked_at = self._now()
        if (present := file.stamp(self._path)) != self._stamp:
            self._stamp = present
            self._read()
        self._origins = book.origins(self._book, self._looked_at)

    def _look(self) -> int:
        """Look where it is time to; return the time."""
        now = self._now()
        if abs(now - self._looked_at) >= LOOK_EVERY_MS:
            self.look()
        return now

    def _read(self) -> None:
        try:
            new = file.read(self._path, must_exist=True)
        except TouchpointError as error:
            _logger.error("the keys before hold on: %s", error)  # noqa: TRY400 # it is explained, no traceback
            return
        self._book = new
        self._limits.keep(new.keys())
