"""A thread that ends the process when the event loop no longer turns: nobody else could.

It counts its own turns and not the clock, so a process that was frozen as a whole is given the time that it had not.
A thread needs the interpreter, though, and what never lets go of that (a regular expression, compiled code) would hold
it up as well: that case is left to the interpreter's own guard, which needs nobody and says nothing but the stacks.
"""

import faulthandler
import sys
import threading
from collections.abc import Callable
from typing import Final

TURN_SEC: Final = 1.0
HELD_SHARE: Final = 2  # the interpreter's guard waits so many times as long


class Heartbeat:
    """Whoever has to stay alive calls `beat`."""

    def __init__(self, silence_sec: float, stopped: Callable[[float], object]) -> None:
        """Prepare; `stopped` is called in the thread, with the seconds, once nobody has beaten for `silence_sec`."""
        self._silence_sec = silence_sec
        self._stopped = stopped
        self._beats = 0
        self._over = threading.Event()
        self._thread = threading.Thread(target=self._watch, name="heartbeat", daemon=True)

    def beat(self) -> None:
        """Be alive."""
        self._beats += 1

    def start(self) -> None:
        """Begin to watch."""
        self._thread.start()

    def stop(self) -> None:
        """Watch no more."""
        self._over.set()
        self._thread.join()

    def _watch(self) -> None:
        try:
            self._count_turns()
        finally:
            faulthandler.cancel_dump_traceback_later()

    def _count_turns(self) -> None:
        turn_sec = min(TURN_SEC, self._silence_sec / 4)
        seen, silent_sec = -1, 0.0
        while silent_sec < self._silence_sec:
            faulthandler.dump_traceback_later(HELD_SHARE * self._silence_sec, exit=True, file=sys.__stderr__ or 2)
            if self._over.wait(turn_sec):
                return
            silent_sec = silent_sec + turn_sec if self._beats == seen else 0.0
            seen = self._beats
        self._stopped(silent_sec)
