"""Which trace an alert belongs to, from headers of records to the header of its own."""

import asyncio
from collections.abc import Mapping
from types import SimpleNamespace
from typing import Any, Final

import msgspec

from streams.alerts.alert import Alert, Evidence
from streams.alerts.partition import Partition
from streams.codec.registry import shipped_store
from streams.codec.touchpoint import TouchpointDecoder, encode, to_json
from streams.codec.vocabulary import shipped
from streams.rules.compile import compile_rules
from streams.rules.model import Count, Selector
from streams.telemetry.trace_context import TraceContext, of_headers
from streams.testing.alerts import alert
from streams.testing.fences import ManualFence
from streams.testing.journeys import SHOP, rule, touchpoint
from streams.worker.effects import Effects
from streams.worker.intake import Entry
from streams.worker.signals import Signals
from streams.worker.traces import MOST_ALERTS, MOST_BYTES, MOST_CUSTOMERS, Traces
from tests.spans import Recorded, context_of, parent_of, said_of

WEB: Final = "touchpoints.web"
DECODER: Final = TouchpointDecoder(shipped(), shipped_store())


def context(number: int) -> TraceContext:
    """Return one of many."""
    return TraceContext(f"{number:032x}", f"{number:016x}")


def entry(offset: int, identity: str = "", trace: TraceContext | None = None, customer: str = "customer-1") -> Entry:
    """Return a fetched record."""
    one = touchpoint("payment.failed", offset, identity=identity or f"t{offset}", customer=customer)
    headers = trace.headers() if trace is not None else []
    return (one.time, WEB, offset, one.time, customer.encode(), encode(one), headers)


def raised(*evidence: str, **fields: Any) -> Alert:
    """Return an alert that rests on touchpoints of these ids."""
    return alert(evidence=(Evidence("three failures", 3, 3, evidence),), **fields)


class Subject:
    """The traces of partition 3."""

    def __init__(self) -> None:
        self.recorded = Recorded()
        self.traced: dict[tuple[str, int], str] = {}
        signals = SimpleNamespace(traced=self.traced.update)
        kit: Any = SimpleNamespace(tracer=self.recorded.tracer, decoder=DECODER, signals=signals)
        self.traces = Traces(3, kit)

    def span_of(self, *alerts: Alert) -> Any:
        """Acknowledge alerts; return the only span."""
        self.traces.said(alerts)
        (span,) = self.recorded.spans()
        return span


def test_the_record_that_decided_is_the_parent() -> None:
    """The newest of the slice that the alert names, and not the newest of all; what it rests on is linked."""
    subject = Subject()
    subject.traces.folded([], [entry(1, trace=context(1))])
    one = raised("t1", "t2")
    records = [entry(2, trace=context(2)), entry(3, trace=context(3)), entry(4, trace=context(4), customer="other")]
    subject.traces.folded([one], records)
    span = subject.span_of(one)
    assert parent_of(span) == context(2).span_id
    assert context_of(span).trace_id == context(2).trace_id == subject.traced[one.alert_id, one.revision]
    assert [link.context.trace_id for link in span.links] == [1]
    said = said_of(span)
    assert (said["messaging.destination.name"], said["messaging.kafka.offset"]) == (WEB, 2)
    assert said["messaging.destination.partition.id"] == "3"
    assert (said["touchpoint.rule"], said["touchpoint.severity"]) == ("payment-failing", "high")
    assert "customer-1" not in span.to_json()


def test_where_the_alert_names_none_the_newest_record_decided() -> None:
    """A recovery rests on what came last."""
    subject, one = Subject(), raised()
    subject.traces.folded([one], [entry(1, trace=context(1)), entry(2, trace=context(2)), entry(3)])
    assert parent_of(subject.span_of(one)) == context(2).span_id


def test_a_deadline_begins_a_trace_and_links_what_it_rests_on() -> None:
    """Nobody's request made it, but it has its reasons."""
    subject, one = Subject(), raised("t1")
    subject.traces.folded([], [entry(1, trace=context(1)), entry(2, trace=context(2))])
    subject.traces.folded([one])
    span = subject.span_of(one)
    assert span.parent is None
    assert [link.context.trace_id for link in span.links] == [1]
    assert "messaging.kafka.offset" not in said_of(span)


