"""The plainest thing that could be right: a journey's alerts, with everything folded again from nothing."""

from collections.abc import Iterable

from streams.alerts.alert import Alert
from streams.alerts.render import render
from streams.journeys import arrival, fold, tail
from streams.journeys.certainty import known
from streams.journeys.changes import Changes
from streams.journeys.folded import State
from streams.journeys.limits import Limits
from streams.rules.compile import Plan
from streams.rules.stages import moment_of
from streams.touchpoints.touchpoint import Touchpoint


def unique(arrived: Iterable[Touchpoint]) -> list[Touchpoint]:
    """Return one touchpoint per customer, source and id, the smallest body of each, in order."""
    chosen: dict[tuple[str, str, str], Touchpoint] = {}
    for one in arrived:
        identity = (one.customer, one.source, one.id)
        chosen[identity] = min(chosen.get(identity, one), one, key=_body)
    return sorted(chosen.values(), key=tail.order)


def alerts(arrived: Iterable[Touchpoint], plan: Plan, limits: Limits, clock: int) -> dict[str, Alert]:
    """Return by id the alerts that stand at `clock`, without revision and detection."""
    touchpoints = unique(arrived)
    standing: dict[str, Alert] = {}
    for customer in sorted({one.customer for one in touchpoints}):
        own = [one for one in touchpoints if one.customer == customer]
        state, changes = State(), Changes(arrival.glimpses)
        arrival.replay(state, own, 0, plan, limits, changes)
        changes.at = own[-limits.context_entries :]
        fold.advance(state, clock, plan, changes)
        for name, episode in state.episodes.items():
            certain = known(episode, clock)
            if certain is not None:
                alert = render(certain, plan.rules[episode.rule], customer, moment_of(state, name))
                standing[alert.alert_id] = alert
    return standing


def _body(touchpoint: Touchpoint) -> tuple[int, str, str, bytes]:
    return (touchpoint.time, touchpoint.type, touchpoint.subject, touchpoint.data)
