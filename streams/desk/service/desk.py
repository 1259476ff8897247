"""The desk as its API and its console see it: `port.Desk` on the store."""

from collections import Counter
from collections.abc import AsyncIterator, Callable, Iterable, Sequence
from typing import Final

import msgspec
from sqlalchemy.ext.asyncio import AsyncConnection

from streams.alerts.blind import SOURCE_BLIND
from streams.desk.access.roles import Right, may, may_give, may_see_entry
from streams.desk.access.viewer import Viewer
from streams.desk.cases.case import Action, Case, Entry
from streams.desk.cases.command import Assign, Command, Release
from streams.desk.cases.lifecycle import Actor
from streams.desk.cases.refusal import Refusal
from streams.desk.routing.rank import RankPolicy
from streams.desk.routing.silences import Silence
from streams.desk.service import blocks, figures, telling
from streams.desk.service.book import Book
from streams.desk.service.cards import Cards
from streams.desk.service.hub import Hub
from streams.desk.service.journeys import Journeys
from streams.desk.service.keeper import Keeper
from streams.desk.service.port import By, Done, Event, Filter, Flaw, NewSilence, Refused, Revealed, Tally
from streams.desk.service.recovery import Recovery
from streams.desk.service.rows import Mask, row_of
from streams.desk.service.sight import is_seen_by, seen_by
from streams.desk.service.silences import Silences
from streams.desk.service.views import (
    Card,
    Cause,
    Incident,
    Line,
    Page,
    RecoveryFigures,
    Row,
    RuleWorth,
    SilenceView,
    Step,
    TeamBoard,
)
from streams.desk.store import alerts, cases, changes, incidents, queue
from streams.desk.store.cases import Kept
from streams.desk.store.changes import Happened
from streams.desk.store.database import Database
from streams.desk.store.incidents import Incident as StoredIncident
from streams.desk.store.queue import Wanted
from streams.rules.model import RANK

INCIDENTS: Final = 200  # that are listed
RANKED: Final = 100  # cases of an incident that are shown
BULK: Final = 500  # cases read at a time for a command to many
WHY_CHARACTERS: Final = 500
TOLD: Final = 1_000  # events that those who look share


