"""Spans that a test looks at."""

from typing import Any

from opentelemetry.sdk.trace import ReadableSpan
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter
from opentelemetry.trace import format_span_id, format_trace_id

from streams.telemetry.otlp import OtlpTracer
from streams.telemetry.trace_context import TraceContext


class Recorded:
    """A tracer that records everything in memory."""

    def __init__(self, ratio: float = 1.0) -> None:
        self._exporter = InMemorySpanExporter()
        self.tracer = OtlpTracer("test", ratio, self._exporter)

    def spans(self) -> list[ReadableSpan]:
        """End the tracer; return what was recorded, in the order in which it ended."""
        self.tracer.close()
        return list(self._exporter.get_finished_spans())

    def named(self) -> dict[str, ReadableSpan]:
        """End the tracer; return what was recorded by name."""
        return {span.name: span for span in self.spans()}


def context_of(span: ReadableSpan) -> TraceContext:
    """Return a span as others see it."""
    found = span.get_span_context()
    assert found is not None
    return TraceContext(format_trace_id(found.trace_id), format_span_id(found.span_id))


def parent_of(span: ReadableSpan) -> str:
    """Return the id of a span's parent, empty where it has none."""
    return format_span_id(span.parent.span_id) if span.parent is not None else ""


def said_of(span: ReadableSpan) -> dict[str, Any]:
    """Return the attributes of a span."""
    return dict(span.attributes or {})
