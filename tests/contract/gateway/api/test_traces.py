"""Requests in traces, from the caller's span to what is put on each record."""

from typing import Final

import pytest
from litestar.testing import TestClient
from prometheus_client.openmetrics.parser import text_string_to_metric_families as parsed

from streams.gateway.port import Full
from streams.telemetry.trace_context import TraceContext
from streams.testing.gateway import MemoryGateway
from tests.contract.gateway.api.conftest import BEARER, item
from tests.spans import Recorded, context_of, parent_of, said_of

PATH: Final = "/v1/touchpoints"
CALLER: Final = TraceContext("4bf92f3577b34da6a3ce929d0e0e4736", "00f067aa0ba902b7", state="vendor=1")
HEADERS: Final = BEARER | {"traceparent": CALLER.traceparent, "tracestate": CALLER.state}
OPENMETRICS: Final = "application/openmetrics-text; version=1.0.0"


@pytest.fixture
def recorded() -> Recorded:
    """Spans, in memory."""
    return Recorded()


@pytest.fixture
def gateway(recorded: Recorded) -> MemoryGateway:
    """A gateway that traces everything."""
    return MemoryGateway(tracer=recorded.tracer)


def send(gateway: MemoryGateway, *items: object, headers: dict[str, str] | None = None, path: str = PATH) -> int:
    """Send items; return the status."""
    with TestClient(gateway.app) as client:
        return client.post(path, json=items or [item()], headers=BEARER if headers is None else headers).status_code


def test_the_callers_trace_goes_on_to_each_record(gateway: MemoryGateway, recorded: Recorded) -> None:
    """Under the span of what makes them safe, which is under the request, which is under the caller's."""
    assert send(gateway, item(), item(id="2", type="no.such"), item(id="3"), headers=HEADERS) == 207
    spans = recorded.named()
    request, publish = spans[f"POST {PATH}"], spans["publish touchpoints"]
    assert (parent_of(request), parent_of(publish)) == (CALLER.span_id, context_of(request).span_id)
    on_records = TraceContext(CALLER.trace_id, context_of(publish).span_id, state=CALLER.state)
    assert [each.trace for each in gateway.sink.admitted] == [on_records, on_records]
    assert said_of(publish)["touchpoint.stored"] == "broker"
    assert said_of(publish)["messaging.batch.message_count"] == 3
    assert said_of(request) == {"http.request.method": "POST", "http.route": PATH, "http.response.status_code": 207}


def test_without_a_caller_in_a_trace_one_begins(gateway: MemoryGateway, recorded: Recorded) -> None:
    """What is malformed counts as no caller."""
    assert send(gateway, headers=BEARER | {"traceparent": "00-nonsense"}) == 202
    request = recorded.named()[f"POST {PATH}"]
    assert request.parent is None
    assert [each.trace.trace_id for each in gateway.sink.admitted if each.trace] == [context_of(request).trace_id]


def test_what_is_not_recorded_says_so_to_the_next(gateway: MemoryGateway, recorded: Recorded) -> None:
    """A caller who decided not to record is followed; nothing is exported."""
    unsampled = CALLER.traceparent.removesuffix("01") + "00"
    assert send(gateway, headers=BEARER | {"traceparent": unsampled}) == 202
    assert [each.trace.traceparent for each in gateway.sink.admitted if each.trace] == [unsampled]
    assert recorded.spans() == []


def test_an_event_stays_in_the_trace_in_which_it_was_made(gateway: MemoryGateway) -> None:
    """Unless that is the caller's own: then the way through the gateway is part of it."""
    event = {"specversion": "1.0", "source": "//shop.example", "type": "payment.failed", "customer": "ana"}
    other = TraceContext("1" * 32, "2" * 16)
    events = [
        event | {"id": "1", "traceparent": other.traceparent},
        event | {"id": "2", "traceparent": CALLER.traceparent},
    ]
    headers = HEADERS | {"content-type": "application/cloudevents-batch+json"}
    assert send(gateway, *events, headers=headers, path="/v1/events") == 202
    first, second = (each.trace for each in gateway.sink.admitted)
    assert first == other
    assert second is not None
    assert second.trace_id == CALLER.trace_id
    assert second.span_id != CALLER.span_id


def test_who_has_no_key_is_in_no_trace(gateway: MemoryGateway, recorded: Recorded) -> None:
    """Nobody from outside can fill the collector."""
    assert send(gateway, headers={"traceparent": CALLER.traceparent, "authorization": "Bearer wrong"}) == 401
    assert recorded.spans() == []


def test_what_finds_no_safe_place_is_marked(gateway: MemoryGateway, recorded: Recorded) -> None:
    """Both spans are errors, so that somebody finds them."""
    gateway.sink.answer = Full(7)
    assert send(gateway) == 503
    spans = recorded.named()
    assert {name: span.status.description for name, span in spans.items()} == {
        "publish touchpoints": "full",
        f"POST {PATH}": "503",
    }


def test_nothing_personal_is_in_a_span(gateway: MemoryGateway, recorded: Recorded) -> None:
    """Neither who it is about nor what was said."""
    send(gateway, item(customer="ana-maria", data={"amount": 47110471.0}), headers=HEADERS)
    text = "".join(span.to_json() for span in recorded.spans())
    assert "ana-maria" not in text
    assert "47110471" not in text  # longer than what ids and times come to by chance


def test_a_slow_request_can_be_found_in_its_trace(gateway: MemoryGateway) -> None:
    """The exemplar of its bucket, in OpenMetrics alone."""
    send(gateway, headers=HEADERS)
    page, media_type = gateway.recorder.page(OPENMETRICS)
    assert media_type.startswith("application/openmetrics-text")
    families = parsed(page.decode())  # type: ignore[no-untyped-call] # it has no types
    (family,) = [each for each in families if each.name == "touchpoint_gateway_request_seconds"]
    assert [each.exemplar.labels for each in family.samples if each.exemplar] == [{"trace_id": CALLER.trace_id}]
    assert CALLER.trace_id not in gateway.recorder.page("text/plain")[0].decode()


def test_without_tracing_no_record_has_a_header() -> None:
    """Whatever the caller sends."""
    gateway = MemoryGateway()
    assert send(gateway, headers=HEADERS) == 202
    assert [each.trace for each in gateway.sink.admitted] == [None]
