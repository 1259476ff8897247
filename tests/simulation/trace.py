"""What has happened in a run, line by line: printed for one seed, compared between two runs of it."""

from collections.abc import Callable


class Trace:
    """Lines with the time before them."""

    def __init__(self, now: Callable[[], float], tell: Callable[[str], object] | None = None) -> None:
        """Start empty; `tell` gets each line at once."""
        self.lines: list[str] = []
        self._now = now
        self._tell = tell

    def add(self, line: str) -> None:
        """Take note."""
        self.lines.append(f"{self._now():10.4f}  {line}")
        if self._tell is not None:
            self._tell(self.lines[-1])
