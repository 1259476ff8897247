"""Plain numbers behind the metrics: an update is an addition, and a scrape reads them.

One thread: the worker's loop updates and answers scrapes. Each instrument holds its metric's bounds whatever it is fed.
"""

import time
from bisect import bisect_left
from collections.abc import Iterator
from typing import NamedTuple

from streams.telemetry.catalogue import OTHER, Label, Metric

Labels = tuple[str, ...]


class Bounded:
    """Lets the first values of a label through and calls all later ones `other`."""

    def __init__(self, label: Label) -> None:
        self._most = label.bound - 1
        self._known: dict[str, str] = {}

    def __call__(self, value: str) -> str:
        """Return the label value to use."""
        known = self._known.get(value)
        if known is not None:
            return known
        if len(self._known) >= self._most or value == OTHER:
            return OTHER
        self._known[value] = value
        return value


class Family:
    """A counter or a gauge: numbers by label values."""

    def __init__(self, metric: Metric) -> None:
        self.metric = metric
        self._bounds = tuple(Bounded(label) for label in metric.labels)
        self._values: dict[Labels, float] = {} if metric.labels else {(): 0.0}

    def add(self, amount: float, *labels: str) -> None:
        """Count up."""
        key = self._key(labels)
        self._values[key] = self._values.get(key, 0.0) + amount

    def set(self, value: float, *labels: str) -> None:
        """Replace the value."""
        self._values[self._key(labels)] = value

    def clear(self) -> None:
        """Forget every labelled series, where what they stood for may be gone."""
        self._values = {} if self.metric.labels else {(): 0.0}

    def samples(self) -> Iterator[tuple[Labels, float]]:
        """Give each series."""
        return iter(self._values.items())

    def _key(self, labels: Labels) -> Labels:
        return tuple(bound(value) for bound, value in zip(self._bounds, labels, strict=True))


class Exemplar(NamedTuple):
    """One value of a bucket with the trace that it belongs to; `at` in seconds since the epoch."""

    trace_id: str
    value: float
    at: float


class Histogram:
    """Numbers by bucket, and of each bucket the newest exemplar; a batch is counted at the cost of its buckets."""

    def __init__(self, metric: Metric) -> None:
        self.metric = metric
        self._counts = [0] * (len(metric.buckets) + 1)
        self._exemplars: dict[int, Exemplar] = {}
        self.sum = 0.0

    def observe(self, value: float, trace_id: str | None = None) -> None:
        """Count one value; one with a trace is shown as its bucket's exemplar."""
        index = bisect_left(self.metric.buckets, value)
        self._counts[index] += 1
        self.sum += value
        if trace_id:
            self._exemplars[index] = Exemplar(trace_id, value, time.time())

    def observe_many(self, value: float, count: int) -> None:
        """Count one value so many times."""
        self._counts[bisect_left(self.metric.buckets, value)] += count
        self.sum += count * value

    def observe_delays(self, past_ms: list[int], now_ms: int) -> None:
        """Count by how many seconds each of these times, none of which is after now, is before it. Sorts them."""
        past_ms.sort()
        later = len(past_ms)
        for index, bucket in enumerate(self.metric.buckets):
            since = bisect_left(past_ms, now_ms - bucket * 1000, 0, later)
            self._counts[index] += later - since
            later = since
        self._counts[-1] += later
        self.sum += (len(past_ms) * now_ms - sum(past_ms)) / 1000

    def cumulative(self) -> Iterator[tuple[str, float]]:
        """Give each bucket's upper bound with the number of values up to it, `+Inf` last."""
        running = 0
        for bucket, count in zip(self.metric.buckets, self._counts, strict=False):
            running += count
            yield str(bucket), running
        yield "+Inf", running + self._counts[-1]

    def exemplars(self) -> Iterator[Exemplar | None]:
        """Give each bucket's exemplar, in the order of `cumulative`."""
        return map(self._exemplars.get, range(len(self._counts)))


class Histograms:
    """A histogram for each combination of label values; without labels there is one, from the start."""

    def __init__(self, metric: Metric) -> None:
        self.metric = metric
        self._bounds = tuple(Bounded(label) for label in metric.labels)
        self._found: dict[Labels, Histogram] = {} if metric.labels else {(): Histogram(metric)}

    def of(self, *labels: str) -> Histogram:
        """Return the histogram for these label values."""
        key = tuple(bound(value) for bound, value in zip(self._bounds, labels, strict=True))
        found = self._found.get(key)
        if found is None:
            found = self._found[key] = Histogram(self.metric)
        return found

    def all(self) -> Iterator[tuple[Labels, Histogram]]:
        """Give each of them with its labels."""
        return iter(self._found.items())
