"""The stage of a journey: at which moment of truth a customer, or a business object, is by what happened last.

The memory is in two kinds of slots: `stage` and a subject (empty: the customer) hold the moment and when it began,
`moment` and the key of an episode hold the stage at which it opened. Rules that follow the journey take their moment
from there; without such a rule nothing is kept.
"""

from typing import Any, Final

from streams.journeys.changes import Changes
from streams.journeys.folded import State
from streams.journeys.handler import Data, Handler, Step
from streams.journeys.limits import DAY_MS
from streams.journeys.state import SEPARATOR, Evidence, key
from streams.touchpoints.touchpoint import Touchpoint
from streams.touchpoints.vocabulary import Stages

STAGE: Final = "stage"
MOMENT: Final = "moment"
_SUBJECT_MS: Final = 400 * DAY_MS  # so long a subject has a stage of its own
_MOMENT, _TIME, _LASTS = 0, 1, 2  # of a slot


def moment_of(state: State, episode: str) -> str:
    """Return the stage at which the episode of this key opened; empty where its rule does not follow the journey."""
    slot = state.slots.get(MOMENT + SEPARATOR + episode)
    return str(slot[_MOMENT]) if slot is not None else ""


class StageMemory:
    """Keeps the stages of one journey; plays a leaf of the rules where slots are forgotten."""

    types = frozenset[str]()

    def __init__(self, prefix: str, stages: Stages) -> None:
        """Keep slots that begin with `prefix`, one of STAGE and MOMENT."""
        self.prefix = prefix
        self._stages = stages

    def install(self, handlers: dict[str, Handler]) -> None:
        """Let the types that move a journey on do so before the rules look."""
        for name, moment in self._stages.moves.items():
            handlers.setdefault(name, Handler()).opens.append(_step(moment))

    def now(self, state: State, subject: str, at: int) -> str:
        """Return the stage of a subject that has one of its own, else the customer's; empty when it is not known."""
        own = state.slots.get(key(STAGE, subject))
        if subject and (own is None or own[_TIME] + own[_LASTS] < at):
            own = state.slots.get(key(STAGE, ""))
        return str(own[_MOMENT]) if own is not None else self._stages.begins

    def note(self, state: State, episode: str, subject: str, at: int) -> None:
        """Remember the stage at which an episode opens."""
        moment = self.now(state, subject, at)
        if moment:
            state.slots[MOMENT + SEPARATOR + episode] = [moment, at, 0]

    def forget(self, state: State) -> None:
        """Forget the moments of episodes that have left the state."""
        start = MOMENT + SEPARATOR
        for name in [name for name in state.slots if name.startswith(start)]:
            if name.removeprefix(start) not in state.episodes:
                del state.slots[name]

    def see(self, state: State, touchpoint: Touchpoint, data: Data, subject: str) -> Evidence | None:
        """Do nothing: stages are kept before the rules look."""
        return None

    def holds(self, state: State, subject: str, now: int) -> Evidence | None:
        """Do not hold: this is no condition."""
        return None

    def wake(self, state: State, subject: str, due: int) -> Evidence | None:
        """Do nothing: no timer was set."""
        return None

    def is_waiting(self, state: State, subject: str) -> bool:
        """Return that no timer is set."""
        return False

    def began(self, state: State, subject: str, due: int) -> int:
        """Return the same instant: no timer was set."""
        return due

    def reset(self, state: State, subject: str) -> None:
        """Forget one slot."""
        state.slots.pop(key(self.prefix, subject), None)

    def is_stale(self, slot: list[Any], before: int) -> bool:
        """Say whether the stage of a subject has lasted long enough; others are never too old."""
        return self.prefix == STAGE and 0 < slot[_LASTS] < before - slot[_TIME]


def _step(moment: str) -> Step:
    def move(state: State, touchpoint: Touchpoint, data: Data, changes: Changes) -> None:
        state.slots[key(STAGE, "")] = [moment, touchpoint.time, 0]
        if touchpoint.subject:
            state.slots[key(STAGE, touchpoint.subject)] = [moment, touchpoint.time, _SUBJECT_MS]

    return move
