"""Requests in traces: a span for what came in; what goes on to Kafka is under it (`publishing`).

Only requests with a valid key are traced, so nobody else can fill a collector.
"""

from typing import Final

from streams.gateway.api.request import Request
from streams.telemetry.trace_context import TRACEPARENT, TRACESTATE, TraceContext, parse
from streams.telemetry.tracing import Kind, Span, Tracer

FAULTS: Final = 500  # from this status on it is our mistake
_PARENT: Final = TRACEPARENT.encode()
_STATE: Final = TRACESTATE.encode()


def begin(tracer: Tracer, request: Request, route: str, ago_sec: float, *, parent: TraceContext | None = None) -> Span:
    """Return the span of a request that came so long ago, under that of the caller where its headers name one."""
    if _PARENT in request.headers:
        parent = parse(request.header(_PARENT), request.header(_STATE)) or parent
    attributes = {"http.request.method": request.method, "http.route": route}
    return tracer.start(f"{request.method} {route}", Kind.SERVER, parent=parent, attributes=attributes, ago_sec=ago_sec)


def end(span: Span, status: int) -> None:
    """Say how a request was answered."""
    span.end({"http.response.status_code": status}, failed=str(status) if status >= FAULTS else "")