class StoredDesk:
    """See `port.Desk` for what each answer promises."""

    def __init__(
        self,
        database: Database,
        keeper: Keeper,
        hub: Hub,
        cards: Cards,
        journeys: Journeys,
        book: Book,
        mask: Mask,
        rank: RankPolicy,
        now: Callable[[], int],
        lasting: Callable[[], Sequence[Silence]] = tuple,
    ) -> None:
        self._database = database
        self._keeper = keeper
        self._hub = hub
        self._cards = cards
        self._journeys = journeys
        self._book = book
        self._mask = mask
        self._rank = rank
        self._now = now
        self._silences = Silences(database, now, keeper.wake, lasting)
        self._recovery = Recovery(database, book, cards.channels, now)
        self._told: dict[int, tuple[Kept, Event]] = {}  # by number, the oldest first

    async def queue(self, viewer: Viewer, wanted: Filter, *, after: str = "", limit: int = 50) -> Page:
        """Return cases, the most urgent first."""
        now = self._now()
        async with self._database.read() as connection:
            seq = await changes.last(connection)
            kept, cursor, total = await queue.page(connection, _wanted(viewer, wanted, now), after, limit)
        return Page(tuple(row_of(each, now, self._mask, self._rank) for each in kept), cursor, total, seq)

    async def card(self, viewer: Viewer, case_id: str) -> Card | None:
        """Return one case whole."""
        async with self._database.read() as connection:
            kept = await self._visible(connection, viewer, case_id)
            if kept is None:
                return None
            seq = await changes.last(connection)
            judged = await alerts.of_case(connection, case_id)
            trail = await _trail(connection, viewer, case_id)
            cause = await self._cause(connection, kept.incident)
            blind = await alerts.subjects(connection, SOURCE_BLIND.id)
            told, said = await telling.of_case(connection, kept.case)
        seen = await self._journeys.of(alerts.customer_of(judged), [each.alert for each in judged])
        return self._cards.draw(kept, judged, trail, seen, cause, blind, viewer, self._now(), seq, told, said)

    async def trail(self, viewer: Viewer, case_id: str) -> Sequence[Line]:
        """Return everything that happened to a case."""
        async with self._database.read() as connection:
            if await self._visible(connection, viewer, case_id) is None:
                return ()
            return [blocks.line_of(each) for each in await _trail(connection, viewer, case_id)]

    async def journey(self, viewer: Viewer, case_id: str) -> Sequence[Step]:
        """Return all that is known of a person's journey."""
        async with self._database.read() as connection:
            if await self._visible(connection, viewer, case_id) is None:
                return ()
            judged = await alerts.of_case(connection, case_id)
        seen = await self._journeys.of(alerts.customer_of(judged), [each.alert for each in judged])
        return self._cards.steps(seen, judged)

    async def act(self, viewer: Viewer, case_id: str, command: Command) -> Done | Refused:
        """Do it."""
        if not may_give(viewer, command):
            return Refused(Refusal.FORBIDDEN)
        by = Actor(viewer.name, is_lead=may(viewer, Right.DIRECT))
        outcome = await self._keeper.act(case_id, command, by, seen_by(viewer))
        if isinstance(outcome, Refusal):
            return Refused(outcome, None if outcome is Refusal.UNKNOWN else await self._row(viewer, case_id))
        return Done(row_of(outcome, self._now(), self._mask, self._rank))

    async def act_on_incident(self, viewer: Viewer, number: int, command: Command) -> Tally:
        """Do it to every open case of an incident."""
        newest = msgspec.structs.replace(command, revision=0)
        found = await self._open(msgspec.structs.replace(seen_by(viewer), incident=number))
        return _tally([await self.act(viewer, each.case_id, newest) for each in found])

    async def hand_over(self, viewer: Viewer, of: str, to: str = "", note: str = "") -> Tally | Refused:
        """Give what somebody holds to a colleague, or back to the queue."""
        is_lead = may(viewer, Right.DIRECT)
        if not (is_lead or (may(viewer, Right.WORK) and of == viewer.name)):
            return Refused(Refusal.FORBIDDEN)
        if of in ("", queue.NOBODY) or of == to:
            return Refused(Refusal.NOTHING if of and of == to else Refusal.MISSING)
        if len(note) > WHY_CHARACTERS:
            return Refused(Refusal.TOO_LONG)
        by, outcomes = Actor(viewer.name, is_lead=is_lead), list[Kept | Refusal]()
        for each in await self._open(msgspec.structs.replace(seen_by(viewer), assignee=of)):
            # At the revision that was seen, so that nobody loses what they took meanwhile.
            given: Command = Assign(revision=each.revision, to=to, reason=note)
            command = given if to else Release(revision=each.revision, reason=note)
            outcomes.append(await self._keeper.act(each.case_id, command, by, seen_by(viewer)))
        return _tally(Refused(each) if isinstance(each, Refusal) else each for each in outcomes)

    async def reveal(self, viewer: Viewer, case_id: str, why: str) -> Revealed | Refused:
        """Show who it is, and write that down first."""
        if not may(viewer, Right.REVEAL):
            return Refused(Refusal.FORBIDDEN)
        why = why.strip()
        if not why or len(why) > WHY_CHARACTERS:
            return Refused(Refusal.TOO_LONG if why else Refusal.MISSING, await self._row(viewer, case_id))
        async with self._database.read() as connection:
            kept = await self._visible(connection, viewer, case_id)
            if kept is None:
                return Refused(Refusal.UNKNOWN)
            judged = await alerts.of_case(connection, case_id)
        await self._keeper.record(case_id, viewer.name, Action.REVEALED, {"why": why})
        seen = await self._journeys.of(alerts.customer_of(judged), ())
        traits = {
            name: str(value)
            for one in seen
            if one.type == "customer.updated"
            for name, value in one.data.items()
            if isinstance(value, str | int | float)
        }
        return Revealed(kept.case.person, traits)

    async def incidents(self, viewer: Viewer, *, closed: bool = False) -> Sequence[Incident]:
        """Return incidents, the worst first."""
        async with self._database.read() as connection:
            found = await incidents.every(connection, closed=closed, limit=INCIDENTS)
            shown = [await self._incident(connection, viewer, each, rows=False) for each in found]
        return sorted(
            (each for each in shown if each.cases),
            key=lambda each: (each.status != "open", -RANK[each.severity], -each.open_cases, -each.number),
        )

    async def incident(self, viewer: Viewer, number: int) -> Incident | None:
        """Return one with its customers, ranked."""
        async with self._database.read() as connection:
            found = await incidents.load(connection, number)
            shown = await self._incident(connection, viewer, found, rows=True) if found is not None else None
        return shown if shown is not None and shown.cases else None

    async def silences(self, viewer: Viewer) -> Sequence[SilenceView]:
        """Return what people silenced."""
        return await self._silences.every(viewer)

    async def silence(self, viewer: Viewer, wanted: NewSilence) -> SilenceView | Flaw | Refused:
        """Make a silence."""
        return await self._silences.make(viewer, wanted)

    async def end_silence(self, viewer: Viewer, name: str) -> SilenceView | Refused:
        """End a silence."""
        return await self._silences.end(viewer, name)

    async def board(self, viewer: Viewer) -> Sequence[TeamBoard]:
        """Return the viewer's teams."""
        async with self._database.read() as connection:
            return await figures.board(connection, queue.where(seen_by(viewer)), self._now())

    async def recovery(self, viewer: Viewer, by: By) -> Sequence[RecoveryFigures]:
        """Return what became of customers."""
        return await self._recovery.by(viewer, by)

    async def worth(self, viewer: Viewer) -> Sequence[RuleWorth]:
        """Return what the rules are worth."""
        async with self._database.read() as connection:
            return await figures.worth(connection, self._book)

    async def events(self, viewer: Viewer, after: int) -> AsyncIterator[Event]:
        """Yield what changes."""
        async for happened, kept in self._hub.listen(after):
            if kept is not None and is_seen_by(viewer, kept):
                yield self._event(happened, kept)
            else:
                yield Event(happened.seq, happened.kind, happened.key, None, announce=False)

    def _event(self, happened: Happened, kept: Kept) -> Event:
        """Return what all who may see a case are told of it: one event, so that they share its row."""
        known, event = self._told.get(happened.seq, (None, None))
        if event is None or known is not kept:
            row = row_of(kept, self._now(), self._mask, self._rank)
            event = Event(happened.seq, happened.kind, happened.key, row, happened.announce)
            self._told[happened.seq] = kept, event
            if len(self._told) > TOLD:
                del self._told[next(iter(self._told))]
        return event

    async def _open(self, wanted: Wanted) -> Sequence[Case]:
        """Return all open cases that are wanted."""
        found, cursor, wanted = list[Case](), "", msgspec.structs.replace(wanted, closed=False)
        async with self._database.read() as connection:
            while True:
                kept, cursor, _ = await queue.page(connection, wanted, cursor, BULK)
                found += [each.case for each in kept]
                if not cursor:
                    return found

    async def _visible(self, connection: AsyncConnection, viewer: Viewer, case_id: str) -> Kept | None:
        if not may(viewer, Right.SEE) or not await queue.is_seen(connection, seen_by(viewer), case_id):
            return None
        return await cases.load(connection, case_id)

    async def _row(self, viewer: Viewer, case_id: str) -> Row | None:
        async with self._database.read() as connection:
            kept = await self._visible(connection, viewer, case_id)
        return row_of(kept, self._now(), self._mask, self._rank) if kept is not None else None

    async def _cause(self, connection: AsyncConnection, number: int) -> Cause | None:
        found = await incidents.load(connection, number) if number else None
        if found is None:
            return None
        _, _, total = await queue.page(connection, Wanted(incident=number, closed=None), "", 1)
        return Cause(number, found.kind, found.name, total)

    async def _incident(
        self, connection: AsyncConnection, viewer: Viewer, found: StoredIncident, *, rows: bool
    ) -> Incident:
        seen = msgspec.structs.replace(seen_by(viewer), incident=found.number)
        kept, _, total = await queue.page(connection, seen, "", RANKED if rows else 1)
        _, _, still = await queue.page(connection, msgspec.structs.replace(seen, closed=False), "", 1)
        rules = tuple(dict.fromkeys(rule for each in kept for rule in each.summary.rules))
        severity = max((each.case.severity for each in kept), key=lambda name: RANK[name], default="low")
        now = self._now()
        return Incident(
            number=found.number,
            kind=found.kind,
            name=found.name,
            status="closed" if found.closed_at else "open",
            severity=severity,
            opened_at=found.opened_at,
            changed_at=found.changed_at,
            cases=total,
            open_cases=still,
            rules=rules,
            title=self._book.title(rules[0]) if rules else {},
            rows=tuple(row_of(each, now, self._mask, self._rank) for each in kept) if rows else (),
        )


