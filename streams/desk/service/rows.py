"""A case as one line of the queue."""

from collections.abc import Callable

from streams.desk.cases.case import Case
from streams.desk.cases.summary import HALVING_MS, WEIGHTS, Summary, worth
from streams.desk.service.views import Factor, Row
from streams.desk.store.cases import Kept

Mask = Callable[[str], str]
_HOUR_MS = 3_600_000
_LEAST_HOURS, _MOST_HOURS = -240.0, 240.0  # beyond, urgency grows and falls no more on the screen


def row_of(kept: Kept, now: int, mask: Mask) -> Row:
    """Return the line of a case as it stands now."""
    case, summary = kept.case, kept.summary
    factors = factors_of(case, summary, now)
    rank = 1.0
    for each in factors:
        rank *= each.factor
    return Row(
        case_id=case.case_id,
        number=case.number,
        revision=case.revision,
        status=str(case.status),
        severity=case.severity,
        moment=case.moment,
        person=shown(kept, mask),
        title=summary.title,
        rules=summary.rules,
        alerts=summary.open_alerts,
        opened_at=case.opened_at,
        changed_at=case.changed_at,
        due_at=summary.due_at,
        assignee=case.assignee,
        team=case.team,
        snoozed_until=case.snoozed_until,
        callback_at=case.callback_at,
        tags=case.tags,
        incident=kept.incident,
        rank=round(rank, 3),
        factors=factors,
    )


def shown(kept: Kept, mask: Mask) -> str:
    """Return whom a case is about: a customer behind a mask, a till or a source by name."""
    return mask(kept.case.person) if kept.summary.has_customer else kept.case.person


def factors_of(case: Case, summary: Summary, now: int) -> tuple[Factor, ...]:
    """Return the three factors of a rank; their product sorts cases as `summary.order` does."""
    hours = (summary.due_at - now) / _HOUR_MS
    shown = min(max(hours, _LEAST_HOURS), _MOST_HOURS)
    time = 2 ** (-shown * _HOUR_MS / HALVING_MS)
    left = {"en": f"{hours:.0f} h left", "es": f"quedan {hours:.0f} h"}
    over = {"en": f"{-hours:.0f} h too late", "es": f"{-hours:.0f} h tarde"}
    value = summary.value
    amount = {"en": "value not known", "es": "valor desconocido"}
    if value is not None:
        amount = {"en": f"{value:.0f} at risk", "es": f"{value:.0f} en riesgo"}
    severity = {"en": case.severity, "es": _SEVERITIES.get(case.severity, case.severity)}
    return (
        Factor("severity", WEIGHTS[case.severity], severity),
        Factor("value", round(worth(value), 2), amount),
        Factor("time", round(time, 6), left if hours >= 0 else over),
    )


_SEVERITIES = {"low": "baja", "medium": "media", "high": "alta", "critical": "crítica"}
