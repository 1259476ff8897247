import time

import pytest
from opentelemetry.trace import StatusCode

from streams.broker.probe import free_port
from streams.telemetry.otlp import open_otlp
from streams.telemetry.trace_context import TraceContext
from streams.telemetry.tracing import Kind
from streams.testing.patience import PATIENCE_SEC
from tests.spans import Recorded, context_of, parent_of, said_of

CALLER = TraceContext("4bf92f3577b34da6a3ce929d0e0e4736", "00f067aa0ba902b7", state="vendor=1")


def test_a_span_goes_under_its_parent() -> None:
    """Trace and state are the caller's, and a child is under its span."""
    recorded = Recorded()
    span = recorded.tracer.start("serve", Kind.SERVER, parent=CALLER, attributes={"a": 1}, ago_sec=2.0)
    span.child("send", Kind.PRODUCER, {"b": "c"}).end({"d": True})
    span.end(failed="500")
    found = recorded.named()
    serve, send = found["serve"], found["send"]
    assert span.context == TraceContext(CALLER.trace_id, context_of(serve).span_id, state="vendor=1")
    assert (parent_of(serve), parent_of(send)) == (CALLER.span_id, context_of(serve).span_id)
    assert context_of(send).trace_id == span.trace_id == CALLER.trace_id
    assert (said_of(serve), said_of(send)) == ({"a": 1}, {"b": "c", "d": True})
    assert (serve.status.status_code, send.status.status_code) == (StatusCode.ERROR, StatusCode.UNSET)
    assert serve.start_time is not None
    assert send.start_time is not None
    assert send.start_time - serve.start_time == pytest.approx(2e9, rel=0.1)


def test_without_a_parent_a_trace_begins() -> None:
    """What it rests on is linked."""
    recorded = Recorded()
    recorded.tracer.start("tick", links=[CALLER]).end()
    (span,) = recorded.spans()
    assert span.parent is None
    assert [link.context.trace_id for link in span.links] == [int(CALLER.trace_id, 16)]


def test_a_decision_not_to_record_is_passed_on() -> None:
    """A parent that is not recorded goes through unchanged, whatever the ratio."""
    recorded, unsampled = Recorded(), TraceContext(CALLER.trace_id, CALLER.span_id, is_sampled=False)
    span = recorded.tracer.start("serve", parent=unsampled)
    assert span.child("send").context == span.context == unsampled
    assert span.trace_id == ""
    span.end()
    assert recorded.spans() == []


def test_the_ratio_is_for_traces_that_begin_here() -> None:
    """With 0 nothing begins, and what others record is recorded all the same."""
    recorded = Recorded(ratio=0.0)
    span = recorded.tracer.start("mine")
    span.child("its child").end()
    recorded.tracer.start("yours", parent=CALLER).end()
    assert span.context is None
    assert list(recorded.named()) == ["yours"]


def test_some_ratio_records_about_that_share() -> None:
    """One in four of many, within six standard deviations."""
    recorded = Recorded(ratio=0.25)
    count = sum(recorded.tracer.start("work").context is not None for _ in range(4_000))
    assert 836 < count < 1_164


def test_a_process_says_who_it_is(monkeypatch: pytest.MonkeyPatch) -> None:
    """The component, the version, and whatever the variables of OpenTelemetry say before that."""
    monkeypatch.setenv("OTEL_RESOURCE_ATTRIBUTES", "deployment.environment.name=test")
    recorded = Recorded()
    recorded.tracer.start("work").end()
    resource = recorded.spans()[0].resource.attributes
    assert resource["service.name"] == "touchpoint-test"
    assert resource["deployment.environment.name"] == "test"
    monkeypatch.setenv("OTEL_SERVICE_NAME", "mine")
    recorded = Recorded()
    recorded.tracer.start("work").end()
    assert recorded.spans()[0].resource.attributes["service.name"] == "mine"


def test_a_collector_that_is_away_costs_spans_and_one_line(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    """The exporter's own words at every attempt are not heard, and the end comes in time."""
    monkeypatch.setenv("OTEL_EXPORTER_OTLP_ENDPOINT", f"http://127.0.0.1:{free_port()}")
    monkeypatch.setenv("OTEL_EXPORTER_OTLP_TIMEOUT", "0.2")
    tracer = open_otlp("test", 1.0)
    tracer.start("first").end()
    deadline = time.monotonic() + PATIENCE_SEC
    while not tracer.dropped and time.monotonic() < deadline:
        time.sleep(0.01)
    tracer.start("second").end()
    began = time.monotonic()
    tracer.close(5.0)
    assert time.monotonic() - began < PATIENCE_SEC / 2
    assert tracer.dropped == 2
    assert [(record.name, record.levelname) for record in caplog.records] == [("touchpoint.tracing", "WARNING")]
