"""The desk in memory, as the API sees it: enough of a lifecycle to be answered by, and no rights of its own."""

import asyncio
from collections import Counter
from collections.abc import AsyncIterator, Sequence
from typing import Final

import msgspec

from streams.desk.access.scope import covers, scope_of
from streams.desk.access.viewer import Viewer
from streams.desk.cases import command as commands
from streams.desk.cases.command import Command
from streams.desk.service.port import By, Done, Event, Filter, Flaw, NewSilence, Refusal, Refused, Revealed, Tally
from streams.desk.service.views import (
    Advice,
    Card,
    Factor,
    Incident,
    Line,
    Page,
    RecoveryFigures,
    Row,
    RuleWorth,
    SilenceView,
    Step,
    TeamBoard,
    Who,
)

NOW: Final = 1_800_000_000_000
_LONGEST: Final = 2000
RECOVERY: Final = (
    RecoveryFigures(
        name="web",
        title={},
        cases=8,
        ended=4,
        recovered=2,
        relapsed=1,
        promoters=None,
        recover_sec=90.0,
        recovery_rate=0.5,
        relapse_rate=0.25,
        promoter_rate=None,
    ),
)


def row(number: int, **changes: object) -> Row:
    """Return a case of the queue; `case_id` is `c<number>`."""
    plain = Row(
        case_id=f"c{number}",
        number=number,
        revision=1,
        status="open",
        severity="critical",
        moment="payment",
        person="c***9",
        title={"en": "3 payments failed", "es": "3 pagos fallidos"},
        rules=("payment-failed",),
        alerts=1,
        opened_at=NOW,
        changed_at=NOW,
        due_at=0,
        assignee="",
        team="web",
        snoozed_until=0,
        callback_at=0,
        tags=(),
        incident=0,
        rank=1000.0 - number,
        factors=(Factor("severity", 3.0, {"en": "critical", "es": "crítica"}),),
    )
    return msgspec.structs.replace(plain, **changes)


