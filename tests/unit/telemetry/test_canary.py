"""The canary's page of metrics."""

from prometheus_client import generate_latest

from streams.canary.rounds import Stage
from streams.telemetry.canary import CanaryRecorder


def page(recorder: CanaryRecorder) -> str:
    """Return the page."""
    return generate_latest(recorder.registry).decode()


def test_every_stage_is_shown_before_anything_was_heard() -> None:
    """So that the dead-man alert sees a canary that has never been heard."""
    shown = page(CanaryRecorder(Stage))
    for stage in Stage:
        assert f'touchpoint_canary_heard_timestamp_seconds{{stage="{stage}"}} 0.0' in shown
        assert f'touchpoint_canary_heard_total{{stage="{stage}"}} 0.0' in shown


def test_what_is_heard_is_counted_with_its_delay_and_time() -> None:
    """And what was sent, whether it is heard or not."""
    recorder = CanaryRecorder(Stage)
    recorder.sent()
    recorder.heard(Stage.ALERT, 0.3, 1_790_000_000.0)
    recorder.ready(is_ready=True)
    shown = page(recorder)
    assert "touchpoint_canary_sent_total 1.0" in shown
    assert 'touchpoint_canary_heard_timestamp_seconds{stage="alert"} 1.79e+09' in shown
    assert 'touchpoint_canary_delay_seconds_bucket{le="0.5",stage="alert"} 1.0' in shown
    assert 'touchpoint_canary_delay_seconds_bucket{le="0.25",stage="alert"} 0.0' in shown
    assert "touchpoint_ready 1.0" in shown
