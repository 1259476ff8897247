"""Every change of what the desk keeps, each in one transaction: alerts, commands, time."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any, Final, Protocol

import msgspec
from sqlalchemy.ext.asyncio import AsyncConnection

from streams.alerts.alert import Alert
from streams.codec import touchpoint as touchpoint_codec
from streams.codec.catalogue import ALERTS, DESK_ACTIONS, TOUCHPOINTS
from streams.desk.cases import intake, lifecycle
from streams.desk.cases.case import Action, Case, Change, Entry
from streams.desk.cases.command import Command
from streams.desk.cases.lifecycle import Actor, Until
from streams.desk.cases.outreach import touchpoints_of
from streams.desk.cases.policy import Policy
from streams.desk.cases.refusal import Refusal
from streams.desk.cases.summary import Summary, summarise
from streams.desk.routing.rank import RankPolicy, rank
from streams.desk.service.book import Book
from streams.desk.store import alerts, cases, changes, outbox, positions, queue
from streams.desk.store.cases import Kept
from streams.desk.store.database import Database
from streams.desk.store.outbox import Record
from streams.desk.store.queue import Wanted
from streams.rules.model import RANK

RECOVERY: Final = f"{TOUCHPOINTS}recovery"
TICKED: Final = 200  # cases that time changes in one transaction
_MOVED: Final = 0.02  # of a rank; less is not worth a write
_NEW: Final = (Action.OPENED, Action.REOPENED)
_encode: Final = msgspec.json.Encoder().encode


class Watcher(Protocol):
    """Who must know of changes in the transaction that makes them: notices, incidents."""

    async def changed(
        self, connection: AsyncConnection, change: Change, summary: Summary, alert: Alert | None, now: int
    ) -> None:
        """Take note of a change that was just written; what it raises undoes the change."""


class Keeper:
    """What changes the store. `now` gives ms since the epoch; `wake` is called when something was said."""

    def __init__(
        self,
        database: Database,
        book: Book,
        policy: Policy,
        now: Callable[[], int],
        *,
        until: Until,
        rank: RankPolicy | None = None,
        watchers: Sequence[Watcher] = (),
        wake: Callable[[], None] = lambda: None,
    ) -> None:
        self._database = database
        self._book = book
        self._policy = policy
        self._now = now
        self._until = until
        self._rank = rank or RankPolicy()
        self._ranked_at = 0
        self._watchers = watchers
        self._wake = wake

    async def take(self, taken: Sequence[Alert], offsets: Mapping[int, int]) -> int:
        """Keep alert revisions, and that they were read; return how many were new. All of it or nothing."""
        now, new = self._now(), 0
        async with self._database.write() as connection:
            for alert in taken:
                new += await self._take_one(connection, alert, now)
            await positions.save(connection, ALERTS, offsets)
        self._wake()
        return new

    async def act(self, case_id: str, command: Command, by: Actor, seen: Wanted) -> Kept | Refusal:
        """Do what a person wants, on a case that they may see; return the case as it is then, or why not."""
        now = self._now()
        async with self._database.write() as connection:
            kept = await cases.load(connection, case_id)
            if kept is None or not await queue.is_seen(connection, seen, case_id):
                return Refusal.UNKNOWN
            change = lifecycle.apply(kept.case, command, by, now, self._policy, self._until)
            if isinstance(change, Refusal):
                return change
            if change.entry.action is Action.JUDGED:
                await alerts.judge(connection, change.entry)
            customer = await self._customer(connection, kept.case)
            said = [
                Record(RECOVERY, each.customer.encode(), touchpoint_codec.encode(each))
                for each in touchpoints_of(change, customer)
            ]
            await self._save(connection, change, kept.summary, None, now, said)
        self._wake()
        return Kept(change.case, kept.summary, kept.incident)

    async def record(self, case_id: str, who: str, action: Action, detail: dict[str, Any]) -> None:
        """Add a line to a trail that changes nothing of the case: what was revealed, who was told."""
        now = self._now()
        async with self._database.write() as connection:
            kept = await cases.load(connection, case_id)
            if kept is not None:
                after = msgspec.structs.replace(kept.case, revision=kept.case.revision + 1)
                entry = Entry(case_id=case_id, revision=after.revision, at=now, who=who, action=action, detail=detail)
                await self._save(connection, Change(after, entry), kept.summary, None, now)
        self._wake()

    async def tick(self) -> int:
        """Do what is due by now; return how many cases changed."""
        now, changed = self._now(), 0
        async with self._database.write() as connection:
            for case in await cases.due(connection, now, TICKED):
                kept = await cases.load(connection, case.case_id)
                change = lifecycle.tick(kept.case, now) if kept is not None else None
                if kept is not None and change is not None:
                    await self._save(connection, change, kept.summary, None, now)
                    changed += 1
        if changed:
            self._wake()
        return changed

    async def rerank(self) -> int:
        """Let the time left count anew, where it has begun to count or has run out; return how many ranks moved."""
        now, moved = self._now(), 0
        async with self._database.write() as connection:
            since = min(self._ranked_at or now, now) - self._rank.soon_ms
            for kept in await cases.nearing(connection, since, now + self._rank.soon_ms):
                summary = self._ranked(kept.case, kept.summary)
                if abs(summary.rank - kept.summary.rank) > _MOVED * kept.summary.rank:
                    await cases.resummarise(connection, kept.case, summary)
                    moved += 1
        self._ranked_at = now
        return moved

    async def value(self, case_id: str, value: float) -> None:
        """Take note of what is at risk with a customer."""
        async with self._database.write() as connection:
            kept = await cases.load(connection, case_id)
            if kept is not None and kept.summary.value != value:
                summary = self._ranked(kept.case, msgspec.structs.replace(kept.summary, value=value))
                await cases.resummarise(connection, kept.case, summary)
                await changes.note(connection, cases.CASE, case_id)
        self._wake()

    async def _take_one(self, connection: AsyncConnection, alert: Alert, now: int) -> bool:
        is_new = await alerts.upsert(connection, alert)
        mine = await cases.of_person(connection, intake.person_of(alert))
        home = intake.home_of([each.case for each in mine], alert)
        kept = next((each for each in mine if each.case is home), None)
        team = self._book.team(alert.rule)
        change = intake.take(home, alert, now, self._policy, number=0, team=team)
        if change is None:
            if is_new and kept is not None and any(each.alert_id == alert.alert_id for each in kept.case.members):
                await self._recall(connection, kept, alert)
            return is_new
        if change.case.revision == 1:
            number = await cases.next_number(connection)
            change = Change(msgspec.structs.replace(change.case, number=number), change.entry)
        case = change.case
        summary = await self._summary(connection, case, alert, kept)
        is_worse = home is not None and RANK[case.severity] > RANK[home.severity]
        announce = change.entry.action in _NEW or (is_worse and not case.is_closed)
        await self._save(connection, change, summary, alert, now, announce=announce)
        return is_new

    async def _recall(self, connection: AsyncConnection, kept: Kept, alert: Alert) -> None:
        """Take an alert back that a case has known: the database was lost, or what it had was older."""
        await cases.resummarise(connection, kept.case, await self._summary(connection, kept.case, alert, kept))

    async def _summary(self, connection: AsyncConnection, case: Case, alert: Alert, kept: Kept | None) -> Summary:
        await alerts.assign(connection, alert.alert_id, case.case_id)
        known = [each.alert for each in await alerts.of_case(connection, case.case_id)]
        value = kept.summary.value if kept is not None else None
        return self._ranked(case, summarise(case, known, self._policy, self._book.lost_ms, value))

    def _ranked(self, case: Case, summary: Summary) -> Summary:
        found = rank(self._rank, case.severity, summary.value, summary.due_at, self._now())
        return msgspec.structs.replace(summary, rank=found.rank)

    async def _save(
        self,
        connection: AsyncConnection,
        change: Change,
        summary: Summary,
        alert: Alert | None,
        now: int,
        said: Sequence[Record] = (),
        *,
        announce: bool = False,
    ) -> None:
        await cases.save(connection, change, summary, announce=announce)
        record = Record(DESK_ACTIONS, change.case.case_id.encode(), _encode(change))
        await outbox.put(connection, [record, *said])
        for watcher in self._watchers:
            await watcher.changed(connection, change, summary, alert, now)

    @staticmethod
    async def _customer(connection: AsyncConnection, case: Case) -> str:
        """Return the customer of a case; empty where its person is none."""
        return next((each.alert.customer for each in await alerts.of_case(connection, case.case_id)), "")
