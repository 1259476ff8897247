"""What the canary says: a made-up customer whose touchpoints travel the whole path all the time."""

from collections.abc import Sequence
from typing import Final

from streams.telemetry.catalogue.process import PROCESS
from streams.telemetry.metric import Kind, Label, Metric

STAGE: Final = Label("stage", 4)  # accepted, alert, notification

CANARY_BUCKETS: Final = (0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 30.0, 60.0, 300.0)

CANARY_SENT: Final = Metric(
    "touchpoint_canary_sent_total",
    Kind.COUNTER,
    "Touchpoints that the canary sent, or tried to send, to the gateway.",
    "At rest: the canary does not run; nothing watches the whole path.",
)
CANARY_HEARD: Final = Metric(
    "touchpoint_canary_heard_total",
    Kind.COUNTER,
    "Touchpoints of the canary heard of again, by stage: accepted (the gateway stored it), alert, notification.",
    "The first stage that is behind touchpoint_canary_sent_total is where the path is broken.",
    (STAGE,),
)
CANARY_DELAY: Final = Metric(
    "touchpoint_canary_delay_seconds",
    Kind.HISTOGRAM,
    "From the sending of a touchpoint of the canary to its arrival at a stage.",
    "Growing at one stage: look at the component before it.",
    (STAGE,),
    CANARY_BUCKETS,
)
CANARY_HEARD_AT: Final = Metric(
    "touchpoint_canary_heard_timestamp_seconds",
    Kind.GAUGE,
    "When the canary was last heard of at a stage, as Unix time; 0: not since its start.",
    "Minutes ago: customers' alerts do not arrive either; follow the runbook of the dead-man alert.",
    (STAGE,),
)

CANARY: Final[Sequence[Metric]] = (*PROCESS, CANARY_SENT, CANARY_HEARD, CANARY_DELAY, CANARY_HEARD_AT)
