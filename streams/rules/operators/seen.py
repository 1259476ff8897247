"""`seen` without a window, and `feedback`: the touchpoint at hand decides, nothing is remembered."""

from typing import Any, Final

from streams.journeys.folded import State
from streams.journeys.handler import Data
from streams.journeys.state import Evidence
from streams.rules.model import Feedback, Selector
from streams.rules.operators.leaf import matcher
from streams.touchpoints.touchpoint import Touchpoint

# metric -> its usual scale; a score is rescaled to it, so that one threshold fits any vendor's scale.
SCALES: Final = {"NPS": (0.0, 10.0), "CSAT": (1.0, 5.0), "CES": (1.0, 7.0), "STARS": (1.0, 5.0), "THUMB": (0.0, 1.0)}


class _Memoryless:
    """A leaf that keeps nothing."""

    def holds(self, state: State, subject: str, now: int) -> Evidence | None:
        """Do not hold: only the touchpoint at hand counts."""
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
        """Do nothing: there is no memory."""

    def is_stale(self, slot: list[Any], before: int) -> bool:
        """Say that memory found under this name is of no use."""
        return True


class SeenNow(_Memoryless):
    """Leaf that holds when the touchpoint at hand matches."""

    def __init__(self, prefix: str, types: frozenset[str], clause: str, selector: Selector) -> None:
        """Build the leaf of one `seen` in one rule."""
        self.prefix, self.types, self._clause = prefix, types, clause
        self._matches = matcher(selector)

    def see(self, state: State, touchpoint: Touchpoint, data: Data, subject: str) -> Evidence | None:
        """Test the touchpoint."""
        if self._matches is None or self._matches(data):
            return Evidence(self._clause, 1, 1, (touchpoint.id,))
        return None


class FeedbackNow(_Memoryless):
    """Leaf that holds when the touchpoint at hand carries a score on the bad side."""

    def __init__(self, prefix: str, types: frozenset[str], clause: str, feedback: Feedback) -> None:
        """Build the leaf of one `feedback` in one rule."""
        self.prefix, self.types, self._clause = prefix, types, clause
        self._matches = matcher(feedback.selector)
        self._metrics, self._at_most = frozenset(feedback.metrics), feedback.at_most

    def see(self, state: State, touchpoint: Touchpoint, data: Data, subject: str) -> Evidence | None:
        """Test the score."""
        metric = data.get("metric")
        score = usual_score(data) if isinstance(metric, str) and metric in self._metrics else None
        if score is None or score > self._at_most or not (self._matches is None or self._matches(data)):
            return None
        return Evidence(self._clause, round(score, 3), self._at_most, (touchpoint.id,))


def usual_score(data: Data) -> float | None:
    """Return the score on the metric's usual scale, high is good; None when the fields do not make one."""
    scale = SCALES.get(str(data.get("metric")))
    score = data.get("score")
    if scale is None or isinstance(score, bool) or not isinstance(score, int | float):
        return None
    low, high = data.get("scale_min", scale[0]), data.get("scale_max", scale[1])
    if not isinstance(low, int | float) or not isinstance(high, int | float) or high <= low:
        return None
    try:
        share = min(1.0, max(0.0, (score - low) / (high - low)))
    except OverflowError:  # an integer of hundreds of digits
        return None
    if data.get("best") == "low":
        share = 1.0 - share
    return scale[0] + share * (scale[1] - scale[0])
