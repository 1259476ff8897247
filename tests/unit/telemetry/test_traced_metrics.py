"""What a figure and a trace have in common: exemplars, and the count of what no collector took."""

from collections.abc import Mapping

import pytest
from prometheus_client import CollectorRegistry
from prometheus_client.openmetrics.parser import text_string_to_metric_families as parsed

from streams.desk.notify.notice import Kind
from streams.desk.service.said import Said
from streams.telemetry import recorder as recorder_module
from streams.telemetry.board import Board
from streams.telemetry.catalogue import GATEWAY
from streams.telemetry.desk import DeskRecorder
from streams.telemetry.gateway import GatewayRecorder
from streams.telemetry.recorder import Recorder
from streams.telemetry.trace_context import TraceContext, current
from streams.telemetry.tracing import Tracer
from streams.testing.alerts import alert

OPENMETRICS = "application/openmetrics-text; version=1.0.0"
TRACE = TraceContext("1" * 32, "2" * 16)


def exemplars(page: bytes, metric: str) -> Mapping[str, float]:
    """Return the traces and values of a histogram's exemplars."""
    found = {}
    for family in parsed(page.decode()):  # type: ignore[no-untyped-call] # it has no types
        for sample in family.samples if family.name == metric else ():
            if sample.exemplar is not None:
                found[sample.exemplar.labels["trace_id"]] = sample.exemplar.value
    return found


def test_the_time_to_an_alert_leads_to_its_trace(monkeypatch: pytest.MonkeyPatch) -> None:
    """As far as it was raised here and is in one; what is known of others makes room."""
    monkeypatch.setattr(recorder_module, "PENDING_MOST", 3)
    recorder = Recorder(CollectorRegistry())
    one, two, three = (alert(f"a{number}") for number in range(3))
    recorder.alerts_raised([one, two], recorded_ms=1_000)
    recorder.alerts_traced({("a0", 1): "1" * 32, ("a2", 1): "3" * 32})
    recorder.alerts_raised([three, *(alert(f"b{number}") for number in range(2))], recorded_ms=1_000)
    recorder.alerts_said([one], now_ms=1_040)  # it had to make room
    recorder.alerts_said([two], now_ms=1_040)
    assert exemplars(recorder.board.page(OPENMETRICS)[0], "touchpoint_time_to_alert_seconds") == {}
    recorder.alerts_raised([one], recorded_ms=1_000)
    recorder.alerts_traced({("a0", 1): "4" * 32})
    recorder.alerts_said([one], now_ms=1_040)
    assert exemplars(recorder.board.page(OPENMETRICS)[0], "touchpoint_time_to_alert_seconds") == {"4" * 32: 0.04}


def test_a_request_and_a_first_message_lead_to_theirs() -> None:
    """The gateway's by its span, the desk's by the task that has sent it; what is not recorded leads nowhere."""
    gateway, desk = GatewayRecorder(), DeskRecorder()
    gateway.answered("/v1/touchpoints", "ok", 0.25, "1" * 32)
    gateway.answered("/v1/touchpoints", "ok", 0.5)
    assert exemplars(gateway.page(OPENMETRICS)[0], "touchpoint_gateway_request_seconds") == {"1" * 32: 0.25}
    said = Said(desk)
    for context in (None, TraceContext("3" * 32, "2" * 16, is_sampled=False), TRACE):
        token = current.set(context)
        said.notification_sent("webhook", Kind.OPENED)
        said.first_told(750)
        current.reset(token)
    assert exemplars(desk.page(OPENMETRICS)[0], "touchpoint_desk_time_to_notify_seconds") == {TRACE.trace_id: 0.75}
    assert b"_count 3" in desk.page("")[0]


def test_dropped_spans_are_on_the_page() -> None:
    """Of whatever process, at each scrape."""

    class Leaky(Tracer):
        dropped = 7

    page, _ = Board("gateway", GATEWAY, tracer=Leaky()).page("")
    assert b"touchpoint_trace_spans_dropped_total 7.0" in page
    assert b"touchpoint_trace_spans_dropped_total 0.0" in Board("gateway", GATEWAY).page("")[0]
