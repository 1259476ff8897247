"""What Grafana puts in the place of a query's variables before it asks Prometheus."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

POINTS: Final = 200  # that a panel of ordinary width asks for
_SCRAPES_OF_A_RATE: Final = 4
_VARIABLE: Final = re.compile(r"\$\{?(\w+)\}?")


@dataclass(frozen=True)
class Window:
    """The time that a dashboard shows, in seconds since the epoch, and how often Prometheus scrapes."""

    start: float
    end: float
    scrape_sec: int

    @property
    def step_sec(self) -> int:
        """How far apart points are: never closer than scrapes."""
        return max(self.scrape_sec, round((self.end - self.start) / POINTS))

    @property
    def rate_sec(self) -> int:
        """Over which time a rate is taken, so that there are always scrapes enough in it."""
        return max(self.step_sec + self.scrape_sec, _SCRAPES_OF_A_RATE * self.scrape_sec)

    @property
    def range_sec(self) -> int:
        """The whole of it."""
        return round(self.end - self.start)


def fill(query: str, window: Window, chosen: Mapping[str, str]) -> str:
    """Return the query with every variable replaced; `chosen` are those at the top of the page.

    Raises:
        KeyError: a variable is none of Grafana's, and nobody has chosen it.
    """
    values = {
        "__range": f"{window.range_sec}s",
        "__rate_interval": f"{window.rate_sec}s",
        "__interval": f"{window.step_sec}s",
        **chosen,
    }
    return _VARIABLE.sub(lambda found: values[found[1]], query)
