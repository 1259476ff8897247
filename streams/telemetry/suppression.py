"""A bound on what is said when things break: of a burst of one line the first few, then one a minute with a count."""

import logging
import threading
import time
from collections import OrderedDict
from collections.abc import Callable
from typing import Final

FIRST: Final = 10  # lines of one kind in a period that are said at once
PERIOD_SEC: Final = 60.0
KINDS: Final = 1_000  # that are remembered; of more, the one that was silent for longest is forgotten
SUPPRESSED: Final = "suppressed"  # the field of the count

Later = Callable[[float, Callable[[], None]], None]
_Kind = tuple[str, int, str]


class _Burst:
    """Lines of one kind since its period began; `last` is the newest that was not said."""

    def __init__(self, began: float) -> None:
        self.began = began
        self.said = 0
        self.suppressed = 0
        self.last: logging.LogRecord | None = None


def in_a_thread(delay_sec: float, what: Callable[[], None]) -> None:
    """Call something later, in a thread that holds up no end of the process."""
    timer = threading.Timer(delay_sec, what)
    timer.daemon = True
    timer.start()


class Suppression(logging.Filter):
    """Stands before a handler. A kind of line is its logger, its level and its text before the arguments.

    The first lines of a kind in a period pass. Of the others the last is said at the end of the period, with how many
    more there were under `suppressed`, and so on for as long as they come. Safe from several threads; holds one line
    of each kind, and so a bounded number of them.
    """

    def __init__(
        self,
        say: Callable[[logging.LogRecord], object],
        *,
        first: int = FIRST,
        period_sec: float = PERIOD_SEC,
        clock: Callable[[], float] = time.monotonic,
        later: Later = in_a_thread,
    ) -> None:
        """Prepare; `say` writes a line without asking this filter again."""
        super().__init__()
        self._say = say
        self._first = first
        self._period_sec = period_sec
        self._clock = clock
        self._later = later
        self._bursts: OrderedDict[_Kind, _Burst] = OrderedDict()
        self._lock = threading.Lock()
        self._is_due_later = False

    def filter(self, record: logging.LogRecord) -> bool:
        """Return whether a line is said now."""
        kind = (record.name, record.levelno, str(record.msg))
        with self._lock:
            burst = self._burst(kind)
            if burst.said < self._first:
                burst.said += 1
                return True
            burst.suppressed += 1
            burst.last = record
            if not self._is_due_later:
                self._is_due_later = True
                self._later(max(0.0, burst.began + self._period_sec - self._clock()), self.sum_up)
            return False

    def sum_up(self) -> None:
        """Say what was suppressed in periods that are over, and come again while there is more."""
        with self._lock:
            now = self._clock()
            due = [burst for burst in self._bursts.values() if burst.suppressed and self._is_over(burst, now)]
            lines = [line for line in map(_summary, due) if line is not None]
            for burst in due:  # what still comes is summed up again: it does not begin anew with the first few
                burst.began, burst.suppressed, burst.last = now, 0, None
            waits = [burst.began for burst in self._bursts.values() if burst.suppressed]
            self._is_due_later = bool(waits)
            if waits:
                self._later(max(0.0, min(waits) + self._period_sec - now), self.sum_up)
        for line in lines:
            self._say(line)

    def _burst(self, kind: _Kind) -> _Burst:
        """Return the burst that a line belongs to; after a period in which none was suppressed it is a new one."""
        now = self._clock()
        burst = self._bursts.get(kind)
        if burst is None or (self._is_over(burst, now) and not burst.suppressed):
            burst = self._bursts[kind] = _Burst(now)
            if len(self._bursts) > KINDS:
                self._bursts.popitem(last=False)
        self._bursts.move_to_end(kind)
        return burst

    def _is_over(self, burst: _Burst, now: float) -> bool:
        return now - burst.began >= self._period_sec


def _summary(burst: _Burst) -> logging.LogRecord | None:
    if burst.last is not None:
        setattr(burst.last, SUPPRESSED, burst.suppressed - 1)
    return burst.last
