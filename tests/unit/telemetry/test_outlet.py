import logging
import threading
import time
from collections.abc import Sequence

import pytest
from opentelemetry.sdk.trace import ReadableSpan
from opentelemetry.sdk.trace.export import SpanExporter, SpanExportResult

from streams.telemetry.outlet import Outlet
from streams.testing.patience import PATIENCE_SEC


class Collector(SpanExporter):
    """Takes spans while it is `there`; blocks while `open` is not set."""

    def __init__(self) -> None:
        self.taken: list[ReadableSpan] = []
        self.is_there = True
        self.raises = False
        self.open = threading.Event()
        self.open.set()
        self.calls = threading.Semaphore(0)
        self.is_ended = False

    def export(self, spans: Sequence[ReadableSpan]) -> SpanExportResult:
        """Take them, or not."""
        self.calls.release()
        self.open.wait(PATIENCE_SEC)
        if self.raises:
            raise RuntimeError("of its own")
        if not self.is_there:
            return SpanExportResult.FAILURE
        self.taken += spans
        return SpanExportResult.SUCCESS

    def shutdown(self) -> None:
        """End."""
        self.is_ended = True
        self.open.set()


def span(name: str) -> ReadableSpan:
    """Return a finished span."""
    return ReadableSpan(name)


def test_spans_are_sent_and_the_rest_at_the_end() -> None:
    """Nothing is lost between the last batch and the end of the process."""
    collector = Collector()
    outlet = Outlet(collector, every_sec=60.0)
    for number in range(1_000):
        outlet.on_end(span(f"{number}"))
    outlet.close(PATIENCE_SEC)
    assert [each.name for each in collector.taken] == [f"{number}" for number in range(1_000)]
    assert (outlet.dropped, collector.is_ended) == (0, True)


def test_a_collector_that_hangs_holds_nobody_up() -> None:
    """The queue has a bound, what is above it is counted, and the end comes in time."""
    collector = Collector()
    collector.open.clear()
    outlet = Outlet(collector, most=10, every_sec=0.001)
    outlet.on_end(span("on its way"))
    assert collector.calls.acquire(timeout=PATIENCE_SEC)
    began = time.monotonic()
    for number in range(25):
        outlet.on_end(span(f"{number}"))
    assert time.monotonic() - began < PATIENCE_SEC / 2  # so long the collector would have held it up
    assert outlet.dropped == 15
    outlet.close(0.05)
    assert time.monotonic() - began < PATIENCE_SEC / 2
    outlet.on_end(span("too late"))
    assert outlet.dropped >= 16


@pytest.mark.parametrize("raises", [False, True])
def test_a_dead_collector_is_one_line_and_a_count(raises: bool, caplog: pytest.LogCaptureFixture) -> None:
    """However often it fails; and one more line when it is back."""
    collector = Collector()
    collector.is_there, collector.raises = False, raises
    outlet = Outlet(collector, every_sec=0.001)
    with caplog.at_level(logging.INFO, "touchpoint.tracing"):
        for number in range(3):
            outlet.on_end(span(f"{number}"))
            assert collector.calls.acquire(timeout=PATIENCE_SEC)
        while outlet.dropped < 3:
            collector.calls.acquire(timeout=0.001)
        collector.is_there, collector.raises = True, False
        outlet.on_end(span("at last"))
        outlet.close(PATIENCE_SEC)
    assert [record.levelname for record in caplog.records] == ["WARNING", "INFO"]
    assert [each.name for each in collector.taken] == ["at last"]
    assert outlet.dropped == 3
