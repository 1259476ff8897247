"""Finds what cases have in common while they come in, and gathers them in incidents."""

from collections.abc import Collection
from typing import Final

from sqlalchemy.ext.asyncio import AsyncConnection

from streams.alerts.alert import Alert, Status
from streams.desk.cases.case import Action, Change
from streams.desk.cases.incidents import IncidentPolicy, cause_of, evidence_of, shared_by
from streams.desk.cases.summary import Summary
from streams.desk.store import changes, incidents

INCIDENT: Final = "incident"  # the kind of a change
KEPT_MS: Final = 2 * 86_400_000  # what cases share, by when their trouble began
_NEWS: Final = (Action.OPENED, Action.REOPENED, Action.ALERT)


class Gatherer:
    """Watches changes in their transactions. An alert over a crowd is an incident from its first revision on."""

    def __init__(self, policy: IncidentPolicy) -> None:
        self._policy = policy

    async def changed(
        self, connection: AsyncConnection, change: Change, summary: Summary, alert: Alert | None, now: int
    ) -> None:
        """Take note of what an alert that fires shares, and put its case where it belongs."""
        if alert is None or alert.status is not Status.FIRING or change.entry.action not in _NEWS:
            return
        case_id, shared, evidence = change.case.case_id, shared_by(alert), evidence_of(alert)
        await incidents.note(connection, case_id, (*shared, *evidence), alert.started_at)
        number = await incidents.marked(connection, (*shared, *evidence))
        if number:
            await self._join(connection, number, (case_id,), now)
            return
        span = (alert.started_at - self._policy.within_ms, alert.started_at + self._policy.within_ms)
        cause = shared[0] if not alert.customer and shared else None
        if cause is None:
            cause = cause_of(await incidents.counts(connection, shared, span), self._policy)
        if cause is None:
            return
        marks = (cause, *evidence) if not alert.customer else (cause,)
        number = await incidents.open_one(connection, cause, now)
        await incidents.mark(connection, number, marks)
        await self._join(connection, number, await incidents.sharing(connection, marks, span), now)

    async def close(self, connection: AsyncConnection, now: int) -> None:
        """Close what is over, and forget what cannot matter any more; now and then."""
        for number in await incidents.close_quiet(connection, now, self._policy.quiet_ms):
            await changes.note(connection, INCIDENT, str(number))
        await incidents.forget(connection, now - KEPT_MS)

    @staticmethod
    async def _join(connection: AsyncConnection, number: int, case_ids: Collection[str], now: int) -> None:
        if await incidents.join(connection, number, case_ids, now):
            await changes.note(connection, INCIDENT, str(number))
