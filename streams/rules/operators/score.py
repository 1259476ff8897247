"""`score`: weights of the touchpoints so far, each halved with every half-life that has passed since.

The slot is `[time of the last one, score at that time, id, id, …]` with the ids of the last IDS, whatever happened. The
touchpoints come in the order of event time, so the score is a function of the set of them; it is multiplied and added
by operations that every machine rounds alike, in 1/2**BITS of a half-life. After HALVINGS without any the score is
nothing, so that what is thrown away then is not missed.
"""

from collections.abc import Mapping
from math import ldexp, sqrt
from typing import Any, Final

from streams.journeys.folded import State
from streams.journeys.handler import Data
from streams.journeys.state import Evidence
from streams.rules.model import Score, Selector
from streams.rules.operators.leaf import expand
from streams.rules.operators.window import WindowLeaf
from streams.touchpoints.touchpoint import Touchpoint

HALVINGS: Final = 32
BITS: Final = 30
IDS: Final = 10
_TIME, _SCORE, _IDS = 0, 1, 2


def _powers() -> list[float]:
    """Return what a half, a quarter, an eighth … of a half-life leave of 1."""
    found = [sqrt(0.5)]
    while len(found) < BITS:
        found.append(sqrt(found[-1]))
    return found


_POWERS: Final = _powers()


class ScoreLeaf(WindowLeaf):
    """Leaf that holds while the score is high enough."""

    def __init__(self, prefix: str, clause: str, score: Score, known: Mapping[str, object]) -> None:
        """Build the leaf of one `score` in one rule."""
        self._weights = {name: weight for named, weight in score.weights for name in expand(Selector((named,)), known)}
        super().__init__(prefix, frozenset(self._weights), clause)
        self._half_life, self._at_least = score.half_life_ms, score.at_least
        self._longest = HALVINGS * score.half_life_ms

    def see(self, state: State, touchpoint: Touchpoint, data: Data, subject: str) -> Evidence | None:
        """Take note of a touchpoint."""
        weight, time = self._weights[touchpoint.type], touchpoint.time
        slot = state.slots.get(self._slot + subject)
        if slot is None or time - slot[_TIME] > self._longest:
            state.slots[self._slot + subject] = [time, weight, touchpoint.id]
        else:
            slot[_SCORE] = decayed(slot[_SCORE], time - slot[_TIME], self._half_life) + weight
            slot[_TIME] = time
            slot += (touchpoint.id,)
            if len(slot) > _IDS + IDS:
                del slot[_IDS]
        return self.holds(state, subject, time)

    def holds(self, state: State, subject: str, now: int) -> Evidence | None:
        """Say whether what is left of the score reaches the threshold."""
        slot = state.slots.get(self._slot + subject)
        if slot is None or now - slot[_TIME] > self._longest:
            return None
        score = decayed(slot[_SCORE], now - slot[_TIME], self._half_life)
        if score < self._at_least:
            return None
        return Evidence(self._clause, round(score, 3), self._at_least, tuple(slot[_IDS:]))

    def is_stale(self, slot: list[Any], before: int) -> bool:
        """Say whether nothing is left of the score."""
        return bool(slot[_TIME] + self._longest < before)


def decayed(score: float, elapsed: int, half_life: int) -> float:
    """Return what is left of a score after `elapsed` ms; the same on every machine."""
    halvings = (elapsed << BITS) // half_life
    for at in range(BITS):
        if halvings >> (BITS - 1 - at) & 1:
            score *= _POWERS[at]
    return ldexp(score, -(halvings >> BITS))
