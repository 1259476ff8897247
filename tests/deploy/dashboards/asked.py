"""What a panel shows: its queries, asked as Grafana asks them, with the names that the page gives the series."""

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from tests.deploy.dashboards.prometheus import Prometheus
from tests.deploy.dashboards.shipped import Panel
from tests.deploy.dashboards.substitution import Window, fill


@dataclass(frozen=True)
class Series:
    """One line, bar or number: times and values, without those that are no number."""

    name: str
    points: tuple[tuple[float, float], ...]

    @property
    def last(self) -> float:
        """What a number or a bar shows."""
        return self.points[-1][1]

    @property
    def most(self) -> float:
        """The highest point of a line."""
        return max(value for _, value in self.points)


def ask(prometheus: Prometheus, panel: Panel, window: Window, chosen: Mapping[str, str]) -> list[Series]:
    """Return what the panel shows, in its order; series without any number are left out, as the page does."""
    found = []
    for query, legend in panel.queries:
        text = fill(query, window, chosen)
        if panel.is_instant:
            rows = prometheus.at(text, window.end)
        else:
            rows = prometheus.over(text, window.start, window.end, window.step_sec)
        found += [Series(panel.legend(legend, row["metric"]), _points(row)) for row in rows]
    return [series for series in found if series.points]


def _points(row: Mapping[str, Any]) -> tuple[tuple[float, float], ...]:
    values = row["values"] if "values" in row else [row["value"]]
    points = ((float(when), float(value)) for when, value in values)
    return tuple((when, value) for when, value in points if math.isfinite(value))
