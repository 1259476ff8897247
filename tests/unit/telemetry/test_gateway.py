"""The gateway's metrics."""

from prometheus_client.parser import text_string_to_metric_families

from streams.gateway.api.problems import Code
from streams.gateway.outcome import Why
from streams.telemetry.catalogue import ANSWER, GATEWAY, WHY
from streams.telemetry.gateway import GatewayRecorder, SinkReading


def test_the_page_is_the_catalogue_of_the_gateway() -> None:
    """Every declared metric is there from the start, with its type; nothing else of ours is."""
    content, media_type = GatewayRecorder().page("")
    assert media_type.startswith("text/plain")
    families = {family.name: family for family in text_string_to_metric_families(content.decode())}
    assert {name: family.type for name, family in families.items() if name.startswith("touchpoint_")} == {
        metric.name.removesuffix("_total"): str(metric.kind) for metric in GATEWAY
    }


def test_what_became_of_items_and_requests_is_counted() -> None:
    """What did not happen makes no series."""
    recorder = GatewayRecorder()
    recorder.answered("/v1/touchpoints", "mixed", 0.012)
    recorder.judged(2, 0, 1)
    recorder.refused(Why.BAD_DATA)
    page = recorder.page("")[0].decode()
    assert 'touchpoint_gateway_requests_total{answer="mixed",way="/v1/touchpoints"} 1.0' in page
    assert 'touchpoint_gateway_items_total{verdict="accepted"} 2.0' in page
    assert 'verdict="ignored"' not in page
    assert 'touchpoint_gateway_refused_items_total{why="bad_data"} 1.0' in page
    assert 'touchpoint_gateway_request_seconds_bucket{le="0.01"} 0.0' in page
    assert 'touchpoint_gateway_request_seconds_bucket{le="0.02"} 1.0' in page


def test_how_the_sink_stands_is_read_at_each_scrape() -> None:
    """Where touchpoints went is counted as they go."""
    recorder = GatewayRecorder()
    recorder.stored("spool", 3)
    recorder.take(SinkReading(waiting=1, spooled=3, spooled_bytes=900, oldest_age_ms=1_500, drained=7, set_aside=2))
    page = recorder.page("")[0].decode()
    assert 'touchpoint_gateway_stored_total{place="spool"} 3.0' in page
    assert "touchpoint_gateway_spooled_age_seconds 1.5" in page
    assert "touchpoint_gateway_drained_total 7.0" in page


def test_labels_have_room_for_every_word() -> None:
    """None of ours ends up as `other`."""
    assert len(Code) + len(("ok", "mixed", "dry_run", "challenge", "gone")) < ANSWER.bound
    assert len(Why) < WHY.bound
