"""Our numbers as the client library of Prometheus wants them."""

from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, HistogramMetricFamily
from prometheus_client.metrics_core import Metric as Exposed
from prometheus_client.samples import Exemplar as Shown

from streams.telemetry.catalogue import Kind
from streams.telemetry.instruments import Exemplar, Family, Histogram, Histograms

Bucket = tuple[str, float] | tuple[str, float, Shown]


def exposed(numbers: Family | Histograms) -> Exposed:
    """Return a metric with all its series; exemplars come out in OpenMetrics only."""
    metric = numbers.metric
    labels = [label.name for label in metric.labels]
    if isinstance(numbers, Histograms):
        found = HistogramMetricFamily(metric.name, metric.help, labels=labels)
        for values, histogram in numbers.all():
            found.add_metric(values, _buckets(histogram), histogram.sum)
        return found
    made = CounterMetricFamily if metric.kind is Kind.COUNTER else GaugeMetricFamily
    plain = made(metric.name, metric.help, labels=labels)
    for values, value in numbers.samples():
        plain.add_metric(values, value)
    return plain


def _buckets(histogram: Histogram) -> list[Bucket]:
    pairs = zip(histogram.cumulative(), histogram.exemplars(), strict=True)
    return [(*bucket, _shown(exemplar)) if exemplar else bucket for bucket, exemplar in pairs]


def _shown(exemplar: Exemplar) -> Shown:
    return Shown({"trace_id": exemplar.trace_id}, exemplar.value, exemplar.at)
