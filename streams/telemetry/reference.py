"""The metrics as a document: what the catalogue declares, with what to do."""

from collections.abc import Mapping, Sequence
from typing import Any, Final

from streams.telemetry import catalogue
from streams.telemetry.catalogue import Kind, Metric

COMPONENTS: Final[Mapping[str, Sequence[Metric]]] = {
    "worker": catalogue.WORKER,
    "desk": catalogue.DESK,
    "gateway": catalogue.GATEWAY,
    "canary": catalogue.CANARY,
}
_HEADINGS: Final = (
    ("every component", catalogue.PROCESS),
    ("worker: customers", catalogue.BUSINESS),
    ("worker: machine", [m for m in catalogue.WORKER if m not in (*catalogue.PROCESS, *catalogue.BUSINESS)]),
    *((name, [m for m in COMPONENTS[name] if m not in catalogue.PROCESS]) for name in ("desk", "gateway", "canary")),
)
_INTRODUCTION: Final = """\
# Metrics

Made by `touchpoint metrics reference` from the catalogue in the code. Nothing else of ours is on a /metrics page, but
what the Prometheus client tells of every process (`process_*`).

The number behind a label is the most values that it may have; those past it are added up as `other`. No label has a
customer, an address or a key in it. Counters begin at zero with the process; take `rate` or `increase` of them, and
then the sum over processes. Pages come as text or, for a scraper that asks for it, as OpenMetrics, which alone has
exemplars: trace ids of single values. A process makes no more series than this:

"""


def markdown() -> str:
    """Return all of it as Markdown."""
    bounds = "".join(f"| {name} | {series_bound(metrics):,} |\n" for name, metrics in COMPONENTS.items())
    table = f"| component | series at most |\n| --- | ---: |\n{bounds}"
    parts = [f"\n## {heading}\n\n" + "\n".join(map(_entry, metrics)) for heading, metrics in _HEADINGS]
    return _INTRODUCTION + table + "".join(parts)


def series_bound(metrics: Sequence[Metric]) -> int:
    """Return how many series a page with these can have at most."""
    return sum(metric.series_bound for metric in metrics)


def row(metric: Metric) -> dict[str, Any]:
    """Return one metric for programs."""
    return {
        "name": metric.name,
        "type": str(metric.kind),
        "labels": {label.name: label.bound for label in metric.labels},
        "buckets": list(metric.buckets),
        "series_at_most": metric.series_bound,
        "help": metric.help,
        "remedy": metric.remedy,
    }


def _entry(metric: Metric) -> str:
    labels = ", ".join(f"`{label.name}` ({label.bound})" for label in metric.labels)
    lines = [f"### `{metric.name}`\n", f"{metric.kind}{f' by {labels}' if labels else ''}. {metric.help}"]
    lines.append(f"\n*To do:* {metric.remedy}")
    if metric.kind is Kind.HISTOGRAM:
        lines.append("\n*Buckets:* " + ", ".join(f"{bucket:g}" for bucket in metric.buckets))
    return "\n".join(lines) + "\n"
