"""Uploads in a folder: of each the bytes that have come, and a record beside them; what was answered is on the disk.

An upload is in one of these states, and no call brings one back that was let go: begun and receiving; whole, which it
is by its last byte and nothing else; over. One lock holds all changes together, since they are made in threads.
"""

import os
import secrets
from collections.abc import Callable, Sequence
from contextlib import suppress
from pathlib import Path
from threading import Lock
from typing import IO, Final

import msgspec

from streams import durable
from streams.gateway.uploads.upload import OVER, Form, State, Upload
from streams.telemetry.trace_context import TraceContext

MOST: Final = 1_000  # uploads; the oldest of those that are over makes room
MOST_OF_KEY: Final = 100  # that are not over
KEPT_MS: Final = 7 * 86_400_000  # after this one that is over is forgotten
IDLE_MS: Final = 2 * 86_400_000  # and one that has not become whole since it began
ID_CHARS: Final = 32
_RECORD: Final = ".json"
_DATA: Final = ".data"


class Uploads:
    """The uploads of one folder, which belongs to one process. Calls block for the disk: make them in a thread."""

    def __init__(self, folder: Path, now: Callable[[], int], *, most_bytes: int, most: int = MOST) -> None:
        """Read what is there; `most_bytes` bounds the declared sizes of all that are not over."""
        folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        folder.chmod(0o700)  # what is in here has not been masked
        self._folder = folder
        self._now = now
        self._most_bytes = most_bytes
        self._most = most
        self._lock = Lock()
        self._known: dict[str, Upload] = {}
        for path in sorted(folder.glob(f"*{_RECORD}")):
            with suppress(msgspec.DecodeError, OSError):  # a record is replaced in one piece: this one is not ours
                upload = msgspec.json.decode(path.read_bytes(), type=Upload)
                if upload.state in OVER or self._data(upload.id).exists():
                    self._known[upload.id] = self._as_it_is(upload)
        for path in folder.glob(f"*{_DATA}"):
            if path.stem not in self._known:  # of one that was let go while the process ended
                path.unlink(missing_ok=True)

    def begin(
        self, key_id: str, form: Form, size: int, provider: str = "", trace: TraceContext | None = None
    ) -> Upload | None:
        """Return a new upload; None where there is no room for one of this size, or of this key, now."""
        with self._lock:
            self._make_room()
            under_way = [each for each in self._known.values() if each.state not in OVER]
            if (
                len(self._known) >= self._most
                or sum(each.key_id == key_id for each in under_way) >= MOST_OF_KEY
                or sum(each.size for each in under_way) + size > self._most_bytes
            ):
                return None
            upload = Upload(
                id=secrets.token_hex(ID_CHARS // 2),
                key_id=key_id,
                form=form,
                size=size,
                created_at=self._now(),
                provider=provider,
                trace=trace,
            )
            handle = os.open(self._data(upload.id), os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
            os.fsync(handle)
            os.close(handle)
            self._write(upload)
            return upload

    def find(self, upload_id: str) -> Upload | None:
        """Return an upload."""
        return self._known.get(upload_id)

    def offset(self, upload: Upload) -> int:
        """Return how much of it is here."""
        return self._data(upload.id).stat().st_size if upload.state is State.RECEIVING else upload.size

    def append(self, upload: Upload, offset: int, part: bytes) -> int | None:
        """Add a part behind what is here and return how much that makes; None where `offset` is not that place.

        It is on the disk when this returns. Bytes beyond the declared size are left out. With its last byte an upload
        is whole, whatever happens then.
        """
        with self._lock:
            known = self._known.get(upload.id)
            if known is None or known.state is not State.RECEIVING or self.offset(known) != offset:
                return None
            with self._data(upload.id).open("ab") as file:
                file.write(part[: upload.size - offset])
                file.flush()
                os.fsync(file.fileno())
                end = file.tell()
            self._known[upload.id] = self._as_it_is(known)
            return end

    def open(self, upload: Upload) -> IO[bytes]:
        """Return the bytes of an upload."""
        return self._data(upload.id).open("rb")

    def save(self, upload: Upload) -> bool:
        """Keep what is known of it; False where it was let go. The bytes of one that is over are given back."""
        with self._lock:
            if upload.id not in self._known:
                return False
            self._write(upload)
            if upload.state in OVER:
                self._data(upload.id).unlink(missing_ok=True)
            return True

    def forget(self, upload: Upload) -> None:
        """Let an upload go, whatever has become of it."""
        with self._lock:
            self._forget(upload)

    def working(self) -> Sequence[Upload]:
        """Return those that are whole and not over, the oldest first."""
        with self._lock:
            found = [each for each in self._known.values() if each.state is State.WORKING]
        return sorted(found, key=lambda each: each.created_at)

    def _as_it_is(self, upload: Upload) -> Upload:
        """Return an upload as its bytes say it is."""
        is_whole = upload.state is State.RECEIVING and self.offset(upload) == upload.size
        return msgspec.structs.replace(upload, state=State.WORKING) if is_whole else upload

    def _write(self, upload: Upload) -> None:
        durable.replace(self._folder / f"{upload.id}{_RECORD}", msgspec.json.encode(upload))
        self._known[upload.id] = upload

    def _make_room(self) -> None:
        """Forget what is over for long or never became whole, and the oldest that are over where there are too many."""
        now = self._now()
        over = sorted((each for each in self._known.values() if each.state in OVER), key=lambda each: each.created_at)
        gone = [each for each in over if now - each.created_at > KEPT_MS]
        gone += [
            each for each in self._known.values() if each.state is State.RECEIVING and now - each.created_at > IDLE_MS
        ]
        kept = [each for each in over if each not in gone]
        gone += kept[: max(0, len(self._known) - len(gone) - self._most + 1)]
        for each in gone:
            self._forget(each)

    def _forget(self, upload: Upload) -> None:
        self._known.pop(upload.id, None)
        for suffix in (_RECORD, _DATA):
            (self._folder / f"{upload.id}{suffix}").unlink(missing_ok=True)

    def _data(self, upload_id: str) -> Path:
        return self._folder / f"{upload_id}{_DATA}"
