"""The desk's file while the desk runs: read again when somebody changed it or one of its rotas, and once a day."""

from datetime import datetime, timedelta
from pathlib import Path
from typing import Final

from streams.desk.settings.load import read, rota_files
from streams.errors import LoadError

OLDEST: Final = timedelta(days=1)  # rotas are spelt out from a day on for a bounded time


class DeskFile:
    """What a file said when it was right the last time: a mistake made later changes nothing but `problem`."""

    def __init__(self, path: Path, now: datetime) -> None:
        """Read it; raises LoadError with every mistake."""
        self._path = path
        self._seen = self._look()
        self._read_at = now
        self.policy = read(path, now)
        self.problem: LoadError | None = None

    def refresh(self, now: datetime) -> bool:
        """Read it again where it may say something else; return whether `policy` is a new one."""
        seen = self._look()
        if seen == self._seen and now - self._read_at < OLDEST:
            return False
        self._seen, self._read_at = seen, now
        try:
            self.policy, self.problem = read(self._path, now), None
        except LoadError as error:
            self.problem = error
            return False
        return True

    def _look(self) -> dict[Path, tuple[int, int]]:
        """Return what tells a changed file from the same one: time and length, zeros where it is not there."""
        found = {}
        for path in (self._path, *rota_files(self._path)):
            try:
                stat = path.stat()
                found[path] = (stat.st_mtime_ns, stat.st_size)
            except OSError:
                found[path] = (0, 0)
        return found
