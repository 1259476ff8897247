"""What the rules compile to, as the fold sees it: per touchpoint type the steps to take, per timer whom to wake."""

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any, Protocol

from streams.journeys.state import Glimpse, State, key
from streams.touchpoints.touchpoint import Touchpoint
from streams.touchpoints.vocabulary import PromiseKind

if TYPE_CHECKING:
    from streams.journeys.choices import Choices

Data = Mapping[str, Any]
EMPTY: Data = {}


class Changes:
    """What one step of the fold changed: keys of episodes, in order, and how to see the tail at that moment.

    `at` is what `look` turns into the recent touchpoints up to the step, oldest first; the caller moves it along.
    """

    __slots__ = ("_look", "at", "episodes")

    def __init__(self, look: Callable[[Any], tuple[Glimpse, ...]] = lambda _: ()) -> None:
        """Start empty."""
        self.episodes: list[str] = []
        self.at: Any = None
        self._look = look

    def glimpses(self) -> tuple[Glimpse, ...]:
        """Return the recent touchpoints up to the step, oldest first."""
        return self._look(self.at)


Step = Callable[[State, Touchpoint, Data, Changes], None]
Wake = Callable[[State, str, str, int, Changes], None]  # state, operator, subject, due


class Handler:
    """What to do with a touchpoint of one type."""

    __slots__ = ("choices", "closing", "ending", "needs_data", "negative", "opens", "steps")

    def __init__(self, *, negative: bool = False) -> None:
        """Start with nothing to do."""
        self.negative = negative
        self.needs_data = False
        self.opens: list[Step] = []  # promises opened, moved, kept, cancelled: before the rules
        self.steps: list[Step] = []  # the rules, in the order of the files
        self.choices: Choices | None = None  # the same ones and those that ask for a value, where there are such
        self.ending: dict[str, tuple[int, Step]] = {}  # rules, by name, of which the type can only end an episode
        self.closing: list[Step] = []  # what a touchpoint from before the floor may still close


class Plan(Protocol):
    """The compiled rules and vocabulary. Same plan, same touchpoints, same alerts."""

    handlers: dict[str, Handler]  # by touchpoint type; a type without one is only counted
    promises: dict[str, PromiseKind]
    flood_per_hour: int

    def wake(self, state: State, rule: str, operator: str, subject: str, due: int, changes: Changes) -> None:
        """Fire a timer of a rule; a rule that is no longer in the plan does nothing."""

    def promise_broken(self, state: State, kind: str, subject: str, due: int, changes: Changes) -> None:
        """Tell the rules that a promise broke at `due`."""

    def expire_episode(self, state: State, rule: str, subject: str, due: int, changes: Changes) -> None:
        """End an episode that has been followed for long enough."""

    def flood(self, state: State, time: int, count: int, changes: Changes) -> None:
        """Open the episode that says that a customer is flooding."""

    def forget(self, state: State, before: int, slots: int) -> None:
        """Drop operator memory that nothing at or after `before` can use; at most `slots` of it stay."""


PROMISE, RULE, EPISODE = "p", "r", "e"  # first part of a timer's key: this is also the order at the same due time


def promise_timer(kind: str, subject: str) -> str:
    """Return the key of the timer of a promise."""
    return key(PROMISE, kind, subject)


def rule_timer(rule: str, operator: str, subject: str) -> str:
    """Return the key of the timer of one operator of a rule."""
    return key(RULE, rule, operator, subject)


def episode_timer(rule: str, subject: str) -> str:
    """Return the key of the timer that ends an episode."""
    return key(EPISODE, rule, subject)
