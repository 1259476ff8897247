"""Queries: the few forms that dashboards are made of, and what a query may speak of.

A query is text, so that it can be tried in Prometheus as it stands. What it names must be declared: a metric or a label
that the catalogue does not have raises UndeclaredError while the dashboards are built.
"""

import re
from collections.abc import Iterator
from itertools import chain
from typing import Final

from deploy.grafana.code.recorded import RECORDED
from streams.telemetry.catalogue import CANARY, CATALOGUE, DESK, GATEWAY, WORKER, Kind, Metric

DECLARED: Final = {metric.name: metric for metric in CATALOGUE}
JOBS: Final = {"worker": WORKER, "desk": DESK, "gateway": GATEWAY, "canary": CANARY}  # as Prometheus scrapes them
SCRAPED: Final = {"job", "instance"}  # labels that Prometheus adds
OTHERS: Final = {  # what every process and every Prometheus has
    "up": SCRAPED,
    "process_resident_memory_bytes": SCRAPED,
    "process_start_time_seconds": SCRAPED,
    "ALERTS": SCRAPED | {"alertname", "alertstate", "severity"},
}
OUR_ALERTS: Final = 'ALERTS{alertname=~"Touchpoint.+", alertname!="TouchpointWatchdog", alertstate="firing"}'
_SUFFIXES: Final = ("_bucket", "_count", "_sum")
_STRING: Final = re.compile(r'"[^"]*"')
_NAME: Final = re.compile(r"\b(touchpoint[_:][a-z0-9_:]+|" + "|".join(OTHERS) + r")\b(?:\{([^}]*)\})?")
_MATCHER: Final = re.compile(r"(\w+)\s*(?:=~|!~|!=|=)")
_GROUPING: Final = re.compile(r"\b(?:by|without|on|ignoring|group_left|group_right)\s*\(([^)]*)\)")


class UndeclaredError(Exception):
    """A query names a metric or a label that nobody declares; says which, and in which query."""


def per_second(metric: str, by: str = "", where: str = "") -> str:
    """Return how often something happens, summed over all processes."""
    return f"sum{_by(by)} (rate({metric}{_where(where)}[$__rate_interval]))"


def in_range(metric: str, by: str = "", where: str = "") -> str:
    """Return how often something happened in the time that the dashboard shows."""
    return f"sum{_by(by)} (increase({metric}{_where(where)}[$__range]))"


def in_hour(metric: str, by: str = "", where: str = "") -> str:
    """Return how often something happened in the hour before each point: rare things make a line that can be read."""
    return f"sum{_by(by)} (increase({metric}{_where(where)}[1h]))"


def quantile(below: float, metric: str, by: str = "", where: str = "", window: str = "$__rate_interval") -> str:
    """Return the value that so large a share of the observations stays below."""
    grouping = f"le, {by}" if by else "le"
    return f"histogram_quantile({below}, {_rates(f'{metric}_bucket', grouping, where, window)})"


def share_within(bound: float, metric: str, window: str) -> str:
    """Return the share of the observations up to a bound, 1 where there were none; the bound must be a bucket's.

    Raises:
        UndeclaredError: the histogram has no such bucket, so that Prometheus could not say.
    """
    declared = DECLARED.get(metric)
    if declared is None or bound not in declared.buckets:
        raise UndeclaredError(f"{metric} has no bucket that ends at {bound}")
    within = _rates(f"{metric}_bucket", "", f'le="{bound}"', window)
    return or_all(f"({within} / ({_rates(f'{metric}_count', '', '', window)} > 0))")


def share(part: str, whole: str) -> str:
    """Return which share of the whole the part is: 0 where the part never happened, nothing where the whole did not."""
    return f"({part} or 0 * {whole}) / ({whole} > 0)"


def or_zero(query: str, label: str = "") -> str:
    """Return the query with 0 where nothing has happened, and nothing where the process that would know is away.

    An empty panel then always means that something is not reached. `label` is what tells the series apart, if anything
    does; the 0 bears `nothing yet` there.
    """
    zero = f"0 * {_present(query)}"
    return f"{query} or on() " + (f'label_replace({zero}, "{label}", "nothing yet", "", "")' if label else zero)


def or_all(query: str) -> str:
    """Return a share with 1 where there was nothing to miss, and nothing where the process that would know is away."""
    return f"{query} or on() {_present(query)}"


def metrics_in(query: str) -> list[Metric]:
    """Return the declared metrics that a query is about, in the order in which it names them, each once."""
    names = [name for name, _ in _named(query)]
    made_of = chain.from_iterable(RECORDED[name].metrics if name in RECORDED else [name] for name in names)
    return list(dict.fromkeys(DECLARED[base] for base in map(_base, made_of) if base in DECLARED))


def check(query: str) -> str:
    """Return the query itself.

    Raises:
        UndeclaredError: it names a metric that is not declared, or a label that none of its metrics has.
    """
    allowed: set[str] = set()
    for name, matchers in _named(query):
        labels = _labels_of(name)
        unknown = set(_MATCHER.findall(matchers)) - labels
        if unknown:
            raise UndeclaredError(f"{name} has no label {', '.join(sorted(unknown))}: {query}")
        allowed |= labels
    grouped = {label.strip() for group in _GROUPING.findall(query) for label in group.split(",")} - {""}
    if not grouped <= allowed:
        raise UndeclaredError(f"no metric has the label {', '.join(sorted(grouped - allowed))}: {query}")
    return query


def _present(query: str) -> str:
    """Return 1 while a process is reached that counts what the query is about."""
    jobs = [job for job, metrics in JOBS.items() if set(metrics) & set(metrics_in(query))]
    return f'max(up{{job="{jobs[0]}"}} == 1)' if jobs else "vector(1)"


def _named(query: str) -> Iterator[tuple[str, str]]:
    for found in _NAME.finditer(_STRING.sub('""', query)):
        yield found[1], found[2] or ""


def _labels_of(name: str) -> set[str]:
    if name in OTHERS:
        return OTHERS[name]
    if name in RECORDED:
        return set(RECORDED[name].labels)
    base = _base(name)
    if base not in DECLARED:
        raise UndeclaredError(f"there is no metric {name} in streams/telemetry/catalogue")
    metric = DECLARED[base]
    bucket = {"le"} if metric.kind is Kind.HISTOGRAM else set()
    return {label.name for label in metric.labels} | bucket | SCRAPED


def _base(name: str) -> str:
    """Return the name under which a metric is declared: a histogram's series end in _bucket, _count and _sum."""
    for suffix in _SUFFIXES:
        base = name.removesuffix(suffix)
        if base != name and base in DECLARED and DECLARED[base].kind is Kind.HISTOGRAM:
            return base
    return name


def _rates(series: str, by: str, where: str, window: str) -> str:
    return f"sum{_by(by)} (rate({series}{_where(where)}[{window}]))"


def _by(labels: str) -> str:
    return f" by ({labels})" if labels else ""


def _where(matchers: str) -> str:
    return f"{{{matchers}}}" if matchers else ""
