"""What happened, by name: the one place where the worker's events become numbers.

Every method is called once per batch or per rare event, never per touchpoint.
"""

from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import chain
from operator import attrgetter

from prometheus_client import CollectorRegistry
from prometheus_client.core import HistogramMetricFamily
from prometheus_client.metrics_core import Metric as Exposed
from prometheus_client.process_collector import ProcessCollector
from prometheus_client.registry import Collector

from streams.alerts.alert import Alert
from streams.telemetry import catalogue
from streams.telemetry.catalogue import Kind, Metric
from streams.telemetry.exposition import exposed
from streams.telemetry.instruments import Family, Histogram
from streams.touchpoints.rejection import Reason
from streams.touchpoints.touchpoint import Touchpoint

PENDING_MOST = 50_000  # alerts raised and not acknowledged whose time is taken; the oldest make room for more

_type_of = attrgetter("type")
_time_of = attrgetter("time")


@dataclass
class Reading:
    """What is read anew at each scrape; sums over this worker's partitions.

    `outcomes`, `refolds`, `expired` and `uncounted` are what came on top since the reading before, so that they never
    fall when a partition goes to another worker.
    """

    partitions: int = 0
    journeys: int = 0
    journey_bytes: int = 0
    watermark_ms: Mapping[str, int] = field(default_factory=dict)  # topic -> the least of its partitions
    lag: Mapping[str, int] = field(default_factory=dict)  # topic -> records
    outcomes: Mapping[str, int] = field(default_factory=dict)
    refolds: int = 0
    expired: int = 0
    waiting: int = 0
    sources: Mapping[str, int] = field(default_factory=dict)  # state -> sources
    skew_ms: Mapping[str, int] = field(default_factory=dict)  # by source
    rules_behind: int = 0
    rules_waiting: int = 0
    uncounted: Mapping[str, int] = field(default_factory=dict)  # bound -> what met it


def new_registry() -> CollectorRegistry:
    """Return an empty registry of metrics; there is no global one."""
    return CollectorRegistry()


class Recorder(Collector):
    """The worker's metrics; give each process, and each test, a registry of its own."""

    def __init__(self, registry: CollectorRegistry, read: Callable[[], Reading] = Reading) -> None:
        """Register with the registry; `read` is called at each scrape."""
        self.read = read
        self._families = {m.name: Family(m) for m in catalogue.WORKER if m.kind is not Kind.HISTOGRAM}
        self._histograms = {m.name: Histogram(m) for m in catalogue.WORKER if m.kind is Kind.HISTOGRAM}
        self._types: defaultdict[str, Counter[str]] = defaultdict(Counter)
        self._raised_at: dict[tuple[str, int], int] = {}
        registry.register(self)
        ProcessCollector(registry=registry)

    # What the worker tells.

    def batch_folded(self, batch: Mapping[str, Sequence[Touchpoint]], replayed: int, clock_ms: int) -> None:
        """Touchpoints, by topic, were folded while the partition's clock stood at `clock_ms`; others were known.

        Takes 0.1 µs a touchpoint: types are counted as they are, and become labels when somebody asks.
        """
        if replayed:
            self._add(catalogue.REPLAYS, replayed)
        for topic, touchpoints in batch.items():
            self._types[topic].update(map(_type_of, touchpoints))
        times = list(map(_time_of, chain.from_iterable(batch.values())))
        if times:
            self._observe_lateness(times, clock_ms)

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
            if alert.revision == 1:
                self._add(catalogue.RAISED, 1, alert.rule, alert.mode)
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

    def rules_refused(self) -> None:
        """A published version of the rules cannot be run here."""
        self._add(catalogue.RULES_REFUSED, 1)

    # What a scrape asks.

    def collect(self) -> Iterable[Exposed]:
        """Give every metric of the worker, also those that have not moved yet."""
        self._take(self.read())
        self._label_types()
        for metric in catalogue.WORKER:
            if metric.kind is Kind.HISTOGRAM:
                histogram = self._histograms[metric.name]
                shown = HistogramMetricFamily(metric.name, metric.help)
                shown.add_metric([], list(histogram.cumulative()), histogram.sum)
                yield shown
            else:
                yield exposed(self._families[metric.name])

    def describe(self) -> Iterable[Exposed]:
        """Give the names alone, so that registering reads nothing."""
        return [Exposed(m.name.removesuffix("_total"), m.help, m.kind) for m in catalogue.WORKER]

    def _take(self, reading: Reading) -> None:
        self._families[catalogue.PARTITIONS.name].set(reading.partitions)
        self._families[catalogue.JOURNEYS.name].set(reading.journeys)
        self._families[catalogue.JOURNEY_BYTES.name].set(reading.journey_bytes)
        self._families[catalogue.WAITING.name].set(reading.waiting)
        self._families[catalogue.RULES_BEHIND.name].set(reading.rules_behind)
        self._families[catalogue.RULES_WAITING.name].set(reading.rules_waiting)
        self._add(catalogue.REFOLDS, reading.refolds)
        self._add(catalogue.EXPIRED, reading.expired)
        for bound, count in reading.uncounted.items():
            self._add(catalogue.UNCOUNTED, count, bound)
        for outcome, count in reading.outcomes.items():
            self._add(catalogue.OUTCOMES, count, outcome)
        for metric, values, scale in (
            (catalogue.LAG, reading.lag, 1),
            (catalogue.WATERMARK, reading.watermark_ms, 1000),
            (catalogue.SOURCES, reading.sources, 1),
            (catalogue.SOURCE_SKEW, reading.skew_ms, 1000),
        ):
            family = self._families[metric.name]
            family.clear()
            for label, value in values.items():
                family.set(value / scale, label)

    def _observe_lateness(self, times: list[int], clock_ms: int) -> None:
        histogram = self._histogram(catalogue.LATENESS)
        if min(times) >= clock_ms:
            histogram.observe_sorted((0.0,) * len(times), 0.0)
            return
        # Sorted, a batch costs one look-up a bucket; most batches are nearly sorted already.
        late = sorted((clock_ms - time) / 1000 if time < clock_ms else 0.0 for time in times)
        histogram.observe_sorted(late, sum(late))

    def _label_types(self) -> None:
        """Move what was counted by type to the groups; types come from the vocabulary, so these are few."""
        for topic, counts in self._types.items():
            for name, count in counts.items():
                self._add(catalogue.TOUCHPOINTS, count, topic, name.partition(".")[0])
            counts.clear()

    def _add(self, metric: Metric, amount: float, *labels: str) -> None:
        self._families[metric.name].add(amount, *labels)

    def _histogram(self, metric: Metric) -> Histogram:
        return self._histograms[metric.name]
