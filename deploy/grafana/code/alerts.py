"""Live alerts, for those who lead support: is everybody who can be saved being helped, and was everybody told?"""

from typing import Final

from deploy.grafana.code.panel import ANY_IS_BAD, Board, Kind, Levels, Panel, Query, Row, Variable, each
from deploy.grafana.code.promql import in_hour, in_range, or_zero, quantile, share
from deploy.grafana.code.unit import Unit

_RAISED: Final = "touchpoint_alerts_raised_total"
_TOLD: Final = "touchpoint_desk_notifications_total"
_TEAM: Final = 'team=~"$team"'
_RULE: Final = 'rule=~"$rule", rule!="canary"'
_LIVE: Final = f'mode="live", {_RULE}'
_TRIAL: Final = f'mode="shadow", {_RULE}'
_TAKEN_BACK: Final = f'status="retracted", {_RULE}'

_RETRACTED: Final = share(in_range("touchpoint_alerts_total", "rule", _TAKEN_BACK), in_range(_RAISED, "rule", _RULE))


def _waits(metric: str) -> tuple[Query, ...]:
    """Return how long half of the cases and nine of ten took, by team; nothing where none was."""
    return tuple(
        Query(f"{quantile(share, metric, 'team', _TEAM, '$__range')} >= 0", f"{{{{team}}}} · {words}")
        for share, words in ((0.5, "half"), (0.9, "9 of 10"))
    )


