"""What a queue shows of a case without opening it; made anew when an alert changes."""

import math
from collections.abc import Iterable, Mapping
from typing import Final

import msgspec

from streams.alerts.alert import Alert, Status
from streams.desk.cases.case import Case
from streams.desk.cases.incidents import places_of, shared_by
from streams.desk.cases.intake import ALIVE
from streams.desk.cases.policy import Policy
from streams.rules.model import RANK

WEIGHTS: Final = {"low": 1.0, "medium": 3.0, "high": 9.0, "critical": 27.0}
HALVING_MS: Final = 12 * 3_600_000  # with so much less time left, a case is twice as urgent
_MOST_PLACES: Final = 20


class Summary(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """`due_at` (ms) is when the first of its customers' alerts is lost. `value` at risk in major units, None unknown.

    `order` sorts a queue: the logarithm of severity x value x time left, where urgency doubles with every twelve hours
    less. Time passes for all cases alike, so the order of two cases never changes while nothing happens to them.
    """

    title: dict[str, str] = {}
    rules: tuple[str, ...] = ()
    open_alerts: int = 0
    started_at: int = 0
    due_at: int = 0
    value: float | None = None
    order: float = 0.0
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
        order=order(case.severity, value, due_at),
        has_customer=any(each.customer for each in known),
        places=places_of(one for each in alive for one in shared_by(each))[:_MOST_PLACES],
    )


def order(severity: str, value: float | None, due_at: int) -> float:
    """Return the place in a queue: the larger, the sooner."""
    return math.log2(WEIGHTS[severity]) + math.log2(worth(value)) - due_at / HALVING_MS


def worth(value: float | None) -> float:
    """Return the factor of a value at risk: 1 where it is unknown or small, 2 for 100, 4 for 10,000."""
    return 1.0 if value is None or value <= 1 else 1.0 + math.log10(value) / 2 if value < 100 else math.log10(value)
