"""Every change of what the desk keeps, each in one transaction: alerts, commands, time."""

from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from contextlib import asynccontextmanager
from typing import Any, Final

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
from streams.desk.service.news import News, Watcher
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


class _Writing:
    """What one transaction has changed so far; most of it is written at its end, at once."""

    def __init__(self, connection: AsyncConnection, now: int) -> None:
        self.connection = connection
        self.now = now
        self.news: list[News] = []
        self.written: list[tuple[Change, bool]] = []
        self.records: list[Record] = []
        self.homes: dict[str, str] = {}  # alert -> case
        self._number = 0
        self._has_number = False

    async def next_number(self) -> int:
        """Return the number for a new case."""
        if not self._has_number:
            self._number, self._has_number = await cases.last_number(self.connection), True
        self._number += 1
        return self._number

    async def save(self, news: News, said: Sequence[Record] = (), *, announce: bool = False) -> None:
        """Write a case; what follows from it is written at the end."""
        change = news.change
        await cases.save(self.connection, change, news.summary)
        self.news.append(news)
        self.written.append((change, announce))
        self.records += [Record(DESK_ACTIONS, change.case.case_id.encode(), _encode(change)), *said]

    async def finish(self, watchers: Sequence[Watcher]) -> None:
        """Write the rest, and tell those who watch."""
        await alerts.assign(self.connection, self.homes)
        await cases.note(self.connection, self.written)
        await outbox.put(self.connection, self.records)
        if self._has_number:
            await cases.save_number(self.connection, self._number)
        if self.news:
            for watcher in watchers:
                await watcher.changed(self.connection, self.news, self.now)


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

    def wake(self) -> None:
        """Tell the loops that something was written."""
        self._wake()

    async def take(self, taken: Sequence[Alert], offsets: Mapping[int, int]) -> int:
        """Keep alert revisions, and that they were read; return how many were new. All of it or nothing."""
        new = 0
        async with self._writing() as writing:
            for alert in taken:
                new += await self._take_one(writing, alert)
            await positions.save(writing.connection, ALERTS, offsets)
        self._wake()
        return new

    async def act(self, case_id: str, command: Command, by: Actor, seen: Wanted) -> Kept | Refusal:
        """Do what a person wants, on a case that they may see; return the case as it is then, or why not."""
        async with self._writing() as writing:
            connection = writing.connection
            kept = await cases.load(connection, case_id)
            if kept is None or not await queue.is_seen(connection, seen, case_id):
                return Refusal.UNKNOWN
            change = lifecycle.apply(kept.case, command, by, writing.now, self._policy, self._until)
            if isinstance(change, Refusal):
                return change
            if change.entry.action is Action.JUDGED:
                await alerts.judge(connection, change.entry)
            customer = await self._customer(connection, kept.case)
            said = [
                Record(RECOVERY, each.customer.encode(), touchpoint_codec.encode(each))
                for each in touchpoints_of(change, customer)
            ]
            await writing.save(News(change, kept.summary), said)
        self._wake()
        return Kept(change.case, kept.summary, kept.incident)

    async def record(self, case_id: str, who: str, action: Action, detail: dict[str, Any]) -> None:
        """Add a line to a trail that changes nothing of the case: what was revealed, who was told."""
        async with self._writing() as writing:
            kept = await cases.load(writing.connection, case_id)
            if kept is not None:
                after = msgspec.structs.replace(kept.case, revision=kept.case.revision + 1)
                entry = Entry(
                    case_id=case_id, revision=after.revision, at=writing.now, who=who, action=action, detail=detail
                )
                await writing.save(News(Change(after, entry), kept.summary))
        self._wake()

    async def tick(self) -> int:
        """Do what is due by now; return how many cases changed."""
        async with self._writing() as writing:
            for case in await cases.due(writing.connection, writing.now, TICKED):
                kept = await cases.load(writing.connection, case.case_id)
                change = lifecycle.tick(kept.case, writing.now) if kept is not None else None
                if kept is not None and change is not None:
                    await writing.save(News(change, kept.summary))
        if writing.news:
            self._wake()
        return len(writing.news)

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

    @asynccontextmanager
    async def _writing(self) -> AsyncIterator[_Writing]:
        """Begin a transaction that is finished at its end, or undone by an exception."""
        async with self._database.write() as connection:
            writing = _Writing(connection, self._now())
            yield writing
            await writing.finish(self._watchers)

    async def _take_one(self, writing: _Writing, alert: Alert) -> bool:
        connection = writing.connection
        is_new = await alerts.upsert(connection, alert)
        mine = await cases.of_person(connection, intake.person_of(alert))
        home = intake.home_of([each.case for each in mine], alert)
        kept = next((each for each in mine if each.case is home), None)
        team = self._book.team(alert.rule)
        change = intake.take(home, alert, writing.now, self._policy, number=0, team=team)
        if change is None:
            if is_new and kept is not None and any(each.alert_id == alert.alert_id for each in kept.case.members):
                await self._recall(writing, kept, alert)
            return is_new
        case = change.case
        if case.revision == 1:
            case = msgspec.structs.replace(case, number=await writing.next_number())
            writing.homes[alert.alert_id] = case.case_id
            summary = self._summarise(case, [alert], None)
        else:
            summary = await self._summary(writing, case, alert, kept)
        is_worse = home is not None and RANK[case.severity] > RANK[home.severity]
        announce = change.entry.action in _NEW or (is_worse and not case.is_closed)
        await writing.save(News(Change(case, change.entry), summary, alert), announce=announce)
        return is_new

    async def _recall(self, writing: _Writing, kept: Kept, alert: Alert) -> None:
        """Take an alert back that a case has known: the database was lost, or what it had was older."""
        summary = await self._summary(writing, kept.case, alert, kept)
        await cases.resummarise(writing.connection, kept.case, summary)

    async def _summary(self, writing: _Writing, case: Case, alert: Alert, kept: Kept | None) -> Summary:
        writing.homes[alert.alert_id] = case.case_id
        await alerts.assign(writing.connection, writing.homes)
        writing.homes.clear()
        known = [each.alert for each in await alerts.of_case(writing.connection, case.case_id)]
        return self._summarise(case, known, kept.summary.value if kept is not None else None)

    def _summarise(self, case: Case, known: Sequence[Alert], value: float | None) -> Summary:
        return self._ranked(case, summarise(case, known, self._policy, self._book.lost_ms, value))

    def _ranked(self, case: Case, summary: Summary) -> Summary:
        found = rank(self._rank, case.severity, summary.value, summary.due_at, self._now())
        return msgspec.structs.replace(summary, rank=found.rank)

    @staticmethod
    async def _customer(connection: AsyncConnection, case: Case) -> str:
        """Return the customer of a case; empty where its person is none."""
        return next((each.alert.customer for each in await alerts.of_case(connection, case.case_id)), "")
