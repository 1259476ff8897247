"""A brake on guessing: after some failed sign-ins from one place, that place waits."""

from collections import OrderedDict
from collections.abc import Callable
from typing import Final

import msgspec

PLACES: Final = 10_000  # above it the place that has been quiet longest is forgotten


class BrakePolicy(msgspec.Struct, frozen=True):
    """So many failures within so long; the next try is let in when the oldest of them is that old."""

    failures: int = 10
    window_sec: int = 300


class Brake:
    """Counts failures by place (an address). In memory: another desk counts for itself, a restart begins anew."""

    def __init__(self, policy: BrakePolicy, clock: Callable[[], int]) -> None:
        self._policy = policy
        self._clock = clock
        self._failed: OrderedDict[str, list[int]] = OrderedDict()

    def wait_sec(self, place: str) -> int:
        """Return for how many seconds this place has to wait, 0 where it may try."""
        recent = self._recent(place)
        if len(recent) < self._policy.failures:
            return 0
        return max(1, -(-(recent[0] + self._policy.window_sec * 1000 - self._clock()) // 1000))

    def failed(self, place: str) -> None:
        """Count a failure."""
        self._failed[place] = [*self._recent(place), self._clock()][-self._policy.failures :]
        self._failed.move_to_end(place)
        if len(self._failed) > PLACES:
            self._failed.popitem(last=False)

    def passed(self, place: str) -> None:
        """Forget the failures of a place from which somebody has signed in."""
        self._failed.pop(place, None)

    def _recent(self, place: str) -> list[int]:
        since = self._clock() - self._policy.window_sec * 1000
        return [at for at in self._failed.get(place, ()) if at > since]
