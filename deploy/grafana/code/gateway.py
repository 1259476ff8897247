"""The gateway's row of the pipeline: what it answers, how soon, and what it keeps while the broker is away."""

from typing import Final

from deploy.grafana.code import objective
from deploy.grafana.code.panel import ANY_IS_BAD, Kind, Levels, Panel, Query, Row, each, spread
from deploy.grafana.code.promql import in_range, or_zero, per_second
from deploy.grafana.code.unit import Unit

ROW: Final = Row(
    "Does the gateway take what is sent?",
    (
        Panel(
            title="Answers",
            kind=Kind.STACK,
            asks="What does the gateway say to those who send touchpoints?",
            queries=(each(per_second("touchpoint_gateway_requests_total", "answer"), "answer"),),
            unit=Unit.REQUESTS,
        ),
        Panel(
            title="Time to answer",
            kind=Kind.TREND,
            asks="How long does a sender wait until its touchpoints are safe?",
            queries=spread("touchpoint_gateway_request_seconds"),
            unit=Unit.SECONDS,
        ),
        Panel(
            title="Burn of the budget of faults",
            kind=Kind.TREND,
            asks="How many times faster than allowed do requests meet a fault of ours? One in a thousand may.",
            then="Somebody is paged above 14.4 (dashed red); a ticket is written above 6.",
            queries=(
                Query(objective.burn("gateway_errors", objective.ANSWERED, "5m"), "five minutes"),
                Query(objective.burn("gateway_errors", objective.ANSWERED, "1h"), "an hour"),
            ),
            decimals=1,
            levels=Levels(objective.SLOW_BURN, objective.FAST_BURN),
        ),
        Panel(
            title="Made safe",
            kind=Kind.STACK,
            asks="Where did touchpoints go: to the broker, to this disk, or nowhere?",
            queries=(each(per_second("touchpoint_gateway_stored_total", "place"), "place"),),
            unit=Unit.PER_SECOND,
            width=7,
        ),
        Panel(
            title="In the spool",
            kind=Kind.TREND,
            asks="How many touchpoints wait on the disk for the broker?",
            queries=(
                Query("sum(touchpoint_gateway_spooled_records)", "in the spool"),
                Query("sum(touchpoint_gateway_waiting_records)", "whose senders wait"),
            ),
            width=7,
            decimals=0,
        ),
        Panel(
            title="The spool's oldest",
            kind=Kind.NUMBER,
            asks="How long has the broker been away?",
            then="Bring the broker back; the spool drains by itself, in order.",
            queries=(Query("max(touchpoint_gateway_spooled_age_seconds)"),),
            unit=Unit.SECONDS,
            width=3,
            levels=Levels(10, 60),
        ),
        Panel(
            title="The spool's size",
            kind=Kind.NUMBER,
            asks="How much of the disk does it take?",
            queries=(Query("sum(touchpoint_gateway_spooled_bytes)"),),
            unit=Unit.BYTES,
            width=3,
            levels=Levels(512 << 20, 900 << 20),
        ),
        Panel(
            title="Turned away or set aside",
            kind=Kind.NUMBER,
            asks="How many touchpoints had to come again (full), and how many will Kafka never take?",
            queries=(
                Query(or_zero(in_range("touchpoint_gateway_stored_total", where='place="full"')), "turned away"),
                Query(or_zero(in_range("touchpoint_gateway_set_aside_total")), "set aside"),
            ),
            decimals=0,
            instant=True,
            width=4,
            levels=ANY_IS_BAD,
        ),
    ),
)
