"""Alerts that came in a trace, through the desk: kept, decided, told.

What is known of a case's trace is in memory alone. After a restart, and where another desk sends, messages are in no
trace; nothing else depends on it.
"""

from collections.abc import Callable, Iterable, Sequence
from typing import Any, Final

from sqlalchemy.ext.asyncio import AsyncConnection

from streams.alerts.alert import Alert
from streams.codec.catalogue import ALERTS
from streams.desk.notify.notice import Notice
from streams.desk.service.news import News
from streams.desk.service.recent import Recent
from streams.telemetry.trace_context import TraceContext, of_headers
from streams.telemetry.tracing import NO_SPAN, Kind, Span, Tracer

GROUP: Final = "desk"
MOST: Final = 10_000  # cases, and notices, whose trace is known; the newest
KEPT_MS: Final = 3_600_000  # what is said of a case later is a story of its own
MOST_LINKS: Final = 8
_FOLDED: Final = {
    "messaging.system": "kafka",
    "messaging.operation.type": "process",
    "messaging.operation.name": "keep",
    "messaging.consumer.group.name": GROUP,
    "messaging.destination.name": ALERTS,
}


class Traces:
    """Watches changes; `now` gives ms since the epoch. Only where tracing is on."""

    def __init__(self, tracer: Tracer, now: Callable[[], int]) -> None:
        self._tracer = tracer
        self._keeping: dict[tuple[str, int], Span] = {}  # by alert id and revision: one batch
        self._cases: Recent[TraceContext] = Recent(MOST, KEPT_MS, now)
        self._owed: Recent[Sequence[TraceContext]] = Recent(MOST, KEPT_MS, now)  # by dedup key

    def read(self, records: Iterable[tuple[Alert, Any]]) -> None:
        """Begin to keep a batch of alerts with their Kafka records; one without a trace begins none."""
        self._keeping = {}  # what a batch that failed has begun is begun again
        for alert, record in records:
            context = of_headers(record.headers)
            if context is not None:
                attributes = {
                    **_FOLDED,
                    "messaging.destination.partition.id": str(record.partition),
                    "messaging.kafka.offset": record.offset,
                    "touchpoint.alert.id": alert.alert_id,
                    "touchpoint.alert.revision": alert.revision,
                }
                self._keeping[alert.alert_id, alert.revision] = self._tracer.start(
                    "keep alert", Kind.CONSUMER, parent=context, attributes=attributes
                )

    async def changed(self, connection: AsyncConnection, news: Sequence[News], now: int) -> None:
        """Learn to which cases the alerts of the batch have come."""
        for each in news:
            alert = each.alert
            span = self._keeping.get((alert.alert_id, alert.revision)) if alert is not None else None
            if span is not None and span.context is not None:
                self._cases.put(each.change.case.case_id, span.context)

    def kept(self) -> None:
        """End the batch: it is in the store."""
        for span in self._keeping.values():
            span.end()
        self._keeping = {}

    def decided(self, case_id: str, kind: str, reason: str) -> None:
        """Take note of a decision about a case, other than the one before."""
        context = self._cases.get(case_id)
        if context is not None:
            attributes = {"touchpoint.decision": kind, "touchpoint.reason": reason}
            span = self._tracer.start("decide", parent=context, attributes=attributes)
            span.end()
            if span.context is not None:
                self._cases.put(case_id, span.context)

    def owed(self, notice: Notice, cases: Iterable[str]) -> None:
        """Take note of what a notice is about; it replaces the one before under its key."""
        known = (self._cases.get(case_id) for case_id in cases)
        self._owed.put(notice.dedup_key, tuple(context for context in known if context is not None))

    def sending(self, notice: Notice, channel: str, attempt: int) -> Span:
        """Begin an attempt to send a notice over a kind of channel; of several cases the first is the parent."""
        contexts = self._owed.get(notice.dedup_key)
        if not contexts:
            return NO_SPAN
        attributes = {
            "touchpoint.channel": channel,
            "touchpoint.notice.about": notice.about.value,
            "touchpoint.notice.kind": notice.kind.value,
            "touchpoint.notice.attempt": attempt,
        }
        links = contexts[1 : MOST_LINKS + 1]
        return self._tracer.start("notify", Kind.CLIENT, parent=contexts[0], links=links, attributes=attributes)
