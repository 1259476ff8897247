"""The desk's events and states as the metrics of the catalogue. Nothing in them names a customer or a person."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from streams.alerts.moments import NONE
from streams.telemetry import catalogue
from streams.telemetry.board import Board
from streams.telemetry.tracing import OFF, Tracer


@dataclass(frozen=True)
class DeskReading:
    """What is read anew at each scrape; `alerts` (by novelty) and `unreadable` count from the start of the process."""

    is_ready: bool = False
    open_cases: Mapping[str, int] = field(default_factory=dict)  # by team
    open_alerts: Mapping[tuple[str, str], int] = field(default_factory=dict)  # by moment and severity
    unseen_age_ms: int = 0
    owed: Mapping[str, int] = field(default_factory=dict)  # by state
    owed_age_ms: int = 0
    unpublished: int = 0
    alerts: Mapping[str, int] = field(default_factory=dict)
    unreadable: int = 0
    lag: int = 0


class DeskRecorder:
    """The desk's metrics, in a registry of their own."""

    def __init__(self, tracer: Tracer = OFF) -> None:
        """Begin at zero."""
        self._board = Board("desk", catalogue.DESK, tracer=tracer)

    def decided(self, reason: str) -> None:
        """Another decision was made about a case."""
        self._board.family(catalogue.DESK_DECISIONS).add(1, reason)

    def notified(self, channel: str, outcome: str) -> None:
        """Something came of a notification."""
        self._board.family(catalogue.DESK_NOTIFICATIONS).add(1, channel, outcome)

    def first_notified(self, seconds: float, trace_id: str = "") -> None:
        """Somebody has been told of a case for the first time, so long after it was opened."""
        self._board.histogram(catalogue.DESK_TIME_TO_NOTIFY).observe(max(0.0, seconds), trace_id)

    def failed(self, reason: str) -> None:
        """An attempt to notify failed."""
        self._board.family(catalogue.DESK_FAILURES).add(1, reason)

    def acknowledged(self, team: str, after_ms: int) -> None:
        """Somebody took note of a case, so long after it was opened."""
        self._board.histogram(catalogue.DESK_TIME_TO_ACKNOWLEDGE, team).observe(max(0, after_ms) / 1000)

    def resolved(self, team: str, after_ms: int) -> None:
        """A case is over, so long after it was opened."""
        self._board.histogram(catalogue.DESK_TIME_TO_RESOLVE, team).observe(max(0, after_ms) / 1000)

    def recovered(self, team: str) -> None:
        """The customer of a case is fine again."""
        self._board.family(catalogue.DESK_RECOVERED).add(1, team)

    def lost(self, team: str) -> None:
        """The customer of a case is lost."""
        self._board.family(catalogue.DESK_LOST).add(1, team)

    def depends(self, dependency: str, is_up: bool) -> None:
        """Take note whether what the process needs answers it."""
        self._board.depends(dependency, is_up)

    def take(self, reading: DeskReading) -> None:
        """Replace what is read."""
        self._board.ready(reading.is_ready)
        for metric, value in (
            (catalogue.DESK_UNSEEN_AGE, reading.unseen_age_ms / 1000),
            (catalogue.DESK_OWED_AGE, reading.owed_age_ms / 1000),
            (catalogue.DESK_UNPUBLISHED, reading.unpublished),
            (catalogue.DESK_UNREADABLE, reading.unreadable),
            (catalogue.DESK_LAG, reading.lag),
        ):
            self._board.family(metric).set(value)
        for metric, values in (
            (catalogue.DESK_CASES, reading.open_cases),
            (catalogue.DESK_OWED, reading.owed),
            (catalogue.DESK_ALERTS, reading.alerts),
        ):
            family = self._board.family(metric)
            family.clear()
            for label, value in values.items():
                family.add(value, label)  # those past the bound are added up
        alerts = self._board.family(catalogue.OPEN_ALERTS)
        alerts.clear()
        for (moment, severity), count in reading.open_alerts.items():
            alerts.add(count, moment or NONE, severity)

    def page(self, accept: str) -> tuple[bytes, str]:
        """Return the page in the format that a scraper asks for, and its media type."""
        return self._board.page(accept)
