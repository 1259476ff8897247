"""What is counted of notifications."""

from collections import Counter

from streams.desk.notify.channel import Reason
from streams.desk.notify.notice import Kind


class Said:
    """Implements `notify.events.Events`; `counts` by outcome, channel and what it was."""

    def __init__(self) -> None:
        self.counts: Counter[tuple[str, str, str]] = Counter()

    def notification_sent(self, channel: str, kind: Kind) -> None:
        """Count a notice that a channel has taken."""
        self.counts["sent", channel, kind] += 1

    def notification_failed(self, channel: str, reason: Reason) -> None:
        """Count one failed attempt."""
        self.counts["failed", channel, reason] += 1

    def notification_fell_back(self, channel: str, reason: Reason) -> None:
        """Count a notice that went to the fallback of its receiver."""
        self.counts["fell_back", channel, reason] += 1

    def notification_lost(self, channel: str, reason: Reason) -> None:
        """Count a notice that was given up with nobody left to tell."""
        self.counts["lost", channel, reason] += 1
