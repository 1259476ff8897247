"""What every component says of itself."""

from collections.abc import Sequence
from typing import Final

from streams.telemetry.catalogue.labels import COMPONENT, DEPENDENCY, VERSION
from streams.telemetry.metric import Kind, Metric

BUILD_INFO: Final = Metric(
    "touchpoint_build_info",
    Kind.GAUGE,
    "Always 1; the labels are the component and the version that runs.",
    "Two versions for longer than a roll-out: a process was not restarted.",
    (COMPONENT, VERSION),
)
READY: Final = Metric(
    "touchpoint_ready",
    Kind.GAUGE,
    "Whether the process does its work (1), or starts, recovers or lacks what it needs (0).",
    "0 for minutes: its /readyz gives the reason in words.",
)
DEPENDENCY_UP: Final = Metric(
    "touchpoint_dependency_up",
    Kind.GAUGE,
    "Whether what the process needs answers it (1) or not (0): Kafka, the database, the schema registry.",
    "0: look at that first, since most of what else is wrong then follows from it.",
    (DEPENDENCY,),
)
SPANS_DROPPED: Final = Metric(
    "touchpoint_trace_spans_dropped_total",
    Kind.COUNTER,
    "Spans of recorded traces that nobody will see: no collector took them, or too many waited.",
    "Any rate: look at the collector behind OTEL_EXPORTER_OTLP_ENDPOINT, or lower TOUCHPOINT_TRACE_RATIO.",
)

PROCESS: Final[Sequence[Metric]] = (BUILD_INFO, READY, DEPENDENCY_UP, SPANS_DROPPED)
