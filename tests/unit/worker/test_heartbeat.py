"""The thread that notices when nobody is alive."""

import subprocess
import sys
import threading
import time

from streams.worker.heartbeat import Heartbeat

LONG_SEC = 60.0
SILENCE_SEC = 3.0  # twice as long without a turn ends the process: this one, if its machine is that slow


def test_silence_is_told_once() -> None:
    """With its length."""
    told: list[float] = []
    heard = threading.Event()

    def stopped(seconds: float) -> None:
        told.append(seconds)
        heard.set()

    heart = Heartbeat(SILENCE_SEC, stopped)
    heart.start()
    assert heard.wait(LONG_SEC)
    heart.stop()
    assert len(told) == 1
    assert told[0] >= SILENCE_SEC


WATCHED = f"""
import threading, time
from streams.worker.heartbeat import HELD_SHARE, Heartbeat
told = threading.Event()
heart = Heartbeat({SILENCE_SEC}, lambda seconds: told.set())
heart.start()
assert told.wait({LONG_SEC})
heart.stop()
time.sleep(HELD_SHARE * {SILENCE_SEC} + 0.5)
"""


def test_who_lives_on_after_having_been_told_is_not_ended_later() -> None:
    """The interpreter's own guard goes with the thread."""
    done = subprocess.run([sys.executable, "-c", WATCHED], capture_output=True, check=False, timeout=2 * LONG_SEC)
    assert (done.returncode, done.stderr) == (0, b"")


def test_a_heart_that_was_stopped_is_silent() -> None:
    """A process that ends as it should is left alone."""
    told: list[float] = []
    heart = Heartbeat(LONG_SEC, told.append)
    heart.start()
    began = time.monotonic()
    heart.stop()
    assert told == []
    assert time.monotonic() - began < LONG_SEC / 2
