"""What the fold of one journey knows up to a point: every touchpoint reads and writes it, so it is compiled."""

from typing import TYPE_CHECKING, Any

from streams.journeys.state import NEVER, Episode, Promise, Written

if TYPE_CHECKING:
    from mypy_extensions import i64


class State:  # noqa: PLW1641 - it changes, so it is nobody's key
    """The fold of a journey up to a point.

    `last`: event time of the last touchpoint folded. `fired`: due time of the last deadline fired. `due`: a lower bound
    of the next deadline. `slots`: memory of the rules' operators. `timers`: what is due when. `memory`: per rule and
    subject the next ordinal, the last start, 1 while an episode is open, and the last recovery if there was one.
    `touchpoints`, `negatives`: rings of event-time buckets (see `windows`).
    """

    __slots__ = (
        "count",
        "due",
        "episodes",
        "fired",
        "first",
        "last",
        "memory",
        "negatives",
        "promises",
        "slots",
        "timers",
        "touchpoints",
    )

    def __init__(self) -> None:
        """Start with the fold of nothing."""
        self.last: i64 = 0
        self.first: i64 = 0
        self.count: i64 = 0
        self.fired: i64 = 0
        self.due: i64 = NEVER
        self.slots: dict[str, list[Any]] = {}
        self.timers: dict[str, int] = {}
        self.promises: dict[str, Promise] = {}
        self.episodes: dict[str, Episode] = {}
        self.memory: dict[str, list[int]] = {}
        self.touchpoints: list[int] = []
        self.negatives: list[int] = []

    def schedule(self, timer: str, due: int) -> None:
        """Set or move a timer."""
        self.timers[timer] = due
        self.due = min(self.due, due)

    def cancel(self, timer: str) -> None:
        """Forget a timer; `due` may stay too early, which costs one look and nothing else."""
        self.timers.pop(timer, None)

    def parts(self) -> tuple[Any, ...]:
        """Return everything it knows, in the order of `state.Written`."""
        return (
            self.last,
            self.first,
            self.count,
            self.fired,
            self.due,
            self.slots,
            self.timers,
            self.promises,
            self.episodes,
            self.memory,
            self.touchpoints,
            self.negatives,
        )

    def __eq__(self, other: object) -> bool:
        """Return whether the other one knows the same."""
        return isinstance(other, State) and self.parts() == other.parts()


def of(written: Written) -> State:
    """Return the state that lies in a record."""
    state = State()
    state.last, state.first, state.count = written.last, written.first, written.count
    state.fired, state.due = written.fired, written.due
    state.slots, state.timers, state.promises = written.slots, written.timers, written.promises
    state.episodes, state.memory = written.episodes, written.memory
    state.touchpoints, state.negatives = written.touchpoints, written.negatives
    return state
