"""One regime of rules follows another on a partition: which journeys have passed over, and what that says."""

from collections.abc import Container, Iterable, Mapping
from typing import Final

from streams.alerts.alert import Alert
from streams.alerts.figures import new_turns
from streams.alerts.publish import Publisher, everything
from streams.journeys.holds import Holds
from streams.journeys.journey import Journey
from streams.journeys.limits import Limits
from streams.journeys.state import SEPARATOR
from streams.rules.compile import Plan
from streams.rules.migration import migrate
from streams.rules.model import Rule, Severity
from streams.rules.regime import Passage, Regime, borders, passage

_NOBODY: Final[frozenset[str]] = frozenset()


class Succession:
    """The rules in force, and the way to them from any others. Number 0: nobody counts, every journey is up to date."""

    def __init__(self, plan: Plan, holds: Holds, hold_from: Severity | None = None) -> None:
        """Begin with rules that nobody counts; `holds` follows whatever rules are in force."""
        self.plan = plan
        self.turns = new_turns()
        self.publisher = Publisher(plan, holds, None, hold_from, self.turns)
        self._holds, self._hold_from = holds, hold_from
        self.number = 0
        self.waiting: list[bytes] = []  # journeys that may still have to pass over
        self._regimes: tuple[Regime, ...] = ()
        self._ways: dict[int, Passage] = {}

    def begin(self, plan: Plan, regimes: tuple[Regime, ...], past: Mapping[str, Rule]) -> bool:
        """Put the rules of the last regime in force; return whether journeys have to pass over to them."""
        is_new = regimes[-1].number != self.number
        self.plan = plan.bordered(borders(regimes[-1]))
        self.publisher = Publisher(plan, self._holds, past, self._hold_from, self.turns)
        self.number, self._regimes, self._ways = regimes[-1].number, regimes, {}
        return is_new

    def wait(self, numbers: Iterable[tuple[bytes, int]]) -> None:
        """Take note of the journeys that have to pass over; of all it is said under which rules they were folded."""
        self.waiting = [key for key, number in numbers if not self.is_same(number)]

    def is_same(self, number: int) -> bool:
        """Return whether the rules of this number do the same as those in force."""
        return self.number in (0, number) or self._way(number).is_same

    def pass_over(self, journey: Journey, limits: Limits, clock: int, now: int) -> tuple[list[Alert], list[str]]:
        """Let a journey pass to the rules in force.

        What is said of open episodes goes on where their rule has changed, and is closed where it has gone.

        Returns:
            What was withdrawn of what was said, and the episodes of which there may be something new to say.
        """
        way, journey.regime = self._way(journey.regime), self.number
        going_on: Container[str] = migrate(journey, way, self.plan, limits, clock) if not way.is_same else _NOBODY
        names = [name for name in everything(journey) if name.partition(SEPARATOR)[0] not in way.kept]
        if journey.ledger is None or way.is_same:
            return [], names
        return self.publisher.withdraw(journey.customer, journey.ledger, way, going_on, now), names

    def take(self, budget: int, records: Container[bytes]) -> Iterable[bytes]:
        """Yield at most so many of the journeys that wait, those that are still among the records."""
        for _ in range(min(budget, len(self.waiting))):
            key = self.waiting.pop()
            if key in records:
                yield key

    def _way(self, number: int) -> Passage:
        way = self._ways.get(number)
        if way is None:
            way = self._ways[number] = passage(self._regimes, number)
        return way
