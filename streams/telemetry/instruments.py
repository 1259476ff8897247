"""Plain numbers behind the metrics: an update is an addition, and a scrape reads them.

One thread: the worker's loop updates and answers scrapes. Each instrument holds its metric's bounds whatever it is fed.
"""

from bisect import bisect_left, bisect_right
from collections.abc import Iterator, Sequence

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


class Histogram:
    """Numbers by bucket; without labels, so that a batch is counted at the cost of its buckets."""

    def __init__(self, metric: Metric) -> None:
        self.metric = metric
        self._counts = [0] * (len(metric.buckets) + 1)
        self.sum = 0.0

    def observe(self, value: float) -> None:
        """Count one value."""
        self._counts[bisect_left(self.metric.buckets, value)] += 1
        self.sum += value

    def observe_sorted(self, values: Sequence[float], total: float) -> None:
        """Count values given in ascending order, whose sum the caller knows."""
        before = 0
        for index, bucket in enumerate(self.metric.buckets):
            up_to = bisect_right(values, bucket, before)
            self._counts[index] += up_to - before
            before = up_to
        self._counts[-1] += len(values) - before
        self.sum += total

    def cumulative(self) -> Iterator[tuple[str, float]]:
        """Give each bucket's upper bound with the number of values up to it, `+Inf` last."""
        running = 0
        for bucket, count in zip(self.metric.buckets, self._counts, strict=False):
            running += count
            yield str(bucket), running
        yield "+Inf", running + self._counts[-1]
