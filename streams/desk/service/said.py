"""What the metrics hear of notifications."""

from streams.desk.notify.channel import Reason
from streams.desk.notify.notice import Kind
from streams.telemetry.desk import DeskRecorder
from streams.telemetry.trace_context import current


class Said:
    """Implements `notify.events.Events` over the metrics."""

    def __init__(self, recorder: DeskRecorder) -> None:
        self._recorder = recorder

    def notification_sent(self, channel: str, kind: Kind) -> None:
        """Count a notice that a channel has taken."""
        self._recorder.notified(channel, "sent")

    def first_told(self, after_ms: int) -> None:
        """Time it, with its trace where it is in one that is recorded."""
        context = current.get()
        self._recorder.first_notified(after_ms / 1000, context.trace_id if context and context.is_sampled else "")

    def notification_failed(self, channel: str, reason: Reason) -> None:
        """Count one failed attempt."""
        self._recorder.notified(channel, "failed")
        self._recorder.failed(reason)

    def notification_fell_back(self, channel: str, reason: Reason) -> None:
        """Count a notice that went to the fallback of its receiver."""
        self._recorder.notified(channel, "fell_back")

    def notification_lost(self, channel: str, reason: Reason) -> None:
        """Count a notice that was given up with nobody left to tell."""
        self._recorder.notified(channel, "lost")
