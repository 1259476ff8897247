"""Pipeline, for whoever is on call: does it work, is it in time, and where does it hang?"""

from typing import Final

from deploy.grafana.code import gateway, objective
from deploy.grafana.code.panel import ANY_IS_BAD, Board, Kind, Levels, Panel, Query, Row, Variable, each, spread
from deploy.grafana.code.promql import OUR_ALERTS, in_range, or_zero, per_second, quantile
from deploy.grafana.code.unit import Unit

_TOPIC: Final = 'topic=~"$topic"'
_JOBS: Final = 'job=~"worker|gateway|desk|canary"'

_WELL: Final = Row(
    "Does it work?",
    (
        Panel(
            title="Ready",
            kind=Kind.STATES,
            asks="Which process does its work, and since when does one not?",
            queries=(
                Query(
                    f"min by (job, instance) (touchpoint_ready) or min by (job, instance) (up{{{_JOBS}}})",
                    "{{job}} {{instance}}",
                ),
            ),
            unit=Unit.PLAIN,
            width=10,
            height=7,
            words=(("0", "not ready"), ("1", "ready")),
        ),
        Panel(
            title="Alerts in time",
            kind=Kind.NUMBER,
            asks="Which share of the alerts in this time was out within a second? 99 % is the objective.",
            queries=(Query(objective.met("$__range")),),
            unit=Unit.SHARE,
            decimals=2,
            width=4,
            height=7,
            instant=True,
            ceiling=1,
            levels=Levels(objective.SHARE, objective.SHARE - 0.005, rising=False),
        ),
        Panel(
            title="Not folded yet",
            kind=Kind.NUMBER,
            asks="How many records does the broker hold that no worker has folded?",
            queries=(Query("sum(touchpoint_consumer_lag_records)"),),
            decimals=0,
            width=4,
            height=7,
            levels=Levels(10_000, 100_000),
        ),
        Panel(
            title="Since the canary was heard",
            kind=Kind.NUMBER,
            asks="How long ago did a made-up customer come through to each stage? It is sent twice a minute.",
            then="The first stage that is late is where the path is broken.",
            queries=(Query("time() - max by (stage) (touchpoint_canary_heard_timestamp_seconds)", "{{stage}}"),),
            unit=Unit.SECONDS,
            decimals=0,
            width=6,
            height=7,
            levels=Levels(60, 90),
        ),
        Panel(
            title="Our own alerts that fire",
            kind=Kind.BARS,
            asks="What has somebody been told of already? Each alert has a link to its runbook.",
            then="deploy/prometheus/RUNBOOKS.md has a section for each.",
            queries=(each(f"sort_desc(count by (alertname) ({OUR_ALERTS}))", "alertname"),),
            width=24,
            height=5,
            decimals=0,
            instant=True,
            levels=ANY_IS_BAD,
        ),
    ),
)
_TIME: Final = Row(
    "Is it in time?",
    (
        Panel(
            title="Time to alert",
            kind=Kind.TREND,
            asks="How long from a touchpoint on the broker to its alert there? Dashed: the objective.",
            queries=spread(objective.TIME_TO_ALERT),
            unit=Unit.SECONDS,
            levels=Levels(objective.WITHIN_SEC, objective.WITHIN_SEC),
        ),
        Panel(
            title="Burn of the budget of late alerts",
            kind=Kind.TREND,
            asks="How many times faster than allowed are alerts late? The budget is one in a hundred.",
            then="Somebody is paged above 14.4 (dashed red); a ticket is written above 6.",
            queries=(
                Query(objective.burn("time_to_alert_errors", objective.SHARE, "5m"), "five minutes"),
                Query(objective.burn("time_to_alert_errors", objective.SHARE, "1h"), "an hour"),
            ),
            decimals=1,
            levels=Levels(objective.SLOW_BURN, objective.FAST_BURN),
        ),
        Panel(
            title="Where the time goes",
            kind=Kind.TREND,
            asks="Is it our folding, or the broker's acknowledgements? 99 of 100 of each take no longer.",
            queries=(
                Query(quantile(0.99, "touchpoint_fold_seconds"), "a slice of folding"),
                Query(quantile(0.99, "touchpoint_flush_seconds"), "a flush"),
            ),
            unit=Unit.SECONDS,
        ),
        Panel(
            title="Touchpoints folded",
            kind=Kind.STACK,
            asks="How many come in, and on which topic?",
            queries=(each(per_second("touchpoint_touchpoints_total", "topic", _TOPIC), "topic"),),
            unit=Unit.PER_SECOND,
            width=6,
        ),
        Panel(
            title="Lag",
            kind=Kind.TREND,
            asks="On which topic do the workers fall behind?",
            queries=(Query(f"sum by (topic) (touchpoint_consumer_lag_records{{{_TOPIC}}})", "{{topic}}"),),
            width=6,
            decimals=0,
        ),
        Panel(
            title="Lateness",
            kind=Kind.TREND,
            asks="Do touchpoints reach us late already? How far behind their partition's clock do they come?",
            then="Late for all, while the lag is small: a source or its way to us; see Sources for which.",
            queries=(
                Query(quantile(0.9, "touchpoint_lateness_seconds"), "9 of 10"),
                Query(quantile(0.99, "touchpoint_lateness_seconds"), "99 of 100"),
            ),
            unit=Unit.SECONDS,
            width=6,
        ),
        Panel(
            title="Deadlines late by",
            kind=Kind.TREND,
            asks="How long after its time does a deadline fire? Two seconds are the law (dashed).",
            queries=spread("touchpoint_deadline_delay_seconds"),
            unit=Unit.SECONDS,
            width=6,
            levels=Levels(2, 2),
        ),
    ),
)
_HANGS: Final = Row(
    "Where does it hang?",
    (
        Panel(
            title="Alerts that the broker has not taken",
            kind=Kind.TREND,
            asks="Is the outbox stuck, so that nobody hears of alerts?",
            queries=(
                Query("sum(touchpoint_outbox_alerts)", "alerts"),
                Query("max(touchpoint_outbox_age_seconds)", "seconds that the oldest waits"),
            ),
            decimals=0,
        ),
        Panel(
            title="Dead letters",
            kind=Kind.BARS,
            asks="What was refused in this time, on which topic, and why?",
            queries=(
                Query(
                    or_zero(
                        f"sort_desc({in_range('touchpoint_dead_letters_total', 'topic, reason', _TOPIC)} > 0)", "reason"
                    ),
                    "{{reason}} {{topic}}",
                ),
            ),
            decimals=0,
            instant=True,
            levels=ANY_IS_BAD,
        ),
        Panel(
            title="What must not happen",
            kind=Kind.BARS,
            asks="Commits refused, fences lost, rules refused or behind, in this time?",
            queries=(
                Query(or_zero(in_range("touchpoint_commit_failures_total")), "commits refused"),
                Query(or_zero(in_range("touchpoint_fences_lost_total")), "fences lost"),
                Query(or_zero(in_range("touchpoint_rules_refused_total")), "rules refused"),
                Query(or_zero("sum(touchpoint_rules_behind_partitions)"), "partitions with old rules"),
                Query(or_zero(in_range("touchpoint_uncounted_total")), "not counted"),
            ),
            decimals=0,
            instant=True,
            levels=ANY_IS_BAD,
        ),
        Panel(
            title="Recovery",
            kind=Kind.TREND,
            asks="Which partitions are folded, and which are still being read back?",
            queries=(
                Query("sum(touchpoint_owned_partitions)", "owned"),
                Query("sum(touchpoint_recovering_partitions)", "being read back"),
            ),
            decimals=0,
        ),
        Panel(
            title="Time to read journeys back",
            kind=Kind.NUMBER,
            asks="How long was the longest of nine in ten starts and rebalances in this time?",
            queries=(Query(or_zero(quantile(0.9, "touchpoint_recovery_seconds", window="$__range") + " >= 0")),),
            unit=Unit.SECONDS,
            width=4,
            instant=True,
            levels=Levels(10, 60),
        ),
        Panel(
            title="Versions",
            kind=Kind.BARS,
            asks="Which version runs, on how many processes?",
            queries=(Query("count by (component, version) (touchpoint_build_info)", "{{component}} {{version}}"),),
            width=4,
            decimals=0,
            instant=True,
        ),
        Panel(
            title="Memory",
            kind=Kind.TREND,
            asks="How much does each process hold, and how much of it are journeys?",
            queries=(
                Query(f"max by (job, instance) (process_resident_memory_bytes{{{_JOBS}}})", "{{job}} {{instance}}"),
                Query("max by (instance) (touchpoint_journey_bytes)", "journeys {{instance}}"),
            ),
            unit=Unit.BYTES,
        ),
        Panel(
            title="Journeys",
            kind=Kind.STACK,
            asks="How many customers are followed, and do workers share them evenly?",
            queries=(Query("sum by (instance) (touchpoint_journeys)", "{{instance}}"),),
            width=12,
            decimals=0,
        ),
        Panel(
            title="Deadlines",
            kind=Kind.STACK,
            asks="How many journeys wait for a time to come?",
            queries=(Query("sum by (instance) (touchpoint_deadlines)", "{{instance}}"),),
            width=12,
            decimals=0,
        ),
    ),
)

PIPELINE: Final = Board(
    uid="touchpoint-pipeline",
    title="Touchpoint / Pipeline",
    description="Workers, broker and gateway: does it work, is it in time, and where does it hang?",
    since="now-1h",
    refresh="10s",
    variables=(Variable(name="topic", label="Topic", metric="touchpoint_consumer_lag_records"),),
    rows=(_WELL, _TIME, _HANGS, gateway.ROW),
)