def test_events_bear_their_trace_in_headers_or_in_the_body() -> None:
    """CloudEvents that go to Kafka directly, in either mode."""
    plain = touchpoint("payment.failed", 1, identity="t1", customer="customer-1")
    body = msgspec.json.decode(to_json(plain)) | {"specversion": "1.0", "traceparent": context(1).traceparent}
    structured = replace_value(entry(1), msgspec.json.encode(body))
    binary = (*entry(2)[:6], [("ce_traceparent", context(2).traceparent.encode())])
    for record, wanted in ((structured, context(1)), (binary, context(2))):
        subject, one = Subject(), raised()
        subject.traces.folded([one], [record])
        assert parent_of(subject.span_of(one)) == wanted.span_id


def replace_value(record: Entry, value: bytes) -> Entry:
    """Return the record with another value."""
    return (*record[:5], value, record[6])


def test_what_is_kept_has_bounds() -> None:
    """Beyond them a span has no parent or link, and nothing grows."""
    subject = Subject()
    subject.traces.folded([], [entry(n, trace=context(n + 1), customer=f"c{n}") for n in range(MOST_CUSTOMERS + 5)])
    assert len(subject.traces._recent) == MOST_CUSTOMERS
    large = replace_value(entry(1, trace=context(1)), b"x" * (MOST_BYTES + 1))
    garbage = replace_value(entry(2, trace=context(2)), b"{" + b"x" * 10)
    one = raised()
    subject.traces.folded([one], [large, garbage])
    assert subject.span_of(one).parent is None
    for number in range(MOST_ALERTS + 5):
        subject.traces.headers(alert(f"a{number}"))
    assert len(subject.traces._spans) == MOST_ALERTS


def test_records_of_whatever_kind_hurt_nobody() -> None:
    """Without a key, a value or sense: they are no dead letters for this reason, nor the end of a worker."""
    subject, one, headers = Subject(), raised(), [("traceparent", None), ("", b"\xff")]
    records: list[Entry] = [
        (1, WEB, 1, 1, b"customer-1", b"", headers),
        (1, WEB, 2, 1, b"customer-1", None, context(1).headers()),
        (1, WEB, 3, 1, None, b"{", context(1).headers()),
        (1, WEB, 4, 1, b"customer-1", b'{"traceparent": 7', []),
        (1, WEB, 5, 1, b"customer-1", b"\xff" * 9, context(1).headers()),
        (1, WEB, 6, 1, b"customer-1", b"", [("x", b"y")]),
    ]
    subject.traces.folded([one], records)
    assert subject.span_of(one).parent is None


async def said_by(subject: Subject | None) -> tuple[ManualFence, Mapping[str, Any]]:
    """Let a partition raise and say an alert; return what went out."""
    twice = rule("twice", Count(Selector(types=("payment.failed",)), at_least=2, within_ms=3_600_000))
    core, fence = Partition(0, compile_rules([twice], SHOP)), ManualFence()
    effects = Effects(
        core,
        fence,  # type: ignore[arg-type] # a double
        0,
        changelog="changelog",
        alerts="alerts",
        recovery="recovery",
        encode_alert=lambda alert: f"{alert.rule}/{alert.revision}".encode(),
        signals=Signals(),
        traces=subject.traces if subject else None,
    )
    speaker = asyncio.create_task(effects.speak())
    for offset in range(2):
        one = touchpoint("payment.failed", offset, identity=f"t{offset}", customer="customer-1")
        core.fold(0, [(offset, b"customer-1", one)], 0)
    if subject:
        subject.traces.folded(core.raised, [entry(0, trace=context(1)), entry(1, trace=context(2))])
    effects.alert()
    await effects.spoken()
    speaker.cancel()
    records = dict(fence.of("changelog"))
    return fence, {"changelog": records, "alerts": fence.of("alerts")}


async def test_the_alerts_record_bears_its_span_and_nothing_else_does() -> None:
    """The header of the alert, and not one of a journey."""
    subject = Subject()
    fence, out = await said_by(subject)
    (span,) = subject.recorded.spans()
    ((record, headers),) = fence.headers.items()
    assert record == out["alerts"][0]
    assert of_headers(headers) == context_of(span)
    assert parent_of(span) == context(2).span_id


async def test_what_is_remembered_and_said_is_the_same_without() -> None:
    """A replay finds the same bytes whether there was a trace or not (L10), and without there is no header."""
    untraced, traced = await said_by(None), await said_by(Subject())
    assert untraced[1] == traced[1]
    assert untraced[0].headers == {}


async def test_what_is_said_again_after_a_crash_begins_a_trace() -> None:
    """Nothing of a trace is remembered; the alert bears a new one and is the same alert."""
    subject = Subject()
    one = raised()
    assert of_headers(subject.traces.headers(one)) is not None
    assert subject.span_of(one).parent is None
