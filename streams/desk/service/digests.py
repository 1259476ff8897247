"""The daily digest of each team: everything that nobody was told of at once."""

from typing import Final

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncConnection

from streams.desk.notify import notice as notices
from streams.desk.notify import queue as owed
from streams.desk.notify.notice import About, Count, Notice
from streams.desk.notify.notice import Kind as Said
from streams.desk.notify.receiver import Receiver
from streams.desk.routing.digest import Digest, Item, compose, next_at
from streams.desk.routing.policy import Policy
from streams.desk.routing.reasons import Kind, Reason
from streams.desk.store import attention, cases
from streams.desk.store.database import insert_into
from streams.desk.store.tables import COUNTERS

_TITLE: Final = {"en": "Digest of the day", "es": "Resumen del día"}


class Digests:
    """Tells each digest once."""

    def __init__(self, receivers: dict[str, Receiver], base_url: str, language: str = "en") -> None:
        self._receivers = receivers
        self._base_url = base_url
        self._language = language
        self._next: dict[str, int] = {}

    async def tell(self, connection: AsyncConnection, policy: Policy, now: int) -> int:
        """Owe the digests that are due; return how many."""
        told = 0
        for name, team in policy.teams.items():
            if not team.digest.receiver or self._next.get(name, 0) > now:
                continue
            due_at = await self._due_at(connection, name)
            if due_at and due_at <= now:
                await self._owe(connection, compose(name, await self._items(connection), team.digest, due_at), policy)
                told += 1
            if due_at <= now:
                due_at = next_at(team.digest, now)
                await self._set(connection, name, due_at)
            self._next[name] = due_at
        return told

    async def _owe(self, connection: AsyncConnection, digest: Digest, policy: Policy) -> None:
        receivers = policy.receivers_of(policy.team(digest.team).digest.receiver, digest.team, digest.due_at)
        counts = {
            Count.CASES: digest.cases,
            Count.CRITICAL: digest.by_severity.get("critical", 0),
            Count.OLDER: digest.by_reason.get(Reason.BEFORE_HORIZON, 0),
            Count.OVERFLOW: digest.by_reason.get(Reason.OVER_BUDGET, 0),
        }
        owing = [
            Notice(
                dedup_key=notices.dedup_key(About.DIGEST, f"{digest.team}|{digest.due_at}", receiver),
                receiver=receiver,
                about=About.DIGEST,
                kind=Said.DIGEST,
                revision=1,
                number=0,
                at=digest.due_at,
                opened_at=digest.due_at,
                severity=next(iter(digest.by_severity), "low"),
                moment=next(iter(digest.by_moment), ""),
                link=f"{self._base_url}/?team={digest.team}",
                title=_TITLE,
                language=self._language,
                counts={name: count for name, count in counts.items() if count},
            )
            for receiver in receivers
        ]
        if digest.cases:
            await owed.enqueue(connection, self._receivers, owing, digest.due_at)

    @staticmethod
    async def _items(connection: AsyncConnection) -> list[Item]:
        reasons = await attention.in_digest(connection, Kind.DIGEST)
        kept = await cases.load_many(connection, [case_id for case_id, _ in reasons])
        return [
            Item(
                case_id=case_id,
                number=kept[case_id].case.number,
                team=kept[case_id].case.team,
                moment=kept[case_id].case.moment,
                severity=kept[case_id].case.severity,
                rank=kept[case_id].summary.rank,
                reason=Reason(reason),
            )
            for case_id, reason in reasons
            if case_id in kept
        ]

    @staticmethod
    async def _due_at(connection: AsyncConnection, team: str) -> int:
        found = select(COUNTERS.c.value).where(COUNTERS.c.name == f"digest:{team}")
        return (await connection.execute(found)).scalar() or 0

    @staticmethod
    async def _set(connection: AsyncConnection, team: str, due_at: int) -> None:
        new = insert_into(connection, COUNTERS).values(name=f"digest:{team}", value=due_at)
        await connection.execute(new.on_conflict_do_update(index_elements=[COUNTERS.c.name], set_={"value": due_at}))
