"""What the workers say of customers: moments of truth, alerts and promises. No customer is in it, nor the canary.

Counters count in this process and begin again with it, as Prometheus expects. A touchpoint is counted by the worker
that folds it, an alert by the one whose writing the broker acknowledged; after a kill what was under way may count
twice.
"""

from collections.abc import Sequence
from typing import Final

from streams.telemetry.catalogue.labels import CHANNEL, MOMENT, SEVERITY
from streams.telemetry.metric import Kind, Label, Metric

POLARITY: Final = Label("polarity", 4)
STORE: Final = Label("store", 501)
CLOSED_AS: Final = Label("outcome", 5)
PROMISE: Final = Label("promise", 33)
PROMISE_OUTCOME: Final = Label("outcome", 5)

RECOVER_BUCKETS: Final = (
    300.0, 900.0, 1800.0, 3600.0, 7200.0, 21600.0, 43200.0, 86400.0, 172800.0, 259200.0, 604800.0, 1209600.0, 2592000.0
)  # fmt: skip # 5 minutes to 30 days

MOMENT_TOUCHPOINTS: Final = Metric(
    "touchpoint_moment_touchpoints_total",
    Kind.COUNTER,
    "Touchpoints folded into journeys, by moment of truth, channel and polarity of their type (negative neutral "
    "positive); moment none: the type belongs to none.",
    "A channel at rest: `touchpoint sources list` tells whether its source is. Other: more than 32 channels.",
    (MOMENT, CHANNEL, POLARITY),
)
NEGATIVE_MOMENTS: Final = Metric(
    "touchpoint_negative_moments_total",
    Kind.COUNTER,
    "Live alerts raised: acknowledged for the first time as more than watching; by moment of truth, channel of the "
    "touchpoint that decided (none: a crowd, or nobody knows), and severity at that time.",
    "A moment far above its usual share of touchpoints: see which rule in touchpoint_alerts_raised_total.",
    (MOMENT, CHANNEL, SEVERITY),
)
STORE_NEGATIVE_MOMENTS: Final = Metric(
    "touchpoint_store_negative_moments_total",
    Kind.COUNTER,
    "Of the negative moments those that bear a store, by subject or till; stores past the first 500 count as other.",
    "One store far above the others of its size: call its manager; the desk lists the cases.",
    (STORE, MOMENT),
)
ALERTS_CLOSED: Final = Metric(
    "touchpoint_alerts_closed_total",
    Kind.COUNTER,
    "Live alerts that were firing and are over, by how: recovered, lost, expired, retracted (late touchpoints or new "
    "rules took it back); one that is opened again and closes again counts again.",
    "Many lost: nobody reaches customers in time. Many retracted: a source delivers late, see touchpoint_sources.",
    (MOMENT, CLOSED_AS),
)
TIME_TO_RECOVER: Final = Metric(
    "touchpoint_time_to_recover_seconds",
    Kind.HISTOGRAM,
    "Event time from the start of what a live alert is about to the customer's recovery.",
    "Growing: cases wait (touchpoint_desk_time_to_acknowledge_seconds), or what helps takes longer.",
    (MOMENT,),
    RECOVER_BUCKETS,
)
PROMISES: Final = Metric(
    "touchpoint_promises_total",
    Kind.COUNTER,
    "Promises to customers, by kind and what became of them: made, kept, broken (its time has passed), cancelled; one "
    "that is kept after it was broken counts as both.",
    "Broken ones of a kind rising: see who keeps it (schemas/vocabulary.yaml), and whether their source is silent.",
    (PROMISE, PROMISE_OUTCOME),
)

BUSINESS: Final[Sequence[Metric]] = (
    MOMENT_TOUCHPOINTS,
    NEGATIVE_MOMENTS,
    STORE_NEGATIVE_MOMENTS,
    ALERTS_CLOSED,
    TIME_TO_RECOVER,
    PROMISES,
)
