"""What to do with a touchpoint, by its type."""

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any

from streams.journeys.changes import Changes
from streams.journeys.folded import State
from streams.touchpoints.touchpoint import Touchpoint

if TYPE_CHECKING:
    from streams.journeys.choices import Choices

Data = Mapping[str, Any]
EMPTY: Data = {}
Step = Callable[[State, Touchpoint, Data, Changes], None]


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
