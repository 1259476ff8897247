"""What a queue shows of a case without opening it; made anew when an alert changes."""

from collections.abc import Iterable, Mapping
from typing import Final

import msgspec

from streams.alerts.alert import Alert, Status
from streams.desk.cases.case import Case
from streams.desk.cases.incidents import places_of, shared_by
from streams.desk.cases.intake import ALIVE
from streams.desk.cases.policy import Policy
from streams.rules.model import RANK

_MOST_PLACES: Final = 20


class Summary(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """`due_at` (ms) is when the first of its customers' alerts is lost. `value` at risk in major units, None unknown.

    `rank` sorts a queue, the largest first; it is as of the last look, since time passes.
    """

    title: dict[str, str] = {}
    rules: tuple[str, ...] = ()
    open_alerts: int = 0
    started_at: int = 0
    due_at: int = 0
    value: float | None = None
    rank: float = 0.0
    places: tuple[str, ...] = ()  # stores
    has_customer: bool = True


def summarise(
    case: Case, alerts: Iterable[Alert], policy: Policy, lost_ms: Mapping[str, int], value: float | None = None
) -> Summary:
    """Return the summary of a case from its alerts; `lost_ms`: by rule, where it says how long there is to act."""
    known = sorted(alerts, key=lambda each: (each.started_at, each.alert_id))
    alive = [each for each in known if each.status in ALIVE] or known
    if not alive:
        return Summary()
    worst = max(alive, key=lambda each: (RANK[each.severity], each.status is Status.FIRING, each.alert_id))
    due_at = min(each.started_at + lost_ms.get(each.rule, policy.lost_ms[each.severity]) for each in alive)
    return Summary(
        title=worst.title,
        rules=tuple(dict.fromkeys(each.rule for each in alive)),
        open_alerts=sum(each.status in ALIVE for each in known),
        started_at=min(each.started_at for each in alive),
        due_at=due_at,
        value=value,
        has_customer=any(each.customer for each in known),
        places=places_of(one for each in alive for one in shared_by(each))[:_MOST_PLACES],
    )
