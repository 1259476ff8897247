"""What the worker tells about itself, in one place: telemetry overrides what it counts, tests what they watch."""

from collections.abc import Mapping, Sequence

from streams.alerts.alert import Alert
from streams.touchpoints.rejection import Reason
from streams.touchpoints.touchpoint import Touchpoint


class Signals:
    """Every method is called per batch or per rare event, never per touchpoint; the defaults do nothing."""

    def folded(
        self,
        touchpoints: Mapping[str, Sequence[Touchpoint]],
        times: Mapping[str, Sequence[int]],
        replayed: int,
        clock: int,
    ) -> None:
        """A slice was folded: touchpoints and their times by topic; records that were remembered already are skipped.

        The clock is the partition's after the slice, in ms like the times.
        """

    def slice(self, partition: int, records: int, seconds: float) -> None:
        """One slice of folding took so long."""

    def refused(self, topic: str, reason: Reason) -> None:
        """A record became a dead letter."""

    def raised(self, alerts: Sequence[Alert], recorded: int) -> None:
        """A slice raised alerts that nobody has been told yet; its oldest record bears this timestamp, in ms."""

    def traced(self, traces: Mapping[tuple[str, int], str]) -> None:
        """Alerts (id, revision) that were just raised belong to these traces."""

    def said(self, alerts: Sequence[Alert]) -> None:
        """Alerts were acknowledged by the broker."""

    def written(self, partition: int, journeys: int) -> None:
        """Journeys were acknowledged by the broker."""

    def flushed(self, partition: int, seconds: float) -> None:
        """Everything that a partition had folded became durable."""

    def restored(self, records: int, seconds: float) -> None:
        """Journeys were read back at a start or a rebalance."""

    def commit_failed(self) -> None:
        """The broker refused a commit of source offsets."""

    def rules_refused(self, version: int) -> None:
        """A published version of the rules cannot be run here; the one before stays in force."""

    def lost(self, partition: int, why: str) -> None:
        """The broker refused a lane, or it could not be kept."""