def _tally(outcomes: Iterable[object]) -> Tally:
    """Return what a command came to over many cases."""
    every = list(outcomes)
    refused = Counter(each.reason.value for each in every if isinstance(each, Refused))
    return Tally(len(every) - refused.total(), dict(refused))


def _wanted(viewer: Viewer, wanted: Filter, now: int) -> Wanted:
    """Return a filter as the store knows it, cut to what the viewer may see."""
    search = wanted.search.strip()
    number = (
        int(search.removeprefix("#")) if search.removeprefix("#").isdecimal() and len(search) < len(str(1 << 31)) else 0
    )
    seen = seen_by(viewer)
    return Wanted(
        teams_seen=seen.teams_seen,
        stores_seen=seen.stores_seen,
        statuses=wanted.statuses,
        severities=wanted.severities,
        moments=wanted.moments,
        rules=wanted.rules,
        teams=wanted.teams,
        assignee=wanted.assignee,
        tag=wanted.tag,
        incident=wanted.incident,
        snoozed_at=0 if wanted.snoozed or search else now,
        closed=None if search or wanted.incident else False,
        number=number,
        person="" if number else search,
    )


async def _trail(connection: AsyncConnection, viewer: Viewer, case_id: str) -> Sequence[Entry]:
    """Return what happened to a case, as far as it is for this viewer."""
    return [each for each in await cases.trail(connection, case_id) if may_see_entry(viewer, each.action, each.who)]
