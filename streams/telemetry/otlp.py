"""Traces by OpenTelemetry, exported as OTLP over HTTP; imported only where tracing is on."""

import logging
import random
import time
from collections.abc import Iterable
from importlib.metadata import version
from typing import Final

from opentelemetry import trace
from opentelemetry.context import Context
from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
from opentelemetry.sdk.resources import (
    SERVICE_NAME,
    SERVICE_NAMESPACE,
    SERVICE_VERSION,
    OTELResourceDetector,
    Resource,
)
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import SpanExporter
from opentelemetry.sdk.trace.sampling import ALWAYS_ON
from opentelemetry.trace import Link, NonRecordingSpan, SpanContext, SpanKind, TraceFlags, TraceState

from streams.telemetry.outlet import Outlet
from streams.telemetry.trace_context import TraceContext
from streams.telemetry.tracing import CLOSE_SEC, NO_SPAN, Attributes, Kind, Span, Tracer

NAMESPACE: Final = "touchpoint"
DISTRIBUTION: Final = "touchpoint-tracker"
_KINDS: Final = {kind: SpanKind[kind.name] for kind in Kind}
_NOTHING: Final = Context()


class OtlpSpan(Span):
    """A span that is recorded."""

    __slots__ = ("_span", "_tracer")

    def __init__(self, tracer: trace.Tracer, span: trace.Span) -> None:
        found = span.get_span_context()
        super().__init__(
            TraceContext(
                trace.format_trace_id(found.trace_id),
                trace.format_span_id(found.span_id),
                is_sampled=True,
                state=found.trace_state.to_header(),
            )
        )
        self._tracer = tracer
        self._span = span

    @property
    def trace_id(self) -> str:
        """The trace."""
        return self.context.trace_id if self.context is not None else ""

    def child(self, name: str, kind: Kind = Kind.INTERNAL, attributes: Attributes | None = None) -> Span:
        """Begin a span under this one."""
        under = trace.set_span_in_context(self._span, _NOTHING)
        return OtlpSpan(self._tracer, self._tracer.start_span(name, under, _KINDS[kind], attributes))

    def end(self, attributes: Attributes | None = None, *, failed: str = "") -> None:
        """End it."""
        if attributes:
            self._span.set_attributes(attributes)
        if failed:
            self._span.set_status(trace.StatusCode.ERROR, failed)
        self._span.end()


class OtlpTracer(Tracer):
    """Records a share of the traces that begin here, and of those that come along the ones that are recorded there."""

    is_on = True

    def __init__(self, component: str, ratio: float, exporter: SpanExporter) -> None:
        """Begin to export as the service `touchpoint-<component>`, unless OTEL_SERVICE_NAME says another."""
        self._ratio = ratio
        self._outlet = Outlet(exporter)
        # `start` draws before anything is made: most traces are not recorded, and those should cost nothing.
        provider = TracerProvider(sampler=ALWAYS_ON, resource=_resource(component), shutdown_on_exit=False)
        provider.add_span_processor(self._outlet)
        self._tracer = provider.get_tracer("streams")

    def start(
        self,
        name: str,
        kind: Kind = Kind.INTERNAL,
        *,
        parent: TraceContext | None = None,
        links: Iterable[TraceContext] = (),
        attributes: Attributes | None = None,
        ago_sec: float = 0.0,
    ) -> Span:
        """Begin a span."""
        if parent is None and random.random() >= self._ratio:
            return NO_SPAN
        if parent is not None and not parent.is_sampled:
            return Span(parent)
        under = trace.set_span_in_context(NonRecordingSpan(_remote(parent)), _NOTHING) if parent else _NOTHING
        return OtlpSpan(
            self._tracer,
            self._tracer.start_span(
                name,
                under,
                _KINDS[kind],
                attributes,
                [Link(_remote(each)) for each in links],
                start_time=time.time_ns() - int(ago_sec * 1e9),
            ),
        )

    @property
    def dropped(self) -> int:
        """Spans that nobody will see."""
        return self._outlet.dropped

    def close(self, within_sec: float = CLOSE_SEC) -> None:
        """Send what waits."""
        self._outlet.close(within_sec)


def open_otlp(component: str, ratio: float) -> Tracer:
    """Return a tracer that exports to where OpenTelemetry's own variables say."""
    # Says at every attempt what the outlet says once.
    logging.getLogger("opentelemetry").setLevel(logging.CRITICAL + 1)
    return OtlpTracer(component, ratio, OTLPSpanExporter())


def _remote(context: TraceContext) -> SpanContext:
    flags = TraceFlags(TraceFlags.SAMPLED if context.is_sampled else TraceFlags.DEFAULT)
    state = TraceState.from_header([context.state]) if context.state else TraceState()
    return SpanContext(
        int(context.trace_id, 16), int(context.span_id, 16), is_remote=True, trace_flags=flags, trace_state=state
    )


def _resource(component: str) -> Resource:
    """Return who we are; what the variables of OpenTelemetry say goes before."""
    ours = {SERVICE_NAME: f"{NAMESPACE}-{component}", SERVICE_NAMESPACE: NAMESPACE}
    return Resource.create(
        {**ours, SERVICE_VERSION: version(DISTRIBUTION), **OTELResourceDetector().detect().attributes}
    )
