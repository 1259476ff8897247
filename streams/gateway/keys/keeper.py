"""Who may send is changed here, by an administrator: every change is on the disk before it is said."""

from collections.abc import Callable
from pathlib import Path

import msgspec

from streams.gateway.keys import book, file, secret
from streams.gateway.keys.book import Book, Entry
from streams.gateway.keys.key import Key


class Keeper:
    """Changes the file of keys, whether a gateway runs or not; each call waits for the disk and for other changes."""

    def __init__(self, path: Path, now: Callable[[], int]) -> None:
        self._path = path
        self._now = now

    def all(self) -> list[Key]:
        """Return every key, the newest first; those that open nothing any more too."""
        return [entry.key for entry in reversed(file.read(self._path).values())]

    def create(self, wanted: Key) -> tuple[Key, str]:
        """Return a new key like the wanted one, with an id of its own, and its text, which nobody can read again.

        Raises:
            UnfitError: it would open nothing, its source has two already, or there are too many.
            TouchpointError: the file cannot be written, or is wrong.
        """
        now, id_ = self._now(), secret.new_id()
        key = msgspec.structs.replace(wanted, id=id_, created_at=now, revoked_at=0)
        text = secret.new_text(id_)
        entry = Entry(key=key, digest=secret.digest(text))
        file.change(self._path, lambda present: book.add(present, entry, now))
        return key, text

    def rotate(self, key_id: str) -> tuple[Key, str] | None:
        """Return a new key with the rights of another, which lives on until it is revoked; None where no valid one is.

        Raises as `create` does.
        """
        wanted = book.replacement(file.read(self._path), key_id, self._now())
        return self.create(wanted) if wanted is not None else None

    def revoke(self, key_id: str) -> bool:
        """End a key; False where no valid one has this id. One that opens nothing any more is forgotten then."""
        now, was_valid = self._now(), False

        def end(present: Book) -> Book:
            nonlocal was_valid
            was_valid = key_id in present and present[key_id].key.is_valid(now)
            return book.revoke(present, key_id, now)

        file.change(self._path, end)
        return was_valid
