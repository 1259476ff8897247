"""Sources, for those who run shops, mailers and chats: who is blind or late, whose clock is off, who sends rubbish?"""

from typing import Final

from deploy.grafana.code.panel import Board, Kind, Levels, Panel, Query, Row, Variable, each
from deploy.grafana.code.promql import in_range, or_zero, per_second, quantile
from deploy.grafana.code.unit import Unit

_STATES: Final = "touchpoint_sources"
_SOURCE: Final = 'source=~"$source"'
_GROUP: Final = 'group=~"$group", group!="canary"'
_SKEW: Final = f"max by (source) (touchpoint_source_skew_seconds{{{_SOURCE}}})"

SOURCES: Final = Board(
    uid="touchpoint-sources",
    title="Touchpoint / Sources",
    description="Who falls silent, who is late, whose clock is off, and who sends what cannot be used.",
    since="now-6h",
    refresh="30s",
    variables=(
        Variable(name="source", label="Source", metric="touchpoint_source_skew_seconds"),
        Variable(name="group", label="Group of types", metric="touchpoint_touchpoints_total"),
    ),
    rows=(
        Row(
            "Who is blind?",
            (
                Panel(
                    title="Blind now",
                    kind=Kind.NUMBER,
                    asks="How many sources are silent or lag, so that deadlines wait for them?",
                    queries=(Query(or_zero(f'sum(max by (state) ({_STATES}{{state=~"silent|lagging"}}))')),),
                    width=4,
                    height=7,
                    decimals=0,
                    levels=Levels(1, 2),
                ),
                Panel(
                    title="Sources by how they stand",
                    kind=Kind.STACK,
                    asks="When did a source fall silent, and when did it come back?",
                    queries=(each(f"max by (state) ({_STATES})", "state"),),
                    width=10,
                    height=7,
                    decimals=0,
                ),
                Panel(
                    title="Journeys that wait for them",
                    kind=Kind.TREND,
                    asks="How many customers' deadlines wait until we know what really happened?",
                    queries=(Query("sum(touchpoint_waiting_journeys)", "journeys"),),
                    width=10,
                    height=7,
                    decimals=0,
                ),
            ),
        ),
        Row(
            "What is their rhythm?",
            (
                Panel(
                    title="Touchpoints by group of types",
                    kind=Kind.STACK,
                    asks="What comes in, and what has stopped?",
                    queries=(each(per_second("touchpoint_touchpoints_total", "group", _GROUP), "group"),),
                    unit=Unit.PER_SECOND,
                    width=14,
                    height=9,
                ),
                Panel(
                    title="Last five minutes against the usual",
                    kind=Kind.BARS,
                    asks="Which groups come at less than their usual pace? 100 %: the mean of the time shown.",
                    then="Near 0 %: ask whoever runs the source; `touchpoint sources list` says when it last sent.",
                    queries=(
                        Query(
                            f"bottomk(12, sum by (group) (rate(touchpoint_touchpoints_total{{{_GROUP}}}[5m])) / "
                            f"(sum by (group) (rate(touchpoint_touchpoints_total{{{_GROUP}}}[$__range])) > 0))",
                            "{{group}}",
                        ),
                    ),
                    unit=Unit.SHARE,
                    decimals=0,
                    width=10,
                    height=9,
                    instant=True,
                    levels=Levels(0.5, 0.1, rising=False),
                ),
            ),
        ),
        Row(
            "Who is late, and whose clock is off?",
            (
                Panel(
                    title="Clocks that are off",
                    kind=Kind.BARS,
                    asks="Which sources' clocks are farthest from ours? Below zero they are ahead of us.",
                    queries=(each(f"topk(8, {_SKEW}) or bottomk(4, {_SKEW})", "source"),),
                    unit=Unit.SECONDS,
                    floor=None,
                    instant=True,
                    levels=Levels(60, 600),
                ),
                Panel(
                    title="Topics behind the present",
                    kind=Kind.TREND,
                    asks="Up to when is each topic known? Deadlines wait for the one that is farthest behind.",
                    queries=(Query("time() - min by (topic) (touchpoint_watermark_timestamp_seconds)", "{{topic}}"),),
                    unit=Unit.SECONDS,
                    floor=None,
                ),
                Panel(
                    title="Lateness",
                    kind=Kind.TREND,
                    asks="How far behind its partition's clock does a touchpoint come?",
                    queries=(
                        Query(quantile(0.9, "touchpoint_lateness_seconds"), "9 of 10"),
                        Query(quantile(0.99, "touchpoint_lateness_seconds"), "99 of 100"),
                    ),
                    unit=Unit.SECONDS,
                ),
                Panel(
                    title="What became of touchpoints",
                    kind=Kind.BARS,
                    asks="In order, late but in time, too late to open anything, seen before, or of a flood?",
                    queries=(
                        each(f"sort_desc({in_range('touchpoint_fold_outcomes_total', 'outcome')})", "outcome"),
                        Query(or_zero(in_range("touchpoint_refolds_total")), "journeys folded again"),
                    ),
                    width=12,
                    decimals=0,
                    instant=True,
                ),
                Panel(
                    title="Refused by the gateway",
                    kind=Kind.BARS,
                    asks="What do senders do wrong?",
                    queries=(
                        each(f"sort_desc({in_range('touchpoint_gateway_refused_items_total', 'why')} > 0)", "why"),
                    ),
                    width=12,
                    decimals=0,
                    instant=True,
                    levels=Levels(1, 100),
                ),
            ),
        ),
    ),
)
