"""Our numbers as the client library of Prometheus wants them."""

from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily
from prometheus_client.metrics_core import Metric as Exposed

from streams.telemetry.catalogue import Kind
from streams.telemetry.instruments import Family


def exposed(family: Family) -> Exposed:
    """Return a counter or a gauge with all its series."""
    metric = family.metric
    made = CounterMetricFamily if metric.kind is Kind.COUNTER else GaugeMetricFamily
    found = made(metric.name, metric.help, labels=[label.name for label in metric.labels])
    for labels, value in family.samples():
        found.add_metric(labels, value)
    return found
