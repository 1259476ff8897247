"""What a panel shows and of which question it is the answer; plain data that `render` makes Grafana's of."""

from dataclasses import dataclass
from enum import Enum, auto
from typing import Final

from deploy.grafana.code.promql import check, metrics_in, or_zero, quantile
from deploy.grafana.code.unit import Unit


class Kind(Enum):
    """How numbers are shown."""

    TREND = auto()  # lines over time
    STACK = auto()  # areas over time that add up
    NUMBER = auto()  # one large number for each series, as it is now
    BARS = auto()  # one bar for each series, as it is now, the largest first
    STATES = auto()  # yes or no over time


@dataclass(frozen=True)
class Query:
    """PromQL and the name of what it gives; every metric and label in it must be declared."""

    text: str
    legend: str = ""

    def __post_init__(self) -> None:
        """Refuse what nobody declares."""
        check(self.text)


def each(query: str, label: str) -> Query:
    """Return a series for each value of a label, which is its name; 0 where nothing has happened."""
    return Query(or_zero(query, label), f"{{{{{label}}}}}")


def spread(metric: str) -> tuple[Query, ...]:
    """Return how large the observations of a histogram usually are, and how large nearly all of them at most."""
    return Query(quantile(0.5, metric), "half"), Query(quantile(0.99, metric), "99 of 100")


@dataclass(frozen=True)
class Levels:
    """From which value on a number is of concern, and bad; `rising` is False where less is worse."""

    concern: float
    bad: float
    rising: bool = True


ANY_IS_BAD: Final = Levels(0.5, 0.5)


@dataclass(frozen=True, kw_only=True)
class Panel:
    """One panel; what its metrics mean and what to do comes from the catalogue, so it is written down once.

    `asks` is its question, `then` what to do beyond what the catalogue says. Width and height are in Grafana's grid of
    24 columns. `floor` and `ceiling` bound the axis where the unit has natural bounds; `instant` asks for one point in
    time, for what is summed up over the whole range.
    """

    title: str
    kind: Kind
    asks: str
    queries: tuple[Query, ...]
    unit: Unit = Unit.COUNT
    width: int = 8
    height: int = 8
    levels: Levels | None = None
    then: str = ""
    decimals: int | None = None
    floor: float | None = 0
    ceiling: float | None = None
    instant: bool = False
    words: tuple[tuple[str, str], ...] = ()  # of values, where a number stands for a word

    @property
    def description(self) -> str:
        """The question, what each metric counts, and what to do when it looks bad."""
        metrics = list(dict.fromkeys(metric for query in self.queries for metric in metrics_in(query.text)))
        meant = [f"**{metric.name}**: {metric.help}" for metric in metrics]
        remedies = list(dict.fromkeys([self.then, *(metric.remedy for metric in metrics)]))
        todo = [f"- {remedy}" for remedy in remedies if remedy]
        parts = [self.asks, *meant, *(["**What to do**", "\n".join(todo)] if todo else [])]
        return "\n\n".join(parts)


@dataclass(frozen=True)
class Row:
    """Panels under one heading, from left to right and then below."""

    title: str
    panels: tuple[Panel, ...]


@dataclass(frozen=True, kw_only=True)
class Variable:
    """A choice at the top of the page, of the values that a label of a metric has; all at first."""

    name: str
    label: str
    metric: str


@dataclass(frozen=True, kw_only=True)
class Board:
    """One dashboard."""

    uid: str
    title: str
    description: str
    rows: tuple[Row, ...]
    variables: tuple[Variable, ...]
    since: str = "now-6h"
    refresh: str = "30s"
