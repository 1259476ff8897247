"""The journeys of one partition of which something that is due waits for a blind source."""

from collections.abc import Iterable

from streams.alerts.ledger import Ledger
from streams.alerts.publish import waiting
from streams.journeys.holds import Holds, Outage, Silence
from streams.journeys.journey import Journey


class Waiting:
    """Keys of journeys that wait, and of those that must be looked at again because a source is back.

    At most one entry for each journey of the partition.
    """

    def __init__(self, silence: dict[str, Silence]) -> None:
        """Start with nothing that waits; `silence` is by rule."""
        self.holds = Holds(silence)
        self._keys: dict[bytes, None] = {}
        self._again: dict[bytes, None] = {}

    def __contains__(self, key: object) -> bool:
        """Return whether a journey waits, or did and was not looked at since."""
        return key in self._keys or key in self._again

    def __len__(self) -> int:
        """Return how many journeys wait."""
        return len(self._keys)

    def restore(self, key: bytes) -> None:
        """Look again at a journey that waited when its record was written."""
        self._again[key] = None

    def follow(self, silence: dict[str, Silence], clock: int) -> None:
        """Go on under other rules."""
        self.holds.follow(silence)
        if self.holds.pass_time(clock):
            self._release()

    def tell(self, outages: Iterable[Outage], clock: int) -> None:
        """Take the outages that are not over, or not for long."""
        if self.holds.tell(outages, clock):
            self._release()

    def pass_time(self, clock: int) -> None:
        """Take note that time has passed to `clock`."""
        if clock >= self.holds.next and self.holds.pass_time(clock):
            self._release()

    def next_due(self, due: int) -> int:
        """Return the earlier of `due` and when a journey must be looked at again; 0 is at once."""
        if self._again:
            return 0
        return min(due, self.holds.next) if self._keys else due

    def take(self) -> bytes | None:
        """Return a journey to look at again, and forget it."""
        key = next(iter(self._again), None)
        if key is not None:
            del self._again[key]
        return key

    def note(self, key: bytes, journey: Journey, ledger: Ledger | None, clock: int) -> None:
        """Take note of what a look at the journey at `clock` came to."""
        if self.holds.is_active and journey.state.episodes and waiting(journey.state, ledger, clock, self.holds):
            self._keys[key] = None
        elif self._keys:
            self._keys.pop(key, None)

    def _release(self) -> None:
        self._again.update(self._keys)
        self._keys = {}
