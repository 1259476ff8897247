"""The desk's events and states as the metrics of the catalogue. Nothing in them names a customer or a person."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from prometheus_client import CollectorRegistry
from prometheus_client.exposition import choose_encoder
from prometheus_client.metrics_core import Metric as Exposed
from prometheus_client.process_collector import ProcessCollector
from prometheus_client.registry import Collector

from streams.telemetry import catalogue
from streams.telemetry.catalogue import Metric
from streams.telemetry.exposition import exposed
from streams.telemetry.instruments import Family


@dataclass(frozen=True)
class DeskReading:
    """What is read anew at each scrape; `alerts` (by novelty) and `unreadable` count from the start of the process."""

    open_cases: Mapping[str, int] = field(default_factory=dict)  # by team
    unseen_age_ms: int = 0
    owed: Mapping[str, int] = field(default_factory=dict)  # by state
    owed_age_ms: int = 0
    unpublished: int = 0
    alerts: Mapping[str, int] = field(default_factory=dict)
    unreadable: int = 0
    lag: int = 0


class DeskRecorder(Collector):
    """The desk's metrics, in a registry of their own."""

    def __init__(self) -> None:
        """Register."""
        self._families = {metric.name: Family(metric) for metric in catalogue.DESK}
        self._registry = CollectorRegistry()
        self._registry.register(self)
        ProcessCollector(registry=self._registry)

    def decided(self, reason: str) -> None:
        """Another decision was made about a case."""
        self._of(catalogue.DESK_DECISIONS).add(1, reason)

    def notified(self, channel: str, outcome: str) -> None:
        """Something came of a notification."""
        self._of(catalogue.DESK_NOTIFICATIONS).add(1, channel, outcome)

    def failed(self, reason: str) -> None:
        """An attempt to notify failed."""
        self._of(catalogue.DESK_FAILURES).add(1, reason)

    def take(self, reading: DeskReading) -> None:
        """Replace what is read."""
        for metric, value in (
            (catalogue.DESK_UNSEEN_AGE, reading.unseen_age_ms / 1000),
            (catalogue.DESK_OWED_AGE, reading.owed_age_ms / 1000),
            (catalogue.DESK_UNPUBLISHED, reading.unpublished),
            (catalogue.DESK_UNREADABLE, reading.unreadable),
            (catalogue.DESK_LAG, reading.lag),
        ):
            self._of(metric).set(value)
        for metric, values in (
            (catalogue.DESK_CASES, reading.open_cases),
            (catalogue.DESK_OWED, reading.owed),
            (catalogue.DESK_ALERTS, reading.alerts),
        ):
            family = self._of(metric)
            family.clear()
            for label, value in values.items():
                family.add(value, label)  # those past the bound are added up

    def page(self, accept: str) -> tuple[bytes, str]:
        """Return the page in the format that a scraper asks for, and its media type."""
        encode, media_type = choose_encoder(accept)
        return encode(self._registry), media_type

    def collect(self) -> Iterable[Exposed]:
        """Give every metric of the desk, also those that have not moved yet."""
        return [exposed(family) for family in self._families.values()]

    def _of(self, metric: Metric) -> Family:
        return self._families[metric.name]
