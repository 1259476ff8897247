"""Customer experience, for CX managers: which moment of truth is the weak link, and do we make it good again?"""

from typing import Final

from deploy.grafana.code.panel import Board, Kind, Levels, Panel, Query, Row, Variable, each
from deploy.grafana.code.promql import in_hour, in_range, or_all, or_zero, quantile, share
from deploy.grafana.code.unit import Unit
from streams.touchpoints.vocabulary import MOMENTS

_TOUCHPOINTS: Final = "touchpoint_moment_touchpoints_total"
_NEGATIVE: Final = "touchpoint_negative_moments_total"
_CLOSED: Final = "touchpoint_alerts_closed_total"
_RECOVERY: Final = "touchpoint_time_to_recover_seconds"
_PROMISES: Final = "touchpoint_promises_total"
_MOMENT: Final = 'moment=~"$moment"'
_SCOPE: Final = 'moment=~"$moment", channel=~"$channel"'
_LINK: Final = "moment, channel"

_WEAK_LINKS: Final = share(in_range(_NEGATIVE, _LINK, _SCOPE), in_range(_TOUCHPOINTS, _LINK, _SCOPE))
_BAD: Final = share(
    in_hour(_TOUCHPOINTS, "moment", f'{_SCOPE}, polarity="negative"'), in_hour(_TOUCHPOINTS, "moment", _SCOPE)
)
_BROKEN: Final = share(
    in_range(_PROMISES, "promise", 'outcome="broken"'), in_range(_PROMISES, "promise", 'outcome=~"kept|broken"')
)
_RECOVERED: Final = share(
    in_range(_CLOSED, where=f'{_MOMENT}, outcome="recovered"'),
    in_range(_CLOSED, where=f'{_MOMENT}, outcome=~"recovered|lost|expired"'),
)

