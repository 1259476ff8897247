"""Which tracer a process has, by its settings; what sends spans is imported only where there are some."""

import os
from typing import Final

from streams.errors import SettingError
from streams.settings.settings import Settings
from streams.telemetry.tracing import OFF, Tracer

MODES: Final = ("off", "otlp")


def open_tracer(component: str, settings: Settings) -> Tracer:
    """Return the tracer of a process; raises SettingError for a mode or a ratio that is none.

    Where spans go, and what goes with them, is said in OpenTelemetry's own variables (OTEL_EXPORTER_OTLP_ENDPOINT,
    OTEL_EXPORTER_OTLP_HEADERS, OTEL_RESOURCE_ATTRIBUTES ...).
    """
    if settings.tracing not in MODES:
        raise SettingError(
            f"`{settings.tracing}` is no way to trace", place="TOUCHPOINT_TRACING", remedy=f"one of {', '.join(MODES)}"
        )
    if not 0.0 <= settings.trace_ratio <= 1.0:
        raise SettingError(
            f"{settings.trace_ratio:g} is no share", place="TOUCHPOINT_TRACE_RATIO", remedy="from 0 to 1, such as 0.01"
        )
    if settings.tracing == "off" or os.environ.get("OTEL_SDK_DISABLED", "").strip().lower() == "true":
        return OFF
    from streams.telemetry.otlp import open_otlp  # noqa: PLC0415 - it takes time and memory that nobody else needs

    return open_otlp(component, settings.trace_ratio)
