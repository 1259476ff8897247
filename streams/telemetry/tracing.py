"""The port of traces: whoever does work that is worth a span asks the tracer of its process for one.

Off by default. Then there is nothing behind it: no import, no thread, no header, and a span that costs a call.
"""

from collections.abc import Iterable, Mapping
from enum import StrEnum
from typing import Final

from streams.telemetry.trace_context import TraceContext

Attributes = Mapping[str, str | int | float | bool]
CLOSE_SEC: Final = 1.5  # for spans that still wait when a process ends


class Kind(StrEnum):
    """What a span is to those beside it."""

    INTERNAL = "internal"
    SERVER = "server"
    CLIENT = "client"
    PRODUCER = "producer"
    CONSUMER = "consumer"


class Span:
    """A piece of work; this one is not recorded. `context` is what the next one goes under, None outside a trace."""

    __slots__ = ("context",)

    def __init__(self, context: TraceContext | None = None) -> None:
        self.context = context

    @property
    def trace_id(self) -> str:
        """The trace in which somebody can find this span; empty where nobody can."""
        return ""

    def child(self, name: str, kind: Kind = Kind.INTERNAL, attributes: Attributes | None = None) -> "Span":
        """Return a span under this one that begins now; not recorded where this one is not."""
        return self

    def end(self, attributes: Attributes | None = None, *, failed: str = "") -> None:
        """Say that the work is done, and what is known now; `failed` is a word for why it was in vain."""


NO_SPAN: Final = Span()


class Tracer:
    """Begins spans; this one begins none. Nothing of a customer may be in a name or an attribute."""

    is_on = False

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
        """Return a span that began so long ago, under its parent, or without one in a trace of its own.

        Whether a trace is recorded is decided where it begins, and holds to its end: a parent that is not recorded is
        passed on as it is.
        """
        return NO_SPAN

    @property
    def dropped(self) -> int:
        """Spans of this process that nobody will ever see: the queue was full, or no collector took them."""
        return 0

    def close(self, within_sec: float = CLOSE_SEC) -> None:
        """Send what waits, for no longer than this, and end; blocks its thread."""


OFF: Final = Tracer()
