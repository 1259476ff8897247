"""Everybody in a partition who has something to say: the journeys, and the crowds whose home it is."""

from collections.abc import Sequence

from streams.alerts.alert import Alert
from streams.alerts.crowds.crowds import KEY, Crowds
from streams.alerts.partition import Partition
from streams.touchpoints.touchpoint import Touchpoint


class Speakers:
    """What `Effects` asks of a partition, by key: the keys of crowds are ours, no customer can have one."""

    def __init__(self, core: Partition, crowds: Crowds) -> None:
        self._core = core
        self._crowds = crowds

    def take_alerting(self) -> list[bytes]:
        """Return the keys whose outbox has something to say and that were not taken before."""
        return [*self._core.take_alerting(), *self._crowds.take_alerting()]

    def value(self, key: bytes) -> bytes | None:
        """Return the record behind a key as it is now; None when there is none."""
        return self._crowds.value(key) if key.startswith(KEY) else self._core.value(key)

    def outbox(self, key: bytes) -> list[Alert]:
        """Return what must be said once the record is acknowledged, in order."""
        return self._crowds.outbox(key) if key.startswith(KEY) else self._core.outbox(key)

    def holds(self, key: bytes) -> list[Touchpoint]:
        """Return what must be said of a customer's hold along with the outbox; a crowd is never held."""
        return [] if key.startswith(KEY) else self._core.holds(key)

    def said(self, key: bytes, alerts: list[Alert], holds: Sequence[Touchpoint] | None = None) -> None:
        """Take note that the broker has acknowledged these alerts, and these holds (None: all there are)."""
        if key.startswith(KEY):
            self._crowds.said(key, alerts)
        else:
            self._core.said(key, alerts, holds)
