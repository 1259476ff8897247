"""When to look at which journey again: a heap in which entries are overtaken by later ones and never taken out."""

import heapq
from collections.abc import Callable, Iterable

from streams.journeys.state import NEVER


class Deadlines:
    """Keys by due time, ms since the epoch. `due_of` says when a key is due; an entry that says else is stale."""

    def __init__(self, due_of: Callable[[bytes], int]) -> None:
        """Start with none."""
        self._due_of = due_of
        self._heap: list[tuple[int, bytes]] = []

    def __len__(self) -> int:
        """Return how many entries there are, the stale ones included."""
        return len(self._heap)

    @property
    def next(self) -> int:
        """The next due time; may be too early, never too late."""
        return self._heap[0][0] if self._heap else NEVER

    def fill(self, entries: Iterable[tuple[int, bytes]]) -> None:
        """Hold these (due, key) and no others."""
        self._heap = list(entries)
        heapq.heapify(self._heap)

    def note(self, due: int, key: bytes) -> None:
        """Add a key, or move it."""
        heapq.heappush(self._heap, (due, key))

    def pop(self, clock: int) -> bytes | None:
        """Take out the next key that is due at `clock`, None when there is none."""
        heap = self._heap
        while heap and heap[0][0] <= clock:
            due, key = heapq.heappop(heap)
            if due == self._due_of(key):
                return key
        return None

    def tidy(self, keys: Callable[[], Iterable[bytes]], count: int) -> None:
        """Make the heap anew from `keys` when it has more than twice as many entries as there are."""
        if len(self._heap) > 2 * count + 1_000:
            self.fill([(self._due_of(key), key) for key in keys()])
