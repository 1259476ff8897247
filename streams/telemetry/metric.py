"""What is declared of a metric, and how many series it may make."""

from dataclasses import dataclass
from enum import StrEnum
from typing import Final

OTHER: Final = "other"  # the label value of all that comes after the bound is reached


class Kind(StrEnum):
    """How a metric behaves."""

    COUNTER = "counter"
    GAUGE = "gauge"
    HISTOGRAM = "histogram"


@dataclass(frozen=True)
class Label:
    """A dimension with the most values it may ever have, `other` included."""

    name: str
    bound: int


@dataclass(frozen=True)
class Metric:
    """One declaration; `remedy` says when the figure is bad, and what to do then; none in the catalogue is without."""

    name: str
    kind: Kind
    help: str
    remedy: str = ""
    labels: tuple[Label, ...] = ()
    buckets: tuple[float, ...] = ()

    @property
    def series_bound(self) -> int:
        """The most time series this metric can ever make."""
        series = 1
        for label in self.labels:
            series *= label.bound
        return series * (len(self.buckets) + 3 if self.buckets else 1)