ALERTS: Final = Board(
    uid="touchpoint-alerts",
    title="Touchpoint / Live alerts",
    description="What stands, who works on it, how soon, and whether everybody was told who had to be.",
    since="now-12h",
    refresh="10s",
    variables=(
        Variable(name="team", label="Team", metric="touchpoint_desk_open_cases"),
        Variable(name="rule", label="Rule", metric=_RAISED),
    ),
    rows=(
        Row(
            "What stands?",
            (
                Panel(
                    title="Standing alerts",
                    kind=Kind.NUMBER,
                    asks="How many alerts stand, by severity?",
                    queries=tuple(
                        Query(
                            or_zero(f'sum(max by (moment) (touchpoint_open_alerts{{severity="{severity}"}}))'), severity
                        )
                        for severity in ("critical", "high", "medium", "low")
                    ),
                    width=8,
                    height=7,
                    decimals=0,
                    instant=True,
                ),
                Panel(
                    title="Open cases by team",
                    kind=Kind.STACK,
                    asks="Is the queue of a team growing?",
                    queries=(each(f"max by (team) (touchpoint_desk_open_cases{{{_TEAM}}})", "team"),),
                    width=11,
                    height=7,
                    decimals=0,
                ),
                Panel(
                    title="Oldest case that nobody has seen",
                    kind=Kind.NUMBER,
                    asks="How long has a customer waited for somebody to look?",
                    queries=(Query(or_zero("max(touchpoint_desk_unseen_age_seconds)")),),
                    unit=Unit.SECONDS,
                    width=5,
                    height=7,
                    levels=Levels(300, 600),
                ),
                Panel(
                    title="Alerts raised in the hour before, the ten busiest rules",
                    kind=Kind.STACK,
                    asks="What is going wrong right now?",
                    then="Many alerts of one rule at once are one incident: the desk shows it as such.",
                    queries=(each(f"topk(10, {in_hour(_RAISED, 'rule', _LIVE)})", "rule"),),
                    width=14,
                    decimals=0,
                ),
                Panel(
                    title="What became of alerts",
                    kind=Kind.BARS,
                    asks="How many revisions said watching, firing, recovered, lost, retracted, expired?",
                    then="Many retracted next to firing: pages that should not have been; see lateness on Sources.",
                    queries=(each(f"sort_desc({in_range('touchpoint_alerts_total', 'status', _RULE)})", "status"),),
                    width=10,
                    decimals=0,
                    instant=True,
                ),
            ),
        ),
        Row(
            "Are they worked on?",
            (
                Panel(
                    title="Time to acknowledge",
                    kind=Kind.BARS,
                    asks="How long until somebody took note of a case?",
                    queries=_waits("touchpoint_desk_time_to_acknowledge_seconds"),
                    unit=Unit.SECONDS,
                    instant=True,
                    levels=Levels(300, 600),
                ),
                Panel(
                    title="Time to resolve",
                    kind=Kind.BARS,
                    asks="How long until a case was over?",
                    queries=_waits("touchpoint_desk_time_to_resolve_seconds"),
                    unit=Unit.SECONDS,
                    instant=True,
                ),
                Panel(
                    title="Customers kept and lost",
                    kind=Kind.BARS,
                    asks="How did the cases of each team end for the customer?",
                    queries=(
                        Query(
                            or_zero(in_range("touchpoint_desk_recovered_cases_total", "team", _TEAM), "team"),
                            "fine again: {{team}}",
                        ),
                        Query(
                            or_zero(in_range("touchpoint_desk_lost_cases_total", "team", _TEAM), "team"),
                            "lost: {{team}}",
                        ),
                    ),
                    decimals=0,
                    instant=True,
                ),
            ),
        ),
        Row(
            "Was everybody told?",
            (
                Panel(
                    title="Nobody was told",
                    kind=Kind.NUMBER,
                    asks="How many notifications were lost: neither the channel nor its fallback took them?",
                    queries=(Query(or_zero(in_range(_TOLD, where='outcome="lost", channel!="canary"'))),),
                    width=4,
                    height=7,
                    decimals=0,
                    instant=True,
                    levels=ANY_IS_BAD,
                ),
                Panel(
                    title="Owed for",
                    kind=Kind.NUMBER,
                    asks="How long has the oldest notification waited to be sent?",
                    queries=(Query(or_zero("max(touchpoint_desk_owed_age_seconds)")),),
                    unit=Unit.SECONDS,
                    width=4,
                    height=7,
                    levels=Levels(30, 60),
                ),
                Panel(
                    title="Notifications owed",
                    kind=Kind.TREND,
                    asks="How many wait to be sent, and how many were given up?",
                    queries=(each("max by (state) (touchpoint_desk_owed_notifications)", "state"),),
                    width=8,
                    height=7,
                    decimals=0,
                ),
                Panel(
                    title="Notifications in the hour before",
                    kind=Kind.TREND,
                    asks="Does every channel work?",
                    queries=(
                        Query(
                            or_zero(in_hour(_TOLD, "channel, outcome", 'channel!="canary"'), "outcome"),
                            "{{outcome}} {{channel}}",
                        ),
                    ),
                    width=8,
                    height=7,
                    decimals=0,
                ),
                Panel(
                    title="Why attempts failed",
                    kind=Kind.BARS,
                    asks="What do the channels answer?",
                    queries=(
                        each(
                            f"sort_desc({in_range('touchpoint_desk_notification_failures_total', 'reason')} > 0)",
                            "reason",
                        ),
                    ),
                    width=8,
                    height=7,
                    decimals=0,
                    instant=True,
                    levels=ANY_IS_BAD,
                ),
                Panel(
                    title="Why cases are told, or not",
                    kind=Kind.BARS,
                    asks="What keeps cases quiet: snoozed, silenced, over budget, nobody to tell?",
                    queries=(each(f"sort_desc({in_range('touchpoint_desk_decisions_total', 'reason')})", "reason"),),
                    width=8,
                    height=7,
                    decimals=0,
                    instant=True,
                ),
                Panel(
                    title="Is the desk up to date?",
                    kind=Kind.TREND,
                    asks="Has it read every alert, could it read them, and is what people did published?",
                    queries=(
                        Query("max(touchpoint_desk_lag_records)", "alerts to be read"),
                        Query("max(touchpoint_desk_unpublished_records)", "actions to be published"),
                        Query("max(touchpoint_desk_unreadable_records_total)", "alerts it cannot read"),
                    ),
                    width=8,
                    height=7,
                    decimals=0,
                ),
            ),
        ),
        Row(
            "Are the rules right?",
            (
                Panel(
                    title="Rules on trial: what they would have raised",
                    kind=Kind.BARS,
                    asks="Which rules in shadow mode would have raised alerts, and how many?",
                    queries=(each(f"topk(15, {in_range(_RAISED, 'rule', _TRIAL)} > 0)", "rule"),),
                    width=12,
                    decimals=0,
                    instant=True,
                ),
                Panel(
                    title="Taken back, of what was raised",
                    kind=Kind.BARS,
                    asks="Which live rules speak too early, so that late touchpoints take their alerts back?",
                    then="Give the rule a `settle` time; above 1 % people stop believing in it.",
                    queries=(each(f"topk(15, {_RETRACTED})", "rule"),),
                    unit=Unit.SHARE,
                    width=12,
                    instant=True,
                    levels=Levels(0.01, 0.05),
                ),
            ),
        ),
    ),
)
