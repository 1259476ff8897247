"""W3C Trace Context: which trace something belongs to, as `traceparent` and `tracestate` of HTTP and of Kafka records.

What is malformed counts as absent, as the recommendation asks: a header of somebody else must not hurt a touchpoint.
"""

import re
from collections.abc import Iterable
from contextvars import ContextVar
from typing import Final

import msgspec

TRACEPARENT: Final = "traceparent"
TRACESTATE: Final = "tracestate"
CLOUD_EVENT: Final = "ce_"  # before the names, where they are attributes of a CloudEvent

_MOST_STATE: Final = 512  # characters; a longer state may be dropped
_PARENT: Final = re.compile(r"(?!ff)([0-9a-f]{2})-(?!0{32})([0-9a-f]{32})-(?!0{16})([0-9a-f]{16})-([0-9a-f]{2})(-.*)?")
_STATE: Final = re.compile(r"[ -~]+")
_OURS: Final = "00"  # the version that we write
_SAMPLED: Final = 1


class TraceContext(msgspec.Struct, frozen=True, array_like=True, gc=False):
    """A trace and the span in it that whatever comes next belongs under; ids are lower-case hexadecimal digits."""

    trace_id: str
    span_id: str
    is_sampled: bool = True
    state: str = ""

    @property
    def traceparent(self) -> str:
        """The context as a header of version 00."""
        return f"{_OURS}-{self.trace_id}-{self.span_id}-{_SAMPLED if self.is_sampled else 0:02x}"

    def headers(self) -> list[tuple[str, bytes]]:
        """Return the headers of a Kafka record."""
        found = [(TRACEPARENT, self.traceparent.encode())]
        return [*found, (TRACESTATE, self.state.encode())] if self.state else found


current: Final[ContextVar[TraceContext | None]] = ContextVar("current trace", default=None)
"""Under what the work of this task is traced, for those far below who send it on."""


def parse(traceparent: str, tracestate: str = "") -> TraceContext | None:
    """Return the context of such headers, None where they are none; a state that is malformed is dropped alone."""
    found = _PARENT.fullmatch(traceparent)
    if found is None or (found[1] == _OURS and found[5] is not None):
        return None
    state = tracestate if len(tracestate) <= _MOST_STATE and _STATE.fullmatch(tracestate) else ""
    return TraceContext(found[2], found[3], bool(int(found[4], 16) & _SAMPLED), state)


def of_headers(headers: Iterable[tuple[str, bytes | None]]) -> TraceContext | None:
    """Return the context of a Kafka record: that of its transport, else that of the CloudEvent in its headers."""
    found = {name.lower(): (value or b"").decode("latin-1") for name, value in headers}
    for prefix in ("", CLOUD_EVENT):
        context = parse(found.get(prefix + TRACEPARENT, ""), found.get(prefix + TRACESTATE, ""))
        if context is not None:
            return context
    return None
