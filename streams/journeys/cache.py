"""Decoded journeys: those that were used last, in two generations.

Whoever is used moves to the young generation. Once that holds half of what may be kept, it becomes the old one, and
what nobody uses there leaves, one for each that comes in: no turn is ever held up by many leaving at once.
"""

from streams.journeys.journey import Journey


class Cache:
    """Journeys by key; at most about `limit` of them, once `leaving` was called."""

    def __init__(self, limit: int) -> None:
        """Start empty."""
        self.young: dict[bytes, Journey] = {}  # whoever needs every nanosecond looks here first, and then calls `get`
        self._old: dict[bytes, Journey] = {}
        self._half = max(1, limit // 2)
        self._before = 0  # size of the young generation when `leaving` was called last
        self._next = iter(list[bytes]())  # keys of the old generation, in the order in which they leave

    def get(self, key: bytes) -> Journey | None:
        """Return the journey, which becomes young, or None."""
        journey = self.young.get(key)
        if journey is None and self._old:
            journey = self._old.pop(key, None)
            if journey is not None:
                self.young[key] = journey
        return journey

    def find(self, key: bytes) -> Journey | None:
        """Return the journey or None; to be looked at is not to be used: it stays in its generation."""
        return self.young.get(key) or self._old.get(key)

    def put(self, key: bytes, journey: Journey) -> None:
        """Take in a journey that is not here."""
        self.young[key] = journey

    def pop(self, key: bytes) -> None:
        """Let go of a journey, if it is here."""
        if self.young.pop(key, None) is None:
            self._old.pop(key, None)

    def leaving(self) -> list[tuple[bytes, Journey]]:
        """Return those that leave now: about as many as have come in since the last call."""
        young, old, gone = self.young, self._old, []
        come = len(young) - self._before
        is_full = len(young) > self._half
        if old and (come > 0 or is_full):
            for key in self._next:
                journey = old.pop(key, None)
                if journey is not None:
                    gone.append((key, journey))
                    if len(gone) >= come and not is_full:
                        break
        if is_full:
            self._old, self.young = young, {}
            self._next = iter(list(young))
        self._before = len(self.young)
        return gone

    def __contains__(self, key: bytes) -> bool:
        """Return whether the journey is here."""
        return key in self.young or key in self._old

    def __len__(self) -> int:
        """Return how many there are."""
        return len(self.young) + len(self._old)

    def keys(self) -> set[bytes]:
        """Return their keys."""
        return self.young.keys() | self._old.keys()
