"""What the metrics hear of notifications."""

import logging

from streams.desk.notify.channel import Reason
from streams.desk.notify.notice import Kind
from streams.telemetry.desk import DeskRecorder

_log = logging.getLogger("touchpoint.desk")


class Said:
    """Implements `notify.events.Events` over the metrics."""

    def __init__(self, recorder: DeskRecorder) -> None:
        self._recorder = recorder

    def notification_sent(self, channel: str, kind: Kind) -> None:
        """Count a notice that a channel has taken."""
        self._recorder.notified(channel, "sent")

    def notification_failed(self, channel: str, reason: Reason) -> None:
        """Count one failed attempt."""
        self._recorder.notified(channel, "failed")
        self._recorder.failed(reason)

    def notification_fell_back(self, channel: str, reason: Reason) -> None:
        """Count a notice that went to the fallback of its receiver."""
        self._recorder.notified(channel, "fell_back")
        _log.warning("channel %s is dead (%s): the fallback was told", channel, reason)

    def notification_lost(self, channel: str, reason: Reason) -> None:
        """Say loudly that a notice was given up with nobody left to tell."""
        self._recorder.notified(channel, "lost")
        _log.error("a notice was given up on channel %s (%s): nobody is left to tell", channel, reason)
