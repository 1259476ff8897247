"""The breaker: one bad record is a dead letter, but a bad deploy stops the worker before its records are given up.

Dead letters are held until the flush that would commit past them. If, by then, too many of the last records of a
topic were refused, nothing of that window is sent or committed. The trip is remembered on the `sources` topic, so a
restart stops again until an operator resumes; what was recorded before that moment then goes to the dead letters.
"""

from collections import Counter, deque
from collections.abc import Callable
from typing import Final

import msgspec

from streams.errors import TouchpointError
from streams.touchpoints.rejection import Reason

KEY: Final = b"breaker"
EXIT_CODE: Final = 3
SUSPECT_SHARE: Final = 0.1  # so many dead letters of a full window make a smaller window worth waiting for
RESUME: Final = "mend the producer or the deploy, then `touchpoint dead-letters resume` and start the worker again"


class BreakerState(msgspec.Struct, frozen=True, omit_defaults=True):
    """What the `sources` topic says under the key `breaker`: the last trip, or the last resume."""

    resumed_at: int = 0  # ms since the epoch; records recorded before it do not count
    tripped_at: int = 0
    topic: str = ""
    refused: int = 0
    window: int = 0
    reasons: dict[str, int] = {}


class BreakerTripped(TouchpointError):  # noqa: N818 - it names an event
    """Raise when too many records of a topic were refused: the process must stop without sending or committing."""

    exit_code = EXIT_CODE

    def __init__(self, state: BreakerState) -> None:
        self.state = state
        reasons = ", ".join(f"{count} {reason}" for reason, count in sorted(state.reasons.items()))
        super().__init__(
            f"the breaker tripped: {state.refused} of the last {state.window} records were refused ({reasons})",
            place=state.topic,
            remedy=RESUME,
        )


class _Window:
    __slots__ = ("refused", "runs", "total")

    def __init__(self) -> None:
        self.runs: deque[tuple[int, Reason | None]] = deque()  # (records, why they were refused), oldest first
        self.total = 0
        self.refused = 0


class Breaker:
    """Counts the last records of each topic over all lanes of the process. Pure: times come from the caller."""

    def __init__(
        self, *, window: int, ratio: float, hold_sec: float, resumed_at: int = 0, trip: Callable[[BreakerState], None]
    ) -> None:
        """Count `window` records a topic; call `trip` once when at least `ratio` of a full window was refused."""
        self._size = window
        self._ratio = ratio
        self._hold_sec = hold_sec
        self._trip = trip
        self._windows: dict[str, _Window] = {}
        self._suspect_since: float | None = None
        self.resumed_at = resumed_at
        self.is_tripped = False

    @property
    def is_holding(self) -> bool:
        """Whether dead letters that wait to be sent are kept back."""
        return self.is_tripped or self._suspect_since is not None

    def passed(self, topic: str, count: int) -> None:
        """Take note of good records."""
        window = self._windows.get(topic)
        if window is not None:  # without a dead letter so far there is nothing to weigh them against
            self._add(window, count, None)

    def refused(self, topic: str, reason: Reason, recorded_at: int, now_ms: int) -> None:
        """Take note of a refused record; trips when there were too many."""
        if recorded_at < self.resumed_at or self.is_tripped:
            return
        window = self._windows.setdefault(topic, _Window())
        self._add(window, 1, reason)
        if window.total >= self._size and window.refused >= self._ratio * window.total:
            self.is_tripped = True
            reasons: Counter[str] = Counter()
            for count, why in window.runs:
                if why is not None:
                    reasons[why.value] += count
            self._trip(BreakerState(0, now_ms, topic, window.refused, window.total, dict(reasons)))

    def may_release(self, now: float) -> bool:
        """Return whether held dead letters may be sent; suspect ones wait, but not for ever. `now` is monotonic."""
        if self.is_tripped:
            return False
        if not any(self._is_suspect(window) for window in self._windows.values()):
            self._suspect_since = None
            return True
        if self._suspect_since is None:
            self._suspect_since = now
        if now - self._suspect_since < self._hold_sec:
            return False
        self._windows.clear()  # it did not get worse: these were bad records, and no bad deploy
        self._suspect_since = None
        return True

    def _is_suspect(self, window: _Window) -> bool:
        return (
            window.refused >= SUSPECT_SHARE * self._size
            and window.refused >= self._ratio * window.total / 2
            and window.total < 2 * self._size
        )

    def _add(self, window: _Window, count: int, reason: Reason | None) -> None:
        runs = window.runs
        if runs and runs[-1][1] is reason:
            runs[-1] = (runs[-1][0] + count, reason)
        else:
            runs.append((count, reason))
        window.total += count
        window.refused += count if reason is not None else 0
        while window.total > self._size:
            count, reason = runs[0]
            excess = min(count, window.total - self._size)
            window.total -= excess
            window.refused -= excess if reason is not None else 0
            if excess == count:
                runs.popleft()
            else:
                runs[0] = (count - excess, reason)
