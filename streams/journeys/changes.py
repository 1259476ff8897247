"""What one step of the fold changed, for whoever has to say so."""

from collections.abc import Callable, Mapping
from typing import Any

from streams.journeys.state import Glimpse

Borders = Mapping[str, int]  # by rule the clock at which it came into force: what happened until then opens no episode
NO_BORDERS: Borders = {}


class Changes:
    """What one step of the fold changed: keys of episodes, in order, and how to see the tail at that moment.

    `heard`: so many of these have been told to the rules that look at other rules. `at` is what `look` turns into the
    recent touchpoints up to the step, oldest first; the caller moves it along. `borders` are those of the plan.
    `promises`: what became of which, by key and in order.
    """

    __slots__ = ("_look", "at", "borders", "episodes", "heard", "promises")

    def __init__(
        self, look: Callable[[Any], tuple[Glimpse, ...]] = lambda _: (), borders: Borders = NO_BORDERS
    ) -> None:
        """Start empty."""
        self.episodes: list[str] = []
        self.promises: list[tuple[str, str]] = []
        self.heard = 0
        self.borders = borders
        self.at: Any = None
        self._look = look

    def glimpses(self) -> tuple[Glimpse, ...]:
        """Return the recent touchpoints up to the step, oldest first."""
        return self._look(self.at)
