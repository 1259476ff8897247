"""A case as one line of the queue."""

from collections.abc import Callable

from streams.desk.routing.rank import RankPolicy, rank
from streams.desk.service.views import Factor, Row
from streams.desk.store.cases import Kept

Mask = Callable[[str], str]


def row_of(kept: Kept, now: int, mask: Mask, policy: RankPolicy) -> Row:
    """Return the line of a case as it stands now."""
    case, summary = kept.case, kept.summary
    found = rank(policy, case.severity, summary.value, summary.due_at, now)
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
        resolution=str(case.resolution or ""),
        rank=found.rank,
        factors=tuple(Factor(each.name, each.factor, each.because) for each in found.factors),
    )


def shown(kept: Kept, mask: Mask) -> str:
    """Return whom a case is about: a customer behind a mask, a till or a source by name."""
    return mask(kept.case.person) if kept.summary.has_customer else kept.case.person
