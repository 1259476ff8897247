"""Leaves the process hard when leaving it nicely takes too long: as safe as kill -9, and kill -9 is safe here."""

import faulthandler
import logging
import os
import sys
import threading
from typing import Final

from streams.errors import TouchpointError

CRASH_CODE: Final = 70
STOP_CODE: Final = 71
STALL_CODE: Final = 72
_log = logging.getLogger("touchpoint.worker")


class HardExit:
    """A last resort that is set at the first sign of an end, and called off once the end is reached."""

    def __init__(self) -> None:
        """Set nothing yet."""
        self._timer: threading.Timer | None = None

    def after(self, seconds: float, reason: BaseException | None) -> None:
        """End the process after this time whatever hangs; a reason comes over a mere stop, the first one stays."""
        if self._timer is not None and reason is None:
            return
        if self._timer is not None:
            self._timer.cancel()
        code = STOP_CODE if reason is None else getattr(reason, "exit_code", CRASH_CODE)
        self._timer = threading.Timer(seconds, _leave, (code, reason))
        self._timer.daemon = True
        self._timer.start()

    def call_off(self) -> None:
        """Stay: everything has ended as it should."""
        if self._timer is not None:
            self._timer.cancel()


def _leave(code: int, reason: BaseException | None) -> None:
    what = str(reason) if isinstance(reason, TouchpointError) else repr(reason)
    _log.error("leaving hard: %s", what if reason is not None else "the stop took too long")
    logging.shutdown()
    os._exit(code)


def leave_at_once(reason: TouchpointError) -> None:
    """End the process now, from any thread: one line that says why, and where each thread stands, without values."""
    _log.error("leaving hard: %s", reason)
    logging.shutdown()
    faulthandler.dump_traceback(file=sys.__stderr__ or 2, all_threads=True)
    os._exit(reason.exit_code)
