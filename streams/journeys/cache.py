"""Decoded journeys: those that were used last, in three generations.

Whoever is used is young. Once the young are a third of all they become the middle ones, and those who were that, whom
nobody has used meanwhile, become old. Where there is no more room the old leave, the oldest first, one for each that
comes in: no turn is ever held up by many leaving at once.
"""

from streams.journeys.journey import Journey


class Cache:
    """Journeys by key; at most `limit` of them, once `leaving` was called."""

    def __init__(self, limit: int) -> None:
        """Start empty."""
        self.young: dict[bytes, Journey] = {}  # whoever needs every nanosecond looks here first, and then calls `get`
        self._middle: dict[bytes, Journey] = {}
        self._old: dict[bytes, Journey] = {}
        self._limit = max(1, limit)
        self._third = self._limit // 3
        self._next = iter(list[bytes]())  # keys of the old, in the order in which they leave

    def get(self, key: bytes) -> Journey | None:
        """Return the journey, which becomes young, or None."""
        journey = self.young.get(key)
        if journey is None:
            journey = self._middle.pop(key, None) or self._old.pop(key, None)
            if journey is not None:
                self.young[key] = journey
        return journey

    def find(self, key: bytes) -> Journey | None:
        """Return the journey or None; to be looked at is not to be used: it stays in its generation."""
        return self.young.get(key) or self._middle.get(key) or self._old.get(key)

    def put(self, key: bytes, journey: Journey) -> None:
        """Take in a journey that is not here."""
        self.young[key] = journey

    def pop(self, key: bytes) -> None:
        """Let go of a journey, if it is here."""
        for generation in (self.young, self._middle, self._old):
            generation.pop(key, None)

    def leaving(self) -> list[tuple[bytes, Journey]]:
        """Return those that leave now: as many as are above the limit, which is as many as have come in."""
        gone: list[tuple[bytes, Journey]] = []
        excess = len(self) - self._limit
        if len(self.young) > self._third:
            self._grow_older()
        while len(gone) < excess:
            for key in self._next:
                journey = self._old.pop(key, None)
                if journey is not None:
                    gone.append((key, journey))
                    if len(gone) == excess:
                        return gone
            self._grow_older()
        return gone

    def _grow_older(self) -> None:
        self._old.update(self._middle)
        self._middle, self.young = self.young, {}
        self._next = iter(list(self._old))

    def __contains__(self, key: bytes) -> bool:
        """Return whether the journey is here."""
        return key in self.young or key in self._middle or key in self._old

    def __len__(self) -> int:
        """Return how many there are."""
        return len(self.young) + len(self._middle) + len(self._old)

    def keys(self) -> set[bytes]:
        """Return their keys."""
        return self.young.keys() | self._middle.keys() | self._old.keys()
