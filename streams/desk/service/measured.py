"""What the metrics hear of cases: how soon they are taken note of and over, and what became of them."""

from collections.abc import Sequence

from sqlalchemy.ext.asyncio import AsyncConnection

from streams.alerts.alert import Status
from streams.desk.cases.case import Action, Change, Resolution
from streams.desk.service.news import News
from streams.telemetry.desk import DeskRecorder


class Measured:
    """Watches changes for the metrics; a transaction that fails after it has watched is counted all the same."""

    def __init__(self, recorder: DeskRecorder) -> None:
        self._recorder = recorder

    async def changed(self, connection: AsyncConnection, news: Sequence[News], now: int) -> None:
        """Measure from when a case was opened, or reopened the last time."""
        for each in news:
            case = each.change.case
            if case.acknowledged_at == each.change.entry.at and each.change.entry.action is not Action.REOPENED:
                self._recorder.acknowledged(case.team, case.acknowledged_at - case.begun_at)
            if each.change.entry.action is Action.RESOLVED:
                self._recorder.resolved(case.team, case.resolved_at - case.begun_at)
            if _is_proven(each.change):
                self._recorder.recovered(case.team)
            elif each.change.entry.action is Action.RESOLVED and case.resolution is Resolution.LOST:
                self._recorder.lost(case.team)


def _is_proven(change: Change) -> bool:
    """Return whether the journey has just shown that the customer of a case is fine: at its end, or after a claim."""
    case, entry = change.case, change.entry
    if entry.action is Action.RESOLVED:
        return case.resolution is Resolution.RECOVERED
    is_claim = case.is_closed and case.resolution is Resolution.BY_PERSON and case.recovered_at > 0
    return is_claim and entry.action is Action.ALERT and entry.detail["status"] == Status.RECOVERED
