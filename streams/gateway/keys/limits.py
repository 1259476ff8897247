"""What each key has left to send, in this process: several processes let through as many times the rate."""

from collections.abc import Set as AbstractSet

from streams.gateway.keys.bucket import Bucket, Wait, take
from streams.gateway.keys.key import Key


class Limits:
    """One bucket for each key; above the bound the one that was made first is forgotten, and so is full again."""

    def __init__(self, bound: int) -> None:
        self._bound = bound
        self._buckets: dict[str, Bucket] = {}

    def __len__(self) -> int:
        """How many are kept."""
        return len(self._buckets)

    def spend(self, key: Key, items: int, now: int) -> Wait | None:
        """Take so many items, or say how long to wait; then nothing is taken."""
        left, wait = take(self._buckets.get(key.id), key.rate, key.burst, now, items)
        self._buckets[key.id] = left
        if len(self._buckets) > self._bound:
            del self._buckets[next(iter(self._buckets))]
        return wait

    def keep(self, ids: AbstractSet[str]) -> None:
        """Forget the buckets of all other keys."""
        self._buckets = {id_: bucket for id_, bucket in self._buckets.items() if id_ in ids}
