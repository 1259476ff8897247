"""All metrics of one component: their numbers, and the page that a scraper reads."""

from collections.abc import Callable, Iterable, Sequence
from importlib.metadata import version

from prometheus_client import CollectorRegistry
from prometheus_client.exposition import choose_encoder
from prometheus_client.metrics_core import Metric as Exposed
from prometheus_client.process_collector import ProcessCollector
from prometheus_client.registry import Collector

from streams.telemetry import catalogue
from streams.telemetry.catalogue import Kind, Metric
from streams.telemetry.exposition import exposed
from streams.telemetry.instruments import Family, Histogram, Histograms
from streams.telemetry.tracing import OFF, Tracer


class Board(Collector):
    """The metrics of a list of the catalogue, in a registry of their own; there is no global one.

    A metric without labels is shown from the start. `refresh` is called before each page is made.
    """

    def __init__(
        self,
        component: str,
        metrics: Sequence[Metric],
        *,
        refresh: Callable[[], None] = lambda: None,
        registry: CollectorRegistry | None = None,
        tracer: Tracer = OFF,
    ) -> None:
        """Begin at zero, and not ready."""
        self._metrics = metrics
        self._refresh = refresh
        self._tracer = tracer
        self._families = {m.name: Family(m) for m in metrics if m.kind is not Kind.HISTOGRAM}
        self._histograms = {m.name: Histograms(m) for m in metrics if m.kind is Kind.HISTOGRAM}
        self.family(catalogue.BUILD_INFO).set(1, component, version("touchpoint-tracker"))
        self.registry = registry or CollectorRegistry()
        self.registry.register(self)
        ProcessCollector(registry=self.registry)

    def family(self, metric: Metric) -> Family:
        """Return the numbers of a counter or a gauge."""
        return self._families[metric.name]

    def histogram(self, metric: Metric, *labels: str) -> Histogram:
        """Return the numbers of a histogram under these label values."""
        return self._histograms[metric.name].of(*labels)

    def ready(self, is_ready: bool) -> None:
        """Take note whether the process does its work."""
        self.family(catalogue.READY).set(is_ready)

    def depends(self, dependency: str, is_up: bool) -> None:
        """Take note whether what the process needs answers it."""
        self.family(catalogue.DEPENDENCY_UP).set(is_up, dependency)

    def page(self, accept: str) -> tuple[bytes, str]:
        """Return the page in the format that a scraper asks for (text or OpenMetrics), and its media type."""
        encode, media_type = choose_encoder(accept)
        return encode(self.registry), media_type

    def collect(self) -> Iterable[Exposed]:
        """Give every metric of the component, also those that have not moved yet."""
        self._refresh()
        self.family(catalogue.SPANS_DROPPED).set(self._tracer.dropped)
        return [exposed(self._families.get(m.name) or self._histograms[m.name]) for m in self._metrics]

    def describe(self) -> Iterable[Exposed]:
        """Give the names alone, so that registering reads nothing."""
        return [Exposed(m.name.removesuffix("_total"), m.help, m.kind) for m in self._metrics]
