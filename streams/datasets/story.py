"""The parts that made journeys are written with: a story is a title, a subject and steps in minutes."""

from collections.abc import Sequence
from random import Random
from typing import Any, Final, NamedTuple, Protocol, TypeVar

import msgspec

from streams.codec.times import to_rfc3339

HOUR: Final = 60  # minutes
DAY: Final = 24 * HOUR
MINUTE_MS: Final = 60_000

T = TypeVar("T")
Span = float | tuple[float, float]  # minutes: a moment, or anywhere between two


class Dice:
    """Every chance of one journey, from one seed.

    Only `Random.random` is used: it alone gives the same numbers for a seed in every version of Python.
    """

    def __init__(self, seed: str) -> None:
        self._draw = Random(seed).random

    def within(self, low: float, high: float) -> float:
        """Return a number from `low` to `high`."""
        return low + (high - low) * self._draw()

    def whole(self, low: int, high: int) -> int:
        """Return a whole number from `low` to `high`, both included."""
        return low + int(self._draw() * (high - low + 1))

    def one_of(self, choices: Sequence[T]) -> T:
        """Return one of `choices`."""
        return choices[int(self._draw() * len(choices))]

    def happens(self, share: float) -> bool:
        """Return True for that share of all calls."""
        return self._draw() < share


class Scene(NamedTuple):
    """What a step's data may depend on; `time` is the step's own, in ms since the epoch."""

    dice: Dice
    time: int
    amount: float
    lang: str


class Value(Protocol):
    """A value of a step's data that is only known when the story is played."""

    def of(self, scene: Scene) -> Any:
        """Return the value in this scene."""


class In(msgspec.Struct, frozen=True):
    """The time so many minutes after the step: what promises are made of."""

    minutes: float

    def of(self, scene: Scene) -> str:
        """Return the time as RFC 3339."""
        return to_rfc3339(scene.time + round(self.minutes * MINUTE_MS))


class Whole(msgspec.Struct, frozen=True):
    """A whole number between two, both included."""

    low: int
    high: int

    def of(self, scene: Scene) -> int:
        """Return the number drawn."""
        return scene.dice.whole(self.low, self.high)


class OneOf(msgspec.Struct, frozen=True):
    """One of some values."""

    choices: tuple[Any, ...]

    def of(self, scene: Scene) -> Any:
        """Return the value drawn."""
        return scene.dice.one_of(self.choices)


class Said(msgspec.Struct, frozen=True):
    """What a customer says, in the language of that customer."""

    en: str
    es: str

    def of(self, scene: Scene) -> str:
        """Return the text."""
        return self.es if scene.lang == "es" else self.en


class Lang(msgspec.Struct, frozen=True):
    """The language of the customer."""

    def of(self, scene: Scene) -> str:
        """Return it as BCP 47."""
        return scene.lang


class Amount(msgspec.Struct, frozen=True):
    """What this story is worth; the same in all its steps."""

    def of(self, scene: Scene) -> float:
        """Return it in major units."""
        return scene.amount


class Step(NamedTuple):
    """One touchpoint: when it happens, which type (or one of several), its data, and if it is about the subject."""

    when: tuple[float, float]
    types: tuple[str, ...]
    data: dict[str, Any]
    about_subject: bool


class Story(NamedTuple):
    """One thing that happens to a customer.

    Minutes count from the story's own beginning, so that a step can be an hour before a promise that another step
    made; steps may begin up to EARLIEST before it. `ends` is when the customer has made up their mind.
    `alone` means that nothing else happens to this customer.
    """

    name: str
    subject: str
    steps: tuple[Step, ...]
    ends: tuple[float, float]
    alone: bool = False


EARLIEST: Final = -1 * HOUR


def at(when: Span, *types: str, **data: Any) -> Step:
    """Return a step about the story's subject; of several types one happens."""
    return Step(_span(when), types, data, about_subject=True)


def aside(when: Span, *types: str, **data: Any) -> Step:
    """Return a step about nothing in particular, like looking at a page."""
    return Step(_span(when), types, data, about_subject=False)


def story(name: str, subject: str, *steps: Step, ends: Span, alone: bool = False) -> Story:
    """Return a story; `subject` is the kind of business object, empty when it is about the customer as such."""
    return Story(name, subject, steps, _span(ends), alone)


def scored(metric: str, low: int, high: int, best: int) -> dict[str, Any]:
    """Return the data of a score from `low` to `high` on the metric's scale, which ends at `best`."""
    return {
        "metric": metric,
        "score": Whole(low, high),
        "scale_min": 0 if metric == "NPS" else 1,
        "scale_max": best,
        "best": "high",
    }


def _span(when: Span) -> tuple[float, float]:
    return when if isinstance(when, tuple) else (when, when)
