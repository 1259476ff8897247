"""What the gateway says: its part of the catalogue."""

from collections.abc import Sequence
from typing import Final

from streams.telemetry.catalogue.process import PROCESS
from streams.telemetry.metric import Kind, Label, Metric

WAY: Final = Label("way", 16)  # templates of paths, never paths
ANSWER: Final = Label("answer", 24)
VERDICT: Final = Label("verdict", 4)
WHY: Final = Label("why", 12)
PLACE: Final = Label("place", 4)

REQUEST_BUCKETS: Final = (0.001, 0.0025, 0.005, 0.01, 0.02, 0.05, 0.1, 0.25, 1.0, 5.0)

GATEWAY_REQUESTS: Final = Metric(
    "touchpoint_gateway_requests_total",
    Kind.COUNTER,
    "Requests that brought touchpoints, or tried to, by way in and answer: ok, mixed, or the word for the problem.",
    "Many full: the broker is away and the spool is full. Many too_many: a key needs a higher rate, or a loop an end.",
    (WAY, ANSWER),
)
GATEWAY_ITEMS: Final = Metric(
    "touchpoint_gateway_items_total",
    Kind.COUNTER,
    "Items of requests by what became of them: accepted (safe), ignored, refused.",
    "Many refused: touchpoint_gateway_refused_items_total says why, the access log (`all` of it) which key.",
    (VERDICT,),
)
GATEWAY_REFUSED: Final = Metric(
    "touchpoint_gateway_refused_items_total",
    Kind.COUNTER,
    "Items that were refused or ignored, by why.",
    "Mend what sends them; each answer has the place in the item, and `?dry_run=1` tries without sending.",
    (WHY,),
)
GATEWAY_SECONDS: Final = Metric(
    "touchpoint_gateway_request_seconds",
    Kind.HISTOGRAM,
    "From the first byte of a request to its answer, the acknowledgement of its touchpoints included.",
    "Above 20 ms: look at the broker first, then at the size of batches.",
    buckets=REQUEST_BUCKETS,
)
GATEWAY_STORED: Final = Metric(
    "touchpoint_gateway_stored_total",
    Kind.COUNTER,
    "Touchpoints by where they were made safe: broker (acknowledged), spool (on this disk), full (turned away).",
    "Any spool: the broker was away, or slow to acknowledge. Any full: senders have to come again.",
    (PLACE,),
)
GATEWAY_WAITING: Final = Metric(
    "touchpoint_gateway_waiting_records",
    Kind.GAUGE,
    "Touchpoints whose senders wait for an answer.",
    "High for more than seconds: the broker acknowledges slowly, see touchpoint_gateway_request_seconds.",
)
GATEWAY_SPOOLED: Final = Metric(
    "touchpoint_gateway_spooled_records",
    Kind.GAUGE,
    "Touchpoints in the spool, on their way to a broker that is away or has just come back.",
    "Growing: bring the broker back; the disk must outlive this machine's restart, and the spool has a bound.",
)
GATEWAY_SPOOLED_BYTES: Final = Metric(
    "touchpoint_gateway_spooled_bytes",
    Kind.GAUGE,
    "What the spool takes of the disk.",
    "Near TOUCHPOINT_GATEWAY_SPOOL_MB: senders are soon turned away.",
)
GATEWAY_SPOOLED_AGE: Final = Metric(
    "touchpoint_gateway_spooled_age_seconds",
    Kind.GAUGE,
    "How long the oldest touchpoint in the spool has been there; 0 where there is none.",
    "Above a minute: alerts about what waits are as late; bring the broker back, and do not delete the data folder.",
)
GATEWAY_DRAINED: Final = Metric(
    "touchpoint_gateway_drained_total",
    Kind.COUNTER,
    "Touchpoints that went from the spool to the broker.",
    "Still while touchpoint_gateway_spooled_records is not 0 and the broker answers: its log says what is refused.",
)
GATEWAY_SET_ASIDE: Final = Metric(
    "touchpoint_gateway_set_aside_total",
    Kind.COUNTER,
    "Touchpoints that Kafka will never take as it is set up, put into a file beside the spool.",
    "Any: the log says why; mend the topic and send the file again with `touchpoint send`.",
)

GATEWAY: Final[Sequence[Metric]] = (
    *PROCESS,
    GATEWAY_REQUESTS,
    GATEWAY_ITEMS,
    GATEWAY_REFUSED,
    GATEWAY_SECONDS,
    GATEWAY_STORED,
    GATEWAY_WAITING,
    GATEWAY_SPOOLED,
    GATEWAY_SPOOLED_BYTES,
    GATEWAY_SPOOLED_AGE,
    GATEWAY_DRAINED,
    GATEWAY_SET_ASIDE,
)