EXPERIENCE: Final = Board(
    uid="touchpoint-experience",
    title="Touchpoint / Customer experience",
    description="Where is the weak link of the journey, do we keep our promises, and do customers recover?",
    since="now-24h",
    refresh="1m",
    variables=(
        Variable(name="moment", label="Moment of truth", metric=_TOUCHPOINTS),
        Variable(name="channel", label="Channel", metric=_TOUCHPOINTS),
    ),
    rows=(
        Row(
            "Where is the weak link?",
            (
                Panel(
                    title="Score of each moment of truth",
                    kind=Kind.NUMBER,
                    asks="Of a hundred touchpoints in the last hour, how many did not end in a negative moment?",
                    then="The lowest one is the weak link: see its channel beside, and its rules on Live alerts.",
                    queries=tuple(
                        Query(f'touchpoint:moment_score:ratio_rate1h{{{_MOMENT}, moment="{moment}"}}', "{{moment}}")
                        for moment in MOMENTS  # as a customer goes through them
                    ),
                    unit=Unit.SHARE,
                    decimals=1,
                    ceiling=1,
                    width=10,
                    levels=Levels(0.99, 0.95, rising=False),
                ),
                Panel(
                    title="Weak links: negative moments per touchpoint",
                    kind=Kind.BARS,
                    asks="At which moment and in which channel does it go wrong most often, for what happens there?",
                    then="Begin with the first bar: it is where one repair helps most customers.",
                    queries=(Query(f"topk(10, {_WEAK_LINKS})", "{{moment}} · {{channel}}"),),
                    unit=Unit.SHARE,
                    decimals=1,
                    width=14,
                    instant=True,
                    levels=Levels(0.01, 0.05),
                ),
                Panel(
                    title="Score over time (a day each)",
                    kind=Kind.TREND,
                    asks="Is a moment of truth getting better or worse?",
                    then="Compare a fall with what changed that day: a release, a campaign, a carrier, a provider.",
                    queries=(Query(f"touchpoint:moment_score:ratio_rate24h{{{_MOMENT}}}", "{{moment}}"),),
                    unit=Unit.SHARE,
                    floor=None,
                    ceiling=1,
                    width=12,
                ),
                Panel(
                    title="Touchpoints that are bad by themselves",
                    kind=Kind.TREND,
                    asks="Of the contacts in the hour before, how many were bad news (a failed payment, a bounce)?",
                    then="A rise comes before the alerts do: look at the channel first.",
                    queries=(Query(_BAD, "{{moment}}"),),
                    unit=Unit.SHARE,
                    width=12,
                ),
            ),
        ),
        Row(
            "What goes wrong?",
            (
                Panel(
                    title="Negative moments in the hour before",
                    kind=Kind.STACK,
                    asks="How many customers went through a negative moment, and when?",
                    queries=(each(in_hour(_NEGATIVE, "moment", _SCOPE), "moment"),),
                    width=12,
                    decimals=0,
                ),
                Panel(
                    title="By channel",
                    kind=Kind.BARS,
                    asks="Through which channel did they come?",
                    queries=(each(f"sort_desc({in_range(_NEGATIVE, 'channel', _SCOPE)})", "channel"),),
                    width=6,
                    decimals=0,
                    instant=True,
                ),
                Panel(
                    title="Stores with most of them",
                    kind=Kind.BARS,
                    asks="Which ten stores have most negative moments?",
                    queries=(
                        each(
                            f"topk(10, {in_range('touchpoint_store_negative_moments_total', 'store', _MOMENT)})",
                            "store",
                        ),
                    ),
                    width=6,
                    decimals=0,
                    instant=True,
                ),
            ),
        ),
        Row(
            "Do we keep our promises?",
            (
                Panel(
                    title="Promises",
                    kind=Kind.NUMBER,
                    asks="What became of promises in this time? Those made may fall due later.",
                    queries=tuple(
                        Query(or_zero(in_range(_PROMISES, where=f'outcome="{outcome}"')), outcome)
                        for outcome in ("made", "kept", "broken", "cancelled")
                    ),
                    width=8,
                    height=6,
                    decimals=0,
                    instant=True,
                ),
                Panel(
                    title="Broken, of those that were kept or broken",
                    kind=Kind.BARS,
                    asks="Which kind of promise do we break most often?",
                    then="Either whoever keeps it needs help, or we promise what nobody can keep.",
                    queries=(each(f"sort_desc({_BROKEN})", "promise"),),
                    unit=Unit.SHARE,
                    width=8,
                    height=6,
                    instant=True,
                    ceiling=1,
                    levels=Levels(0.02, 0.1),
                ),
                Panel(
                    title="Promises broken in the hour before",
                    kind=Kind.STACK,
                    asks="When do we break them?",
                    queries=(each(in_hour(_PROMISES, "promise", 'outcome="broken"'), "promise"),),
                    width=8,
                    height=6,
                    decimals=0,
                ),
            ),
        ),
        Row(
            "Do customers recover?",
            (
                Panel(
                    title="Recovered, of what is over",
                    kind=Kind.NUMBER,
                    asks="Of the negative moments that ended, how many ended well? Retracted ones never were.",
                    queries=(Query(or_all(f"({_RECOVERED})")),),
                    unit=Unit.SHARE,
                    decimals=0,
                    ceiling=1,
                    width=4,
                    instant=True,
                    levels=Levels(0.7, 0.5, rising=False),
                ),
                Panel(
                    title="How they ended",
                    kind=Kind.BARS,
                    asks="Recovered, lost, expired (nobody knows), or retracted (it never was)?",
                    queries=(each(in_range(_CLOSED, "outcome", _MOMENT), "outcome"),),
                    width=5,
                    decimals=0,
                    instant=True,
                ),
                Panel(
                    title="Standing now",
                    kind=Kind.BARS,
                    asks="How many alerts of customers stand at this moment?",
                    queries=(
                        each(
                            f"sum by (moment) (max by (moment, severity) (touchpoint_open_alerts{{{_MOMENT}}}))",
                            "moment",
                        ),
                    ),
                    width=7,
                    decimals=0,
                    instant=True,
                ),
                Panel(
                    title="Time to recover, half and 9 of 10",
                    kind=Kind.BARS,
                    asks="How long was it from the trouble to the customer's recovery?",
                    queries=tuple(
                        Query(
                            quantile(share, _RECOVERY, "moment", _MOMENT, "$__range") + " >= 0",
                            f"{{{{moment}}}} · {words}",
                        )
                        for share, words in ((0.5, "half"), (0.9, "9 of 10"))
                    ),
                    unit=Unit.SECONDS,
                    width=8,
                    instant=True,
                ),
            ),
        ),
    ),
)
