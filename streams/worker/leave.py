"""Leaves the process hard when leaving it nicely takes too long: as safe as kill -9, and kill -9 is safe here."""

import logging
import os
import threading
from typing import Final

from streams.errors import TouchpointError

CRASH_CODE: Final = 70
STOP_CODE: Final = 71
_log = logging.getLogger("touchpoint.worker")


def hard_after(seconds: float, reason: BaseException | None) -> None:
    """End the process after this time whatever hangs; the first call with a reason decides the exit code."""
    code = STOP_CODE if reason is None else getattr(reason, "exit_code", CRASH_CODE)
    timer = threading.Timer(seconds, _leave, (code, reason))
    timer.daemon = True
    timer.start()


def _leave(code: int, reason: BaseException | None) -> None:
    what = str(reason) if isinstance(reason, TouchpointError) else repr(reason)
    _log.error("leaving hard: %s", what if reason is not None else "the stop took too long")
    logging.shutdown()
    os._exit(code)
