"""What happened, by name: the one place where the worker's events become numbers.

Every method is called once per batch or per rare event, never per touchpoint.
"""

from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from operator import attrgetter

from prometheus_client import CollectorRegistry

from streams.alerts.alert import Alert
from streams.alerts.figures import Turn
from streams.telemetry import catalogue
from streams.telemetry.board import Board
from streams.telemetry.business import Business
from streams.telemetry.catalogue import Metric
from streams.telemetry.instruments import Histogram
from streams.telemetry.tracing import OFF, Tracer
from streams.touchpoints.rejection import Reason
from streams.touchpoints.touchpoint import Touchpoint

PENDING_MOST = 50_000  # alerts raised and not acknowledged whose time is taken; the oldest make room for more
UNCOUNTED_MOST = 10_000  # touchpoints of a topic whose types are kept until they are counted

_type_of = attrgetter("type")


@dataclass
class Reading:
    """What is read anew at each scrape; sums over this worker's partitions.

    `outcomes`, `refolds`, `expired`, `uncounted`, `promises` and `delays_ms` are what came on top since the reading
    before, so that they never fall when a partition goes to another worker.
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
    is_ready: bool = False
    stalled: float = 0.0
    recovering: int = 0  # partitions
    deadlines: int = 0
    delays_ms: Sequence[int] = ()  # of deadlines that fired, by the wall clock
    outbox: int = 0  # revisions
    outbox_age_ms: int = 0
    promises: Mapping[tuple[str, str], int] = field(default_factory=dict)  # kind, outcome


def new_registry() -> CollectorRegistry:
    """Return an empty registry of metrics; there is no global one."""
    return CollectorRegistry()


class Recorder:
    """The worker's metrics; give each process, and each test, a registry of its own."""

    def __init__(
        self, registry: CollectorRegistry, read: Callable[[], Reading] = Reading, tracer: Tracer = OFF
    ) -> None:
        """Register with the registry; `read` is called at each scrape."""
        self.read = read
        self.board = Board("worker", catalogue.WORKER, refresh=self._refresh, registry=registry, tracer=tracer)
        self.business = Business(self.board)
        self._types: defaultdict[str, list[str]] = defaultdict(list)  # of what was folded and not counted yet
        self._raised_at: dict[tuple[str, int], int] = {}
        self._traces: dict[tuple[str, int], str] = {}  # of those, where they are in one
        self._begun: set[str] = set()  # topics that are read, as many as the deployment has

    # What the worker tells.

    def batch_folded(
        self,
        batch: Mapping[str, Sequence[Touchpoint]],
        times_ms: Mapping[str, Sequence[int]],
        replayed: int,
        clock_ms: int,
    ) -> None:
        """Touchpoints, and their times, by topic, were folded up to the partition's clock; others were known.

        Takes 0.1 µs a touchpoint: types are counted many at a time, or when somebody asks.
        """
        if replayed:
            self._add(catalogue.REPLAYS, replayed)
        for topic, touchpoints in batch.items():
            types = self._types[topic]
            types.extend(map(_type_of, touchpoints))
            if len(types) >= UNCOUNTED_MOST:
                self._label_types()
        if batch:
            lateness = self._histogram(catalogue.LATENESS)
            late = [time for times in times_ms.values() if min(times) < clock_ms for time in times if time < clock_ms]
            lateness.observe_many(0.0, sum(map(len, batch.values())) - len(late))
            if late:
                lateness.observe_delays(late, clock_ms)

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
                oldest = next(iter(self._raised_at))
                del self._raised_at[oldest]
                self._traces.pop(oldest, None)
            self._raised_at[alert.alert_id, alert.revision] = recorded_ms

    def alerts_turned(self, turns: Iterable[Turn]) -> None:
        """Revisions went into outboxes; their acknowledgements follow."""
        self.business.turned(turns)

    def alerts_traced(self, traces: Mapping[tuple[str, int], str]) -> None:
        """Alerts (id, revision) that were just raised belong to these traces."""
        self._traces |= {key: trace for key, trace in traces.items() if key in self._raised_at}

    def alerts_said(self, alerts: Iterable[Alert], now_ms: int) -> None:
        """Alerts were acknowledged by the broker."""
        for alert in alerts:
            self._add(catalogue.ALERTS, 1, alert.rule, alert.status)
            if alert.revision == 1:
                self._add(catalogue.RAISED, 1, alert.rule, alert.mode)
            self.business.said(alert)
            key = alert.alert_id, alert.revision
            recorded_ms = self._raised_at.pop(key, None)
            if recorded_ms is not None:
                seconds, trace_id = max(0, now_ms - recorded_ms) / 1000, self._traces.pop(key, None)
                self._histogram(catalogue.TIME_TO_ALERT).observe(seconds, trace_id)

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
        self._traces.clear()

    def rules_refused(self) -> None:
        """A published version of the rules cannot be run here."""
        self._add(catalogue.RULES_REFUSED, 1)

    # What a scrape asks.

    def _refresh(self) -> None:
        self._take(self.read())
        self._label_types()

    def _take(self, reading: Reading) -> None:
        self.board.ready(reading.is_ready)
        for topic in reading.lag.keys() - self._begun:
            self._begin(topic)
        for metric, value in (
            (catalogue.PARTITIONS, reading.partitions),
            (catalogue.RECOVERING, reading.recovering),
            (catalogue.JOURNEYS, reading.journeys),
            (catalogue.JOURNEY_BYTES, reading.journey_bytes),
            (catalogue.WAITING, reading.waiting),
            (catalogue.DEADLINES, reading.deadlines),
            (catalogue.OUTBOX, reading.outbox),
            (catalogue.OUTBOX_AGE, max(0, reading.outbox_age_ms) / 1000),
            (catalogue.STALLED, reading.stalled),
            (catalogue.RULES_BEHIND, reading.rules_behind),
            (catalogue.RULES_WAITING, reading.rules_waiting),
        ):
            self.board.family(metric).set(value)
        for delay in reading.delays_ms:
            self._histogram(catalogue.DEADLINE_DELAY).observe(max(0, delay) / 1000)
        self.business.promised(reading.promises)
        self._add(catalogue.REFOLDS, reading.refolds)
        self._add(catalogue.EXPIRED, reading.expired)
        for bound, count in reading.uncounted.items():
            self._add(catalogue.UNCOUNTED, count, bound)
        for outcome, count in reading.outcomes.items():
            self._add(catalogue.OUTCOMES, count, outcome)
        for labelled, values, scale in (
            (catalogue.LAG, reading.lag, 1),
            (catalogue.WATERMARK, reading.watermark_ms, 1000),
            (catalogue.SOURCES, reading.sources, 1),
            (catalogue.SOURCE_SKEW, reading.skew_ms, 1000),
        ):
            family = self.board.family(labelled)
            family.clear()
            for label, number in values.items():
                family.set(number / scale, label)

    def _begin(self, topic: str) -> None:
        """Show what may be refused of a topic from zero: to Prometheus a first value is no increase."""
        self._begun.add(topic)
        for reason in Reason:
            self._add(catalogue.DEAD_LETTERS, 0, topic, reason)

    def _label_types(self) -> None:
        """Count what was folded, by group; types come from the vocabulary, so these are few."""
        for topic, types in self._types.items():
            counts = Counter(types)
            for name, count in counts.items():
                self._add(catalogue.TOUCHPOINTS, count, topic, name.partition(".")[0])
            self.business.folded(counts)
            types.clear()

    def _add(self, metric: Metric, amount: float, *labels: str) -> None:
        self.board.family(metric).add(amount, *labels)

    def _histogram(self, metric: Metric) -> Histogram:
        return self.board.histogram(metric)
