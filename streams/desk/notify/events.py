"""What the metrics hear of notifications."""

from typing import Protocol

from streams.desk.notify.channel import Reason
from streams.desk.notify.notice import Kind


class Events(Protocol):
    """Implemented over the metric catalogue; `channel` is the kind of channel, so every label is bounded."""

    def notification_sent(self, channel: str, kind: Kind) -> None:
        """Count a notice that a channel has taken."""

    def first_told(self, after_ms: int) -> None:
        """Time the first notice of a case that was opened so long ago; called in the task that has sent it."""

    def notification_failed(self, channel: str, reason: Reason) -> None:
        """Count one failed attempt."""

    def notification_fell_back(self, channel: str, reason: Reason) -> None:
        """Count a notice that went to the fallback of its receiver."""

    def notification_lost(self, channel: str, reason: Reason) -> None:
        """Count a notice that was given up with nobody left to tell: somebody has to look."""
