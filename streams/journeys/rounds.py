"""Which journeys have changed and are to be written: in rounds, so that a busy one is written once for many changes."""

from streams.journeys.journey import Journey


class Rounds:
    """Keys of changed journeys. A round lasts from one take to the next."""

    def __init__(self) -> None:
        """Start the first round, without a change."""
        self.number = 1
        self.changed: dict[bytes, None] = {}  # in this round
        self._aged: dict[bytes, None] = {}  # in the round before, and not taken yet

    def touch(self, key: bytes, journey: Journey) -> None:
        """Take note that a journey has changed; the fold does the same in line."""
        journey.is_outdated, journey.dirtied = True, self.number
        self.changed[key] = None

    def take(self) -> list[bytes]:
        """Return every key that changed since it was taken last."""
        keys = [*self._aged, *(key for key in self.changed if key not in self._aged)]
        self._aged, self.changed = {}, {}
        self.number += 1
        return keys

    def take_aged(self) -> list[bytes]:
        """Return the keys that changed before this round and were not taken since."""
        keys, self._aged, self.changed = list(self._aged), self.changed, {}
        for key in keys:
            self._aged.pop(key, None)
        self.number += 1
        return keys

    def __len__(self) -> int:
        """Return how many wait to be taken; one that changed in two rounds counts twice."""
        return len(self.changed) + len(self._aged)