class MemoryDesk:
    """Implements the port over rows in a dictionary; `entries` are trails, `published` what streams give."""

    def __init__(self, *rows: Row) -> None:
        self.rows = {each.case_id: each for each in rows}
        self.entries = {each.case_id: [Line(1, NOW, "machine", "opened", {})] for each in rows}
        self.published: list[Event] = []
        self.readers: list[asyncio.Event] = []
        self.acts = 0
        self.silenced: dict[str, SilenceView] = {}

    async def queue(self, viewer: Viewer, wanted: Filter, *, after: str = "", limit: int = 50) -> Page:
        """Return rows by rank, those behind `after` by position."""
        found = [
            each for each in sorted(self.rows.values(), key=lambda each: -each.rank) if self._fits(viewer, each, wanted)
        ]
        start = int(after) if after.isdecimal() else 0
        end = start + limit
        return Page(tuple(found[start:end]), str(end) if end < len(found) else "", len(found), len(self.published))

    async def card(self, viewer: Viewer, case_id: str) -> Card | None:
        """Return a card that has little on it."""
        if (found := self._row(viewer, case_id)) is None:
            return None
        return Card(
            row=found,
            who=Who(masked=found.person),
            what=found.title,
            why=(),
            promises=(),
            tried=(),
            feelings=(),
            timeline=(),
            cause=None,
            advice=Advice((), (), {}, None, hold=False),
            actions=("claim",),
            closes=(),
            alerts=(),
            trail=tuple(self.entries.get(case_id, ())),
            fresh_at=NOW,
            blind=(),
            corrections=0,
        )

    async def trail(self, viewer: Viewer, case_id: str) -> Sequence[Line]:
        """Return what was done."""
        return self.entries.get(case_id, ()) if self._row(viewer, case_id) else ()

    async def journey(self, viewer: Viewer, case_id: str) -> Sequence[Step]:
        """Return one step."""
        return [Step(NOW, "payment.failed", "web", "payment", -1)] if self._row(viewer, case_id) else []

    async def act(self, viewer: Viewer, case_id: str, command: Command) -> Done | Refused:
        """Take commands as far as these tests need them."""
        self.acts += 1
        await asyncio.sleep(0)
        if (found := self._row(viewer, case_id)) is None:
            return Refused(Refusal.UNKNOWN)
        if command.revision not in {0, found.revision}:
            return Refused(Refusal.OUTDATED, found)
        if found.assignee not in {"", viewer.name}:
            return Refused(Refusal.HELD, found)
        if isinstance(command, commands.Wait | commands.Snooze) and command.until <= NOW:
            return Refused(Refusal.IN_PAST, found)
        if isinstance(command, commands.Note) and len(command.text) > _LONGEST:
            return Refused(Refusal.TOO_LONG, found)
        if isinstance(command, commands.Reopen):
            return Refused(Refusal.NOT_CLOSED, found)
        if isinstance(command, commands.Release) and not found.assignee:
            return Refused(Refusal.NOTHING, found)
        assignee = viewer.name if isinstance(command, commands.Claim | commands.Start) else found.assignee
        changed = msgspec.structs.replace(found, revision=found.revision + 1, assignee=assignee)
        self._keep(changed, viewer, type(command).__name__.lower())
        return Done(changed)

    async def act_on_incident(self, viewer: Viewer, number: int, command: Command) -> Tally:
        """Give it to the rows of one."""
        newest, refused = msgspec.structs.replace(command, revision=0), Counter[str]()
        mine = [each.case_id for each in self.rows.values() if each.incident == number]
        for case_id in mine:
            answer = await self.act(viewer, case_id, newest)
            if isinstance(answer, Refused):
                refused[answer.reason] += 1
        return Tally(len(mine) - refused.total(), dict(refused))

    async def hand_over(self, viewer: Viewer, of: str, to: str = "", note: str = "") -> Tally | Refused:
        """Give rows of one holder away."""
        if of != viewer.name:
            return Refused(Refusal.FORBIDDEN)
        mine = [each for each in self.rows.values() if each.assignee == of]
        for each in mine:
            changed = msgspec.structs.replace(each, revision=each.revision + 1, assignee=to)
            self._keep(changed, viewer, "assigned" if to else "released")
        return Tally(len(mine))

    async def reveal(self, viewer: Viewer, case_id: str, why: str) -> Revealed | Refused:
        """Show somebody."""
        if (found := self._row(viewer, case_id)) is None:
            return Refused(Refusal.UNKNOWN)
        self._keep(found, viewer, "revealed")
        return Revealed("cust-000129", {"mail": "anna@example.com"})

    async def incidents(self, viewer: Viewer, *, closed: bool = False) -> Sequence[Incident]:
        """Return one for each number that rows have."""
        numbers = sorted({each.incident for each in self.rows.values()} - {0})
        return [found for number in numbers if (found := await self.incident(viewer, number)) is not None]

    async def incident(self, viewer: Viewer, number: int) -> Incident | None:
        """Return the rows of one."""
        mine = [each for each in self.rows.values() if each.incident == number and number]
        if not mine:
            return None
        return Incident(
            number=number,
            kind="provider",
            name="pay",
            status="open",
            severity="critical",
            opened_at=NOW,
            changed_at=NOW,
            cases=len(mine),
            open_cases=len(mine),
            rules=("payment-failed",),
            title={"en": "Payments fail", "es": "Fallan los pagos"},
            rows=tuple(mine[:100]),
        )

    async def silences(self, viewer: Viewer) -> Sequence[SilenceView]:
        """Return what was silenced."""
        return list(self.silenced.values())

    async def silence(self, viewer: Viewer, wanted: NewSilence) -> SilenceView | Flaw | Refused:
        """Keep a silence that ends."""
        if wanted.ends_at <= NOW:
            return Flaw.IN_PAST
        made = SilenceView(
            id=f"{len(self.silenced):016x}",
            matchers=wanted.matchers,
            starts_at=wanted.starts_at or NOW,
            ends_at=wanted.ends_at,
            author=viewer.name,
            comment=wanted.comment,
        )
        self.silenced[made.id] = made
        return made

    async def end_silence(self, viewer: Viewer, name: str) -> SilenceView | Refused:
        """Forget a silence."""
        return self.silenced.pop(name, None) or Refused(Refusal.UNKNOWN)

    async def board(self, viewer: Viewer) -> Sequence[TeamBoard]:
        """Return one team."""
        return [
            TeamBoard(
                team="web",
                open=len(self.rows),
                unclaimed=1,
                oldest_at=NOW,
                acknowledge_sec=4.0,
                recover_sec=None,
                recovered=1,
                closed=1,
                relapsed=0,
            )
        ]

    async def recovery(self, viewer: Viewer, by: By) -> Sequence[RecoveryFigures]:
        """Return one line."""
        return RECOVERY

    async def worth(self, viewer: Viewer) -> Sequence[RuleWorth]:
        """Return one rule."""
        return [
            RuleWorth(
                rule="payment-failed",
                title={"en": "Payment failed", "es": "Pago fallido"},
                mode="live",
                alerts=3,
                useful=2,
                not_useful=1,
                recovered=1,
                lost=0,
                retracted=0,
            )
        ]

    async def events(self, viewer: Viewer, after: int) -> AsyncIterator[Event]:
        """Yield what was published after a `seq`, and what will be."""
        more = asyncio.Event()
        self.readers.append(more)
        position = after or (self.published[-1].seq if self.published else 0)
        try:
            while True:
                more.clear()
                for event in [each for each in self.published if each.seq > position]:
                    position = event.seq
                    yield event
                await more.wait()
        finally:
            self.readers.remove(more)

    def publish(self, *events: Event) -> None:
        """Let readers have these."""
        self.published += events
        for reader in self.readers:
            reader.set()

    def _row(self, viewer: Viewer, case_id: str) -> Row | None:
        found = self.rows.get(case_id)
        return found if found and covers(scope_of(viewer), found.team) else None

    def _fits(self, viewer: Viewer, each: Row, wanted: Filter) -> bool:
        return (
            self._row(viewer, each.case_id) is not None
            and (not wanted.statuses or each.status in wanted.statuses)
            and (not wanted.severities or each.severity in wanted.severities)
            and wanted.incident in {0, each.incident}
            and wanted.search in {"", str(each.number)}
        )

    def _keep(self, changed: Row, viewer: Viewer, action: str) -> None:
        self.rows[changed.case_id] = changed
        line = Line(changed.revision, NOW, viewer.name, action, {})
        self.entries.setdefault(changed.case_id, []).append(line)
        self.publish(Event(len(self.published) + 1, "case", changed.case_id, changed))
