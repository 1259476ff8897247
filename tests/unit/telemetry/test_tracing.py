import subprocess
import sys

import pytest

from streams.errors import SettingError
from streams.settings.settings import Settings
from streams.telemetry.open_tracer import open_tracer
from streams.telemetry.trace_context import TraceContext
from streams.telemetry.tracing import OFF

IMPORTED = """
import sys
import streams.desk.web, streams.gateway.web, streams.worker.run
print([name for name in sys.modules if name.startswith(("opentelemetry", "streams.telemetry.otlp"))])
"""


def test_without_tracing_nothing_of_it_is_imported() -> None:
    """Neither worker nor desk nor gateway pays for what is off."""
    done = subprocess.run([sys.executable, "-c", IMPORTED], capture_output=True, text=True, check=True)
    assert done.stdout == "[]\n"


def test_it_is_off_by_default_and_then_does_nothing() -> None:
    """No span has a context, not even under one that is recorded, so no header is written."""
    tracer = open_tracer("worker", Settings())
    assert tracer is OFF
    span = tracer.start("work", parent=TraceContext("1" * 32, "2" * 16))
    span.child("more").end({"a": 1}, failed="because")
    span.end()
    assert (span.context, span.trace_id, tracer.is_on, tracer.dropped) == (None, "", False, 0)
    tracer.close()


def test_opentelemetry_may_switch_it_off(monkeypatch: pytest.MonkeyPatch) -> None:
    """OTEL_SDK_DISABLED means what it means everywhere."""
    monkeypatch.setenv("OTEL_SDK_DISABLED", "True")
    assert open_tracer("worker", Settings(tracing="otlp")) is OFF


@pytest.mark.parametrize(
    ("settings", "place"),
    [
        (Settings(tracing="jaeger"), "TOUCHPOINT_TRACING"),
        (Settings(tracing="otlp", trace_ratio=1.5), "TOUCHPOINT_TRACE_RATIO"),
        (Settings(trace_ratio=float("nan")), "TOUCHPOINT_TRACE_RATIO"),
    ],
)
def test_wrong_settings_are_named(settings: Settings, place: str) -> None:
    """A mistake ends the start, with its place and what to write instead."""
    with pytest.raises(SettingError) as caught:
        open_tracer("worker", settings)
    assert caught.value.place == place
    assert caught.value.remedy
