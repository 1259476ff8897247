"""The thread that notices when nobody is alive."""

import threading
import time

from streams.worker.heartbeat import Heartbeat

LONG_SEC = 60.0


def test_silence_is_told_once() -> None:
    """With its length."""
    told: list[float] = []
    heard = threading.Event()

    def stopped(seconds: float) -> None:
        told.append(seconds)
        heard.set()

    heart = Heartbeat(0.2, stopped)
    heart.start()
    assert heard.wait(LONG_SEC)
    heart.stop()
    assert len(told) == 1
    assert told[0] >= 0.2


def test_a_heart_that_was_stopped_is_silent() -> None:
    """A process that ends as it should is left alone."""
    told: list[float] = []
    heart = Heartbeat(LONG_SEC, told.append)
    heart.start()
    began = time.monotonic()
    heart.stop()
    assert told == []
    assert time.monotonic() - began < LONG_SEC / 2
