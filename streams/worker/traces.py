"""Which traces the alerts of one partition belong to.

Nothing of it is in a journey, so a replay cannot tell whether there was any (law L10), and what is said again after a
crash begins a trace of its own. Only where tracing is on; what is kept has bounds, and what is past them makes a span
without a parent.
"""

import time
from collections import deque
from collections.abc import Iterable, Sequence
from collections.abc import Set as AbstractSet
from typing import Any, Final, NamedTuple

import msgspec

from streams.alerts.alert import Alert
from streams.telemetry.trace_context import CLOUD_EVENT, TRACEPARENT, TraceContext, of_headers, parse
from streams.telemetry.tracing import Kind, Span
from streams.touchpoints.rejection import Rejection
from streams.worker.intake import HEADERS, OFFSET, TOPIC, VALUE, Entry
from streams.worker.kit import GROUP, Kit

MOST_CUSTOMERS: Final = 1_024  # of whom traced records are kept, those with the newest
MOST_OF_ONE: Final = 4
MOST_BYTES: Final = 4_096  # of a record that is kept
MOST_ALERTS: Final = 10_000  # that are not acknowledged
MOST_LINKS: Final = 8
Headers = list[tuple[str, bytes]]
_Name = tuple[str, int]  # alert id, revision
_MARKS: Final = (TRACEPARENT, CLOUD_EVENT + TRACEPARENT)
_BRACE: Final = b"{"
_IN_JSON: Final = f'"{TRACEPARENT}"'.encode()


class _Event(msgspec.Struct):
    """What of a CloudEvent in JSON says where it comes from."""

    traceparent: Any = None
    tracestate: Any = None


_event: Final = msgspec.json.Decoder(_Event)


class _Cause(NamedTuple):
    """A traced record of a customer."""

    topic: str
    offset: int
    touchpoint_id: str
    context: TraceContext


class Traces:
    """The spans of one partition's alerts, from the slice that raised them to their acknowledgement."""

    def __init__(self, number: int, kit: Kit) -> None:
        self._number = number
        self._tracer = kit.tracer
        self._decode = kit.decoder.decode
        self._traced = kit.signals.traced
        self._recent: dict[bytes, deque[Entry]] = {}  # by customer, who was seen last comes last
        self._spans: dict[_Name, Span] = {}

    def folded(self, alerts: Sequence[Alert], entries: Sequence[Entry] = (), began: float = 0.0) -> None:
        """Take a slice that began then (`time.perf_counter`) and what it has raised; without entries the clock has.

        The parent of an alert's span is the record that decided: of those in the slice the newest that the alert names
        as evidence, else the newest of its customer. What else is evidence is linked.
        """
        self._see(entries)
        if alerts:
            here = {(entry[TOPIC], entry[OFFSET]) for entry in entries} if self._recent else set()
            ago_sec = time.perf_counter() - began if entries else 0.0
            spans = {(each.alert_id, each.revision): self._begin(each, here, ago_sec) for each in alerts}
            self._traced({name: span.trace_id for name, span in spans.items() if span.trace_id})

    def _see(self, entries: Iterable[Entry]) -> None:
        """Keep the records of a slice that bear a trace; of all others only headers and first byte are looked at."""
        for entry in [each for each in entries if each[HEADERS] or (each[VALUE] or b"")[:1] == _BRACE]:
            _, _, _, _, key, value, headers = entry
            if key is not None and value is not None and len(value) <= MOST_BYTES and _is_traced(headers, value):
                kept = self._recent.pop(key, None) or deque(maxlen=MOST_OF_ONE)
                kept.append(entry)
                self._recent[key] = kept
                if len(self._recent) > MOST_CUSTOMERS:
                    del self._recent[next(iter(self._recent))]

    def headers(self, alert: Alert) -> Headers:
        """Return the headers of an alert's record; one that nobody began (a crowd's, one said again) begins here."""
        span = self._spans.get((alert.alert_id, alert.revision)) or self._begin(alert, frozenset(), 0.0)
        return span.context.headers() if span.context is not None else []

    def said(self, alerts: Iterable[Alert]) -> None:
        """End the spans of alerts that the broker has acknowledged."""
        for alert in alerts:
            if (span := self._spans.pop((alert.alert_id, alert.revision), None)) is not None:
                span.end()

    def _begin(self, alert: Alert, here: AbstractSet[tuple[str, int]], ago_sec: float) -> Span:
        causes = self._causes(alert)
        proof = {name for clause in alert.evidence for name in clause.touchpoints}
        new = [cause for cause in causes if (cause.topic, cause.offset) in here]
        parent = next((cause for cause in reversed(new) if cause.touchpoint_id in proof), new[-1] if new else None)
        links = [cause.context for cause in causes if cause.touchpoint_id in proof and cause is not parent]
        span = self._tracer.start(
            "raise alert",
            Kind.CONSUMER if parent else Kind.INTERNAL,
            parent=parent.context if parent else None,
            links=links[-MOST_LINKS:],
            attributes=self._attributes(alert, parent),
            ago_sec=ago_sec,
        )
        if len(self._spans) >= MOST_ALERTS:
            del self._spans[next(iter(self._spans))]
        self._spans[alert.alert_id, alert.revision] = span
        return span

    def _causes(self, alert: Alert) -> list[_Cause]:
        """Return what is known of the traced records of an alert's customer, oldest first."""
        causes = []
        for _, topic, offset, timestamp, key, value, headers in self._recent.get(alert.customer.encode(), ()):
            touchpoint = self._decode(value, key, headers, timestamp)
            context = of_headers(headers) or _of_event(value or b"")
            if context is not None and not isinstance(touchpoint, Rejection):
                causes.append(_Cause(topic, offset, touchpoint.id, context))
        return causes

    def _attributes(self, alert: Alert, parent: _Cause | None) -> dict[str, str | int]:
        ours: dict[str, str | int] = {
            "touchpoint.alert.id": alert.alert_id,
            "touchpoint.alert.revision": alert.revision,
            "touchpoint.alert.status": alert.status.value,
            "touchpoint.rule": alert.rule,
            "touchpoint.moment": alert.moment,
            "touchpoint.severity": alert.severity,
        }
        if parent is None:
            return ours
        return ours | {
            "messaging.system": "kafka",
            "messaging.operation.type": "process",
            "messaging.operation.name": "fold",
            "messaging.consumer.group.name": GROUP,
            "messaging.destination.name": parent.topic,
            "messaging.destination.partition.id": str(self._number),
            "messaging.kafka.offset": parent.offset,
        }


def _is_traced(headers: Iterable[tuple[str, bytes | None]], value: bytes) -> bool:
    """Return whether a record may bear a trace: in its headers, or as a CloudEvent in JSON."""
    if any(name in _MARKS for name, _ in headers):
        return True
    return value[:1] == _BRACE and _IN_JSON in value


def _of_event(value: bytes) -> TraceContext | None:
    if _IN_JSON not in value:
        return None
    try:
        event = _event.decode(value)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        return None
    named = event.traceparent, event.tracestate
    parent, state = (text if isinstance(text, str) else "" for text in named)
    return parse(parent, state)
