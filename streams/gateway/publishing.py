"""What goes on to Kafka in traces: a span while it becomes safe, and the context that goes along with each item."""

from collections.abc import Sequence
from typing import Final

import msgspec

from streams.gateway.candidate import Candidate
from streams.gateway.gate import Taken
from streams.gateway.outcome import Ignored, Refused
from streams.gateway.port import Full
from streams.telemetry.trace_context import TraceContext
from streams.telemetry.tracing import Kind, Span

Item = Candidate | Ignored | Refused
_SEND: Final = {"messaging.system": "kafka", "messaging.operation.type": "send", "messaging.operation.name": "publish"}


def begin(span: Span, items: Sequence[Item]) -> tuple[Span, Sequence[Item]]:
    """Return the span under which items become safe, and the items with it as what they come from.

    An event that was made in another trace (the extension `traceparent` of CloudEvents) stays in that one.
    """
    if span.context is None:
        return span, items
    sending = span.child("publish touchpoints", Kind.PRODUCER, {**_SEND, "messaging.batch.message_count": len(items)})
    return sending, [_marked(item, sending.context) for item in items]


def end(span: Span, taken: Taken | Full) -> None:
    """Say where items are safe."""
    where = "full" if isinstance(taken, Full) else taken.stored.value if taken.stored else "nowhere"
    span.end({"touchpoint.stored": where}, failed=where if isinstance(taken, Full) else "")


def _marked(item: Item, context: TraceContext | None) -> Item:
    if not isinstance(item, Candidate) or context is None or (item.trace and item.trace.trace_id != context.trace_id):
        return item
    return msgspec.structs.replace(item, trace=context)
