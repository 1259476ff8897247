"""Every change of what the desk keeps, each in one transaction: alerts, commands, time."""

import asyncio
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from contextlib import asynccontextmanager
from typing import Any, Final

import msgspec
from sqlalchemy.ext.asyncio import AsyncConnection

from streams.alerts.alert import Alert
from streams.codec import touchpoint as touchpoint_codec
from streams.codec.catalogue import ALERTS, TOUCHPOINTS
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
from streams.desk.service.news import Watcher
from streams.desk.service.writing import Writing
from streams.desk.store import alerts, attention, cases, changes, positions, queue
from streams.desk.store.cases import Kept
from streams.desk.store.database import Database
from streams.desk.store.outbox import Record
from streams.desk.store.queue import Wanted
from streams.rules.model import RANK

RECOVERY: Final = f"{TOUCHPOINTS}recovery"
TICKED: Final = 200  # cases that time changes in one transaction
_GIVES_WAY_SEC: Final = 0.02  # between two portions of ranks: whoever waits to write goes first
_MOVED: Final = 0.02  # of a rank; less is not worth a write
_NEW: Final = (Action.OPENED, Action.REOPENED)


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
        async with self._writing() as writing:
            connection = writing.connection
            are_new = await alerts.upsert(connection, taken)
            people = _People(await cases.of_people(connection, map(intake.person_of, taken)))
            for alert, is_new in zip(taken, are_new, strict=True):
                await self._take_one(writing, people, alert, is_new=is_new)
            await alerts.assign(connection, people.homes)
            known = await alerts.of_cases(connection, people.changed)
            for case_id, kept in people.changed.items():
                found = [each.alert for each in known[case_id]]
                writing.summaries[case_id] = self._summarise(kept.case, found, kept.summary.value)
                writing.cases[case_id] = kept.case
            await attention.touch(connection, people.recalled, writing.now)  # what was decided is lost as well
            await positions.save(connection, ALERTS, offsets)
        self._wake()
        return sum(are_new)

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
            writing.save(change, kept.summary, said=await _said(connection, change))
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
                writing.save(Change(after, entry), kept.summary)
        self._wake()

    async def tick(self) -> int:
        """Do what is due by now; return how many cases changed."""
        async with self._writing() as writing:
            for kept in await cases.due(writing.connection, writing.now, TICKED):
                change = lifecycle.tick(kept.case, writing.now)
                if change is not None:
                    writing.save(change, kept.summary)
        if writing.written:
            self._wake()
        return len(writing.written)

    async def rerank(self) -> int:
        """Let the time left count anew, where it has begun to count or has run out; return how many ranks moved."""
        now, count = self._now(), 0
        after = (min(self._ranked_at or now, now) - self._rank.soon_ms, "")
        while True:
            async with self._database.write() as connection:
                nearing = await cases.nearing(connection, after, now + self._rank.soon_ms)
                ranked = [(kept, self._ranked(kept.case, kept.summary)) for kept in nearing]
                moved = [
                    (kept.case, summary)
                    for kept, summary in ranked
                    if abs(summary.rank - kept.summary.rank) > _MOVED * kept.summary.rank
                ]
                await cases.resummarise(connection, moved)
            count += len(moved)
            if len(nearing) < cases.NEARING:
                break
            after = nearing[-1].summary.due_at, nearing[-1].case.case_id
            await asyncio.sleep(_GIVES_WAY_SEC)
        self._ranked_at = now
        return count

    async def value(self, case_id: str, value: float) -> None:
        """Take note of what is at risk with a customer."""
        async with self._database.write() as connection:
            kept = await cases.load(connection, case_id)
            if kept is not None and kept.summary.value != value:
                summary = self._ranked(kept.case, msgspec.structs.replace(kept.summary, value=value))
                await cases.resummarise(connection, [(kept.case, summary)])
                await changes.note(connection, cases.CASE, case_id)
        self._wake()

    @asynccontextmanager
    async def _writing(self) -> AsyncIterator[Writing]:
        """Begin a transaction that is finished at its end, or undone by an exception."""
        async with self._database.write() as connection:
            writing = Writing(connection, self._now())
            yield writing
            await writing.finish(self._watchers)

    async def _take_one(self, writing: Writing, people: "_People", alert: Alert, *, is_new: bool) -> None:
        mine = people.cases_of(alert)
        home = intake.home_of([each.case for each in mine], alert)
        kept = next((each for each in mine if each.case is home), None)
        change = intake.take(home, alert, writing.now, self._policy, number=0, team=self._book.team(alert.rule))
        if change is None:
            # The database was lost, or what it had was older: a case has known the alert all along.
            if is_new and kept is not None and any(each.alert_id == alert.alert_id for each in kept.case.members):
                people.put(alert, kept)
                people.recalled.append(kept.case.case_id)
            return
        case = change.case
        if case.revision == 1:
            case = msgspec.structs.replace(case, number=await writing.next_number())
            kept = None
        is_worse = home is not None and RANK[case.severity] > RANK[home.severity]
        announce = change.entry.action in _NEW or (is_worse and not case.is_closed)
        people.put(alert, Kept(case, kept.summary if kept else Summary(), kept.incident if kept else 0))
        writing.save(Change(case, change.entry), alert=alert, announce=announce)

    def _summarise(self, case: Case, known: Sequence[Alert], value: float | None) -> Summary:
        return self._ranked(case, summarise(case, known, self._policy, self._book.lost_ms, value))

    def _ranked(self, case: Case, summary: Summary) -> Summary:
        found = rank(self._rank, case.severity, summary.value, summary.due_at, self._now())
        return msgspec.structs.replace(summary, rank=found.rank)


class _People:
    """The cases of those whose alerts are taken, as they are by now."""

    def __init__(self, known: Mapping[str, Sequence[Kept]]) -> None:
        self._known = {person: {each.case.case_id: each for each in mine} for person, mine in known.items()}
        self.changed: dict[str, Kept] = {}
        self.homes: dict[str, str] = {}  # alert -> case
        self.recalled: list[str] = []  # cases that came back before their alerts did

    def cases_of(self, alert: Alert) -> Sequence[Kept]:
        """Return the cases of an alert's person, the newest first."""
        mine = self._known.get(intake.person_of(alert), {})
        return sorted(mine.values(), key=lambda each: -each.case.ordinal)

    def put(self, alert: Alert, kept: Kept) -> None:
        """Take note of a case, which this alert belongs to."""
        self._known.setdefault(kept.case.person, {})[kept.case.case_id] = kept
        self.changed[kept.case.case_id] = kept
        self.homes[alert.alert_id] = kept.case.case_id


async def _said(connection: AsyncConnection, change: Change) -> Sequence[Record]:
    """Return what a change says to the customer's journey."""
    if change.entry.action is not Action.CONTACTED:
        return ()
    customer = alerts.customer_of(await alerts.of_case(connection, change.case.case_id))
    said = touchpoints_of(change, customer)
    return [Record(RECOVERY, each.customer.encode(), touchpoint_codec.encode(each)) for each in said]
