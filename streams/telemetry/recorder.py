"""What happened, by name: the one place where the worker's events become numbers.

Every method is called once per batch or per rare event, never per touchpoint.
"""

from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from operator import attrgetter

from prometheus_client import CollectorRegistry
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, HistogramMetricFamily
from prometheus_client.metrics_core import Metric as Exposed
from prometheus_client.process_collector import ProcessCollector
from prometheus_client.registry import Collector

from streams.alerts.alert import Alert
from streams.telemetry import catalogue
from streams.telemetry.catalogue import Kind, Metric
from streams.telemetry.instruments import Family, Histogram
from streams.touchpoints.rejection import Reason
from streams.touchpoints.touchpoint import Touchpoint

PENDING_MOST = 50_000  # alerts raised and not acknowledged whose time is taken; the oldest make room for more

_type_of = attrgetter("type")
_time_of = attrgetter("time")


@dataclass
class Reading:
    """What is read anew at each scrape; sums over this worker's partitions.

    `outcomes`, `refolds` and `expired` are what came on top since the reading before, so that they never fall when a
    partition goes to another worker.
    """

    partitions: int = 0
    journeys: int = 0
    journey_bytes: int = 0
    watermark_ms: Mapping[str, int] = field(default_factory=dict)  # topic -> the least of its partitions
    lag: Mapping[str, int] = field(default_factory=dict)  # topic -> records
    outcomes: Mapping[str, int] = field(default_factory=dict)
    refolds: int = 0
    expired: int = 0


class Recorder(Collector):
    """The worker's metrics; give each process, and each test, a registry of its own."""

    def __init__(self, registry: CollectorRegistry, read: Callable[[], Reading] = Reading) -> None:
        """Register with the registry; `read` is called at each scrape."""
        self.read = read
        self._families = {m.name: Family(m) for m in catalogue.CATALOGUE if m.kind is not Kind.HISTOGRAM}
        self._histograms = {m.name: Histogram(m) for m in catalogue.CATALOGUE if m.kind is Kind.HISTOGRAM}
        self._groups: dict[str, str] = {}
        self._raised_at: dict[tuple[str, int], int] = {}
        registry.register(self)
        ProcessCollector(registry=registry)

    # What the worker tells.

    def batch_folded(self, topic: str, touchpoints: Sequence[Touchpoint], replayed: int, clock_ms: int) -> None:
        """Touchpoints of one topic were folded while the partition's clock stood at `clock_ms`; others were known."""
        if replayed:
            self._add(catalogue.REPLAYS, replayed)
        if not touchpoints:
            return
        groups: dict[str, int] = {}
        for name, count in Counter(map(_type_of, touchpoints)).items():
            group = self._group(name)
            groups[group] = groups.get(group, 0) + count
        for group, count in groups.items():
            self._add(catalogue.TOUCHPOINTS, count, topic, group)
        # Sorted, a batch costs one look-up a bucket; most batches are nearly sorted already.
        late = sorted([clock_ms - time if time < clock_ms else 0 for time in map(_time_of, touchpoints)])
        seconds = [ms / 1000 for ms in late] if late[-1] else late
        self._histogram(catalogue.LATENESS).observe_sorted(seconds, sum(seconds))

    def slice_folded(self, records: int, seconds: float) -> None:
        """One slice of folding took so long."""
        self._histogram(catalogue.FOLD_SECONDS).observe(seconds)
        self._histogram(catalogue.FOLD_RECORDS).observe(records)

    def record_refused(self, topic: str, reason: Reason) -> None:
        """A record became a dead letter."""
        self._add(catalogue.DEAD_LETTERS, 1, topic, reason)

    def alerts_raised(self, alerts: Iterable[Alert], recorded_ms: int) -> None:
        """A slice whose oldest record bears this timestamp raised alerts, which nobody has been told yet."""
        for alert in alerts:
            if len(self._raised_at) >= PENDING_MOST:
                del self._raised_at[next(iter(self._raised_at))]
            self._raised_at[alert.alert_id, alert.revision] = recorded_ms

    def alerts_said(self, alerts: Iterable[Alert], now_ms: int) -> None:
        """Alerts were acknowledged by the broker."""
        for alert in alerts:
            self._add(catalogue.ALERTS, 1, alert.rule, alert.status)
            recorded_ms = self._raised_at.pop((alert.alert_id, alert.revision), None)
            if recorded_ms is not None:
                self._histogram(catalogue.TIME_TO_ALERT).observe(max(0, now_ms - recorded_ms) / 1000)

    def journeys_written(self, journeys: int) -> None:
        """Journeys were acknowledged by the broker."""
        self._add(catalogue.CHANGELOG_RECORDS, journeys)

    def flushed(self, seconds: float) -> None:
        """Everything that a partition had folded became durable."""
        self._histogram(catalogue.FLUSH_SECONDS).observe(seconds)

    def journeys_restored(self, records: int, seconds: float) -> None:
        """Journeys were read back."""
        self._add(catalogue.RECOVERED, records)
        self._histogram(catalogue.RECOVERY_SECONDS).observe(seconds)

    def commit_failed(self) -> None:
        """The broker refused a commit."""
        self._add(catalogue.COMMIT_FAILURES, 1)

    def fence_lost(self) -> None:
        """The broker refused a partition's writes; what it owed will be said by its new owner."""
        self._add(catalogue.FENCES_LOST, 1)
        self._raised_at.clear()

    # What a scrape asks.

    def collect(self) -> Iterable[Exposed]:
        """Give every metric of the catalogue, also those that have not moved yet."""
        self._take(self.read())
        for metric in catalogue.CATALOGUE:
            if metric.kind is Kind.HISTOGRAM:
                histogram = self._histograms[metric.name]
                shown = HistogramMetricFamily(metric.name, metric.help)
                shown.add_metric([], list(histogram.cumulative()), histogram.sum)
                yield shown
            else:
                made = CounterMetricFamily if metric.kind is Kind.COUNTER else GaugeMetricFamily
                exposed = made(metric.name, metric.help, labels=[label.name for label in metric.labels])
                for labels, value in self._families[metric.name].samples():
                    exposed.add_metric(labels, value)
                yield exposed

    def describe(self) -> Iterable[Exposed]:
        """Give the names alone, so that registering reads nothing."""
        return [Exposed(m.name.removesuffix("_total"), m.help, m.kind) for m in catalogue.CATALOGUE]

    def _take(self, reading: Reading) -> None:
        self._families[catalogue.PARTITIONS.name].set(reading.partitions)
        self._families[catalogue.JOURNEYS.name].set(reading.journeys)
        self._families[catalogue.JOURNEY_BYTES.name].set(reading.journey_bytes)
        self._add(catalogue.REFOLDS, reading.refolds)
        self._add(catalogue.EXPIRED, reading.expired)
        for outcome, count in reading.outcomes.items():
            self._add(catalogue.OUTCOMES, count, outcome)
        for metric, values, scale in (
            (catalogue.LAG, reading.lag, 1),
            (catalogue.WATERMARK, reading.watermark_ms, 1000),
        ):
            family = self._families[metric.name]
            family.clear()
            for topic, value in values.items():
                family.set(value / scale, topic)

    def _add(self, metric: Metric, amount: float, *labels: str) -> None:
        self._families[metric.name].add(amount, *labels)

    def _histogram(self, metric: Metric) -> Histogram:
        return self._histograms[metric.name]

    def _group(self, type_name: str) -> str:
        """Return the first word of a type; types come from the vocabulary, so this stays small."""
        group = self._groups.get(type_name)
        if group is None:
            group = self._groups[type_name] = type_name.partition(".")[0]
        return group
