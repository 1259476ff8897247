"""How many records a slice of folding has."""

from typing import Final

FEWEST: Final = 20
MOST: Final = 2_000


class Pace:
    """Keeps slices at their length, whatever a record costs today."""

    def __init__(self, slice_ms: float) -> None:
        self.records = 100
        self._slice_sec = slice_ms / 1000

    def learn(self, folded: int, seconds: float) -> None:
        """Take note of how long a slice took; a small one says nothing."""
        if folded >= self.records // 2:
            wanted = folded * self._slice_sec / max(seconds, 1e-6)
            self.records = int(min(max(FEWEST, wanted), 2 * self.records, MOST))
