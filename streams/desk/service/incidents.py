"""Finds what cases have in common while they come in, and gathers them in incidents."""

from collections.abc import Collection, Sequence
from typing import Final

from sqlalchemy.ext.asyncio import AsyncConnection

from streams.alerts.alert import Alert, Status
from streams.desk.cases.case import Action
from streams.desk.cases.incidents import IncidentPolicy, Shared, cause_of, evidence_of, shared_by
from streams.desk.service.news import News
from streams.desk.store import attention, changes, incidents

INCIDENT: Final = "incident"  # the kind of a change
KEPT_MS: Final = 2 * 86_400_000  # what cases share, by when their trouble began
_ACTIONS: Final = (Action.OPENED, Action.REOPENED, Action.ALERT)


class Gatherer:
    """Watches changes in their transactions. An alert over a crowd is an incident from its first revision on."""

    def __init__(self, policy: IncidentPolicy) -> None:
        self._policy = policy

    async def changed(self, connection: AsyncConnection, news: Sequence[News], now: int) -> None:
        """Take note of what alerts that fire share, and put their cases where they belong."""
        fresh = [each for each in news if _is_news(each)]
        if not fresh:
            return
        told = {
            each.change.case.case_id: (shared_by(each.alert), evidence_of(each.alert), each.alert)
            for each in fresh
            if each.alert
        }
        await incidents.note(
            connection,
            [
                (case_id, one, alert.started_at)
                for case_id, (shared, evidence, alert) in told.items()
                for one in (*shared, *evidence)
            ],
        )
        marks = await incidents.marks(connection)
        joining: dict[int, list[str]] = {}
        for case_id, (shared, evidence, alert) in told.items():
            number = min((marks[one] for one in (*shared, *evidence) if one in marks), default=0)
            if number:
                joining.setdefault(number, []).append(case_id)
            else:
                await self._look(connection, alert, shared, evidence, marks, now)
        for number, case_ids in joining.items():
            await self._join(connection, number, case_ids, now)

    async def learn(
        self, connection: AsyncConnection, case_id: str, alert: Alert, shared: tuple[Shared, ...], now: int
    ) -> None:
        """Take note of what is known of an alert's trouble later than the alert."""
        await incidents.note(connection, [(case_id, one, alert.started_at) for one in shared])
        marks = await incidents.marks(connection)
        number = min((marks[one] for one in shared if one in marks), default=0)
        if number:
            await self._join(connection, number, [case_id], now)
        else:
            await self._look(connection, alert, shared, (), marks, now)

    async def _look(
        self,
        connection: AsyncConnection,
        alert: Alert,
        shared: tuple[Shared, ...],
        evidence: tuple[Shared, ...],
        marks: dict[Shared, int],
        now: int,
    ) -> None:
        """Open an incident if there is one by now; an alert over a crowd is one by itself."""
        span = (alert.started_at - self._policy.within_ms, alert.started_at + self._policy.within_ms)
        cause = shared[0] if not alert.customer and shared else None
        if cause is None:
            cause = cause_of(await incidents.counts(connection, shared, span), self._policy)
        if cause is None:
            return
        causes = (cause, *evidence) if not alert.customer else (cause,)
        number = await incidents.open_one(connection, cause, now)
        await incidents.mark(connection, number, causes)
        marks.update(dict.fromkeys(causes, number))
        await self._join(connection, number, await incidents.sharing(connection, causes, span), now)

    async def close(self, connection: AsyncConnection, now: int) -> None:
        """Close what is over, and forget what cannot matter any more; now and then."""
        for number in await incidents.close_quiet(connection, now, self._policy.quiet_ms):
            await changes.note(connection, INCIDENT, str(number))
        await incidents.forget(connection, now - KEPT_MS)

    @staticmethod
    async def _join(connection: AsyncConnection, number: int, case_ids: Collection[str], now: int) -> None:
        if await incidents.join(connection, number, case_ids, now):
            # Those of before it was an incident are told with it, and not once more by themselves.
            await attention.touch_many(connection, case_ids, now)
            await changes.note(connection, INCIDENT, str(number))


def _is_news(news: News) -> bool:
    is_firing = news.alert is not None and news.alert.status is Status.FIRING
    return is_firing and news.change.entry.action in _ACTIONS
