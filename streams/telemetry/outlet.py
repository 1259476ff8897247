"""Finished spans on their way out: a queue with a bound, and a thread that empties it.

Nobody waits for it. What does not fit, and what no collector takes, is dropped and counted; that it happens is said
once, and once more when it is over.
"""

import logging
import threading
from collections import deque
from typing import Final

from opentelemetry.sdk.trace import ReadableSpan, SpanProcessor
from opentelemetry.sdk.trace.export import SpanExporter, SpanExportResult

MOST: Final = 4_096  # spans that wait; more are dropped
BATCH: Final = 512
EVERY_SEC: Final = 1.0
_log = logging.getLogger("touchpoint.tracing")


class Outlet(SpanProcessor):
    """Gives spans to an exporter, whose `export` may block and fail."""

    def __init__(self, exporter: SpanExporter, *, most: int = MOST, every_sec: float = EVERY_SEC) -> None:
        self._exporter = exporter
        self._most = most
        self._every_sec = every_sec
        self._waiting: deque[ReadableSpan] = deque()
        self._overflowed = 0  # counted by whoever ends spans
        self._failed = 0  # counted by the thread
        self._is_failing = False
        self._is_closing = False
        self._is_over = False  # nobody waits for the thread any more
        self._wake = threading.Event()
        self._thread = threading.Thread(target=self._run, name="traces", daemon=True)
        self._thread.start()

    @property
    def dropped(self) -> int:
        """Spans that nobody will see."""
        return self._overflowed + self._failed

    def on_end(self, span: ReadableSpan) -> None:
        """Take a span; never waits."""
        if self._is_closing or len(self._waiting) >= self._most:
            self._overflowed += 1
            return
        self._waiting.append(span)
        if len(self._waiting) >= BATCH:
            self._wake.set()

    def close(self, within_sec: float) -> None:
        """Send what waits, and take nothing more; what is not sent by then is dropped."""
        self._is_closing = True
        self._wake.set()
        self._thread.join(within_sec)
        self._is_over = True
        self._overflowed += len(self._waiting)
        self._exporter.shutdown()

    def _run(self) -> None:
        while not self._is_closing:
            self._wake.wait(self._every_sec)
            self._wake.clear()
            while self._waiting and not self._is_over:
                self._send([self._waiting.popleft() for _ in range(min(BATCH, len(self._waiting)))])

    def _send(self, spans: list[ReadableSpan]) -> None:
        try:
            is_taken = self._exporter.export(spans) is SpanExportResult.SUCCESS
        except Exception:  # noqa: BLE001 - whatever it is, it must not end the thread
            is_taken = False
        if not is_taken:
            self._failed += len(spans)
        if is_taken is self._is_failing:
            self._is_failing = not is_taken
            if is_taken:
                _log.info("the collector takes spans again; %d were dropped", self.dropped)
            elif not self._is_closing:
                _log.warning("the collector takes no spans: they are dropped until it does")
