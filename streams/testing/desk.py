"""A desk in memory with made-up cases, for tests of what shows it: it changes when acted upon, and tells its readers.

It keeps the promises of the port that a reader can see (revisions, holders, refusals, resumed events), and none of the
desk's own rules about calendars, routes and money.
"""

import asyncio
from collections.abc import AsyncIterator, Sequence
from typing import Any, Final

import msgspec

from streams.desk.access.viewer import Role, Viewer
from streams.desk.cases.command import (
    Acknowledge,
    Assign,
    Claim,
    Command,
    Judge,
    Move,
    Note,
    Reach,
    Release,
    Reopen,
    Resolve,
    Snooze,
    Start,
    Tag,
    Wait,
)
from streams.desk.service.port import By, Done, Event, Filter, Flaw, NewSilence, Refusal, Refused, Revealed, Tally
from streams.desk.service.views import (
    Card,
    Incident,
    Line,
    Page,
    Proof,
    RecoveryFigures,
    Row,
    RuleWorth,
    SilenceView,
    Step,
    TeamBoard,
)
from streams.testing import desk_cases as made

_KEPT: Final = 10_000  # events
_HELD: Final = (Claim, Release, Start, Wait, Resolve, Snooze, Move, Reach)  # what nobody but the holder may do
_ACTIONS: Final = {
    Claim: "claimed", Release: "released", Assign: "assigned", Acknowledge: "acknowledged", Start: "started",
    Wait: "waiting", Resolve: "resolved", Reopen: "reopened", Note: "noted", Tag: "tagged", Snooze: "snoozed",
    Move: "moved", Reach: "contacted", Judge: "judged",
}  # fmt: skip


class MemoryDesk:
    """The port `Desk`, in memory; `now` is moved by hand."""

    def __init__(self, cases: int = 40, *, now: int = made.NOW) -> None:
        self.now = now
        self.cards = {
            row.case_id: made.card(row, now) for row in (made.row(number, now) for number in range(1, cases + 1))
        }
        self.revealed: list[tuple[str, str, str]] = []
        self.silenced = {made.SILENCE.id: made.SILENCE}
        self._ranked: list[Row] | None = None
        self._events: list[Event] = []
        self._changed = asyncio.Condition()
        self._is_closed = False

    # What happens by itself

    async def put(self, card: Card, *, announce: bool = False) -> None:
        """Bring a new or changed case."""
        self._seq_of(card)
        self._events.append(Event(len(self._events) + 1, "case", card.row.case_id, card.row, announce))
        async with self._changed:
            self._changed.notify_all()

    async def add(self, number: int, *, severity: str = "critical", rank: float = 99.0) -> str:
        """Bring a new case of this number, and return its id."""
        row = msgspec.structs.replace(
            made.row(number, self.now), severity=severity, rank=rank, status="open", assignee="", opened_at=self.now
        )
        await self.put(made.card(row, self.now), announce=True)
        return row.case_id

    async def retract(self, case_id: str) -> None:
        """Let late touchpoints show that there was nothing: the case is resolved by the journey."""
        card = self.cards[case_id]
        alerts = tuple(
            msgspec.structs.replace(alert, status="retracted", reason="the payment came in time")
            for alert in card.alerts
        )
        await self._change(
            card,
            "machine",
            "resolved",
            {"resolution": "retracted"},
            status="resolved",
            resolution="retracted",
            alerts=alerts,
        )

    async def prove(self, case_id: str) -> None:
        """Let the evidence come that closes the first alert."""
        card = self.cards[case_id]
        first, *rest = card.closes
        await self._change(
            card, "machine", "alert", {}, closes=(Proof(first.rule, first.text, self.now), *rest), fresh_at=self.now
        )

    async def close(self) -> None:
        """End all readers."""
        self._is_closed = True
        async with self._changed:
            self._changed.notify_all()

    # The port

    async def queue(self, viewer: Viewer, wanted: Filter, *, after: str = "", limit: int = 50) -> Page:
        """Return cases, the most urgent first."""
        rows = [row for row in self._by_rank() if self._sees(viewer, row) and self._fits(row, wanted)]
        start = int(after or 0)
        end = start + min(limit, 500)
        return Page(tuple(rows[start:end]), str(end) if end < len(rows) else "", len(rows), len(self._events))

    async def card(self, viewer: Viewer, case_id: str) -> Card | None:
        """Return one case whole."""
        card = self.cards.get(case_id)
        if card is None or not self._sees(viewer, card.row):
            return None
        return msgspec.structs.replace(card, actions=self._may(viewer, card.row), seq=len(self._events))

    async def trail(self, viewer: Viewer, case_id: str) -> Sequence[Line]:
        """Return everything that happened to a case."""
        card = await self.card(viewer, case_id)
        return card.trail if card else ()

    async def journey(self, viewer: Viewer, case_id: str) -> Sequence[Step]:
        """Return all that is known of the journey."""
        return made.steps(self.now) if await self.card(viewer, case_id) else ()

    async def act(self, viewer: Viewer, case_id: str, command: Command) -> Done | Refused:
        """Do it, or say why not."""
        card = self.cards.get(case_id)
        if card is None or not self._sees(viewer, card.row):
            return Refused(Refusal.UNKNOWN)
        reason = self._refusal(viewer, card.row, command)
        if reason is not None:
            return Refused(reason, card.row)
        changes, detail = self._effect(viewer, card.row, command)
        await self._change(card, viewer.name, _ACTIONS[type(command)], detail, **changes)
        return Done(self.cards[case_id].row)

    async def act_on_incident(self, viewer: Viewer, number: int, command: Command) -> Tally:
        """Do it to every open case of an incident."""
        done, refused = 0, dict[str, int]()
        for row in [row for row in self._by_rank() if row.incident == number and row.status != "resolved"]:
            answer = await self.act(viewer, row.case_id, msgspec.structs.replace(command, revision=row.revision))
            if isinstance(answer, Done):
                done += 1
            else:
                refused[answer.reason] = refused.get(answer.reason, 0) + 1
        return Tally(done, refused)

    async def hand_over(self, viewer: Viewer, of: str, to: str = "", note: str = "") -> Tally | Refused:
        """Give what somebody holds to a colleague, or back to the queue."""
        if of != viewer.name and Role.LEAD not in viewer.roles:
            return Refused(Refusal.FORBIDDEN)
        mine = [card for card in self.cards.values() if card.row.assignee == of and card.row.status != "resolved"]
        for card in mine:
            detail = ({"to": to} if to else {"from": of}) | ({"reason": note} if note else {})
            await self._change(card, viewer.name, "assigned" if to else "released", detail, assignee=to)
        return Tally(len(mine))

    async def reveal(self, viewer: Viewer, case_id: str, why: str) -> Revealed | Refused:
        """Show who it is, and write it down."""
        card = self.cards.get(case_id)
        if card is None:
            return Refused(Refusal.UNKNOWN)
        if Role.COACH in viewer.roles:
            return Refused(Refusal.FORBIDDEN, card.row)
        self.revealed.append((viewer.name, case_id, why))
        await self._change(card, viewer.name, "revealed", {"why": why})
        return Revealed(f"customer-{card.row.number}", {"name": "Alba Ejemplo", "phone": "+34 600 000 000"})

    async def incidents(self, viewer: Viewer, *, closed: bool = False) -> Sequence[Incident]:
        """Return incidents, the worst first."""
        return (made.incident((await self._of_incident(viewer)), self.now),)

    async def incident(self, viewer: Viewer, number: int) -> Incident | None:
        """Return one with its customers."""
        return made.incident(await self._of_incident(viewer), self.now) if number == 7 else None

    async def silences(self, viewer: Viewer) -> Sequence[SilenceView]:
        """Return what was silenced."""
        is_lead = Role.LEAD in viewer.roles
        return [msgspec.structs.replace(each, may_end=is_lead) for each in self.silenced.values()]

    async def silence(self, viewer: Viewer, wanted: NewSilence) -> SilenceView | Flaw | Refused:
        """Keep a silence, as far as its matchers look like some."""
        if Role.LEAD not in viewer.roles:
            return Refused(Refusal.FORBIDDEN)
        if not all("=" in text for text in wanted.matchers):
            return Flaw.NOT_A_MATCHER
        new = SilenceView(
            id=f"{len(self.silenced):016x}",
            matchers=wanted.matchers,
            starts_at=wanted.starts_at or self.now,
            ends_at=wanted.ends_at,
            author=viewer.name,
            comment=wanted.comment,
        )
        self.silenced[new.id] = new
        return new

    async def end_silence(self, viewer: Viewer, name: str) -> SilenceView | Refused:
        """Forget a silence."""
        if Role.LEAD not in viewer.roles:
            return Refused(Refusal.FORBIDDEN)
        return self.silenced.pop(name, None) or Refused(Refusal.UNKNOWN)

    async def board(self, viewer: Viewer) -> Sequence[TeamBoard]:
        """Return the viewer's teams."""
        return [team for team in made.BOARD if not viewer.teams or team.team in viewer.teams]

    async def recovery(self, viewer: Viewer, by: By) -> Sequence[RecoveryFigures]:
        """Return what became of customers."""
        return made.RECOVERY[by]

    async def worth(self, viewer: Viewer) -> Sequence[RuleWorth]:
        """Return what the rules are worth."""
        return made.WORTH

    async def events(self, viewer: Viewer, after: int) -> AsyncIterator[Event]:
        """Yield what changes."""
        at = after or len(self._events)
        while True:
            for event in self._events[at:]:
                at += 1
                yield (
                    event
                    if event.row is None or self._sees(viewer, event.row)
                    else msgspec.structs.replace(event, row=None)
                )
            async with self._changed:
                while not self._is_closed and len(self._events) <= at:
                    await self._changed.wait()
            if self._is_closed:
                return

    # How

    def _seq_of(self, card: Card) -> None:
        self.cards[card.row.case_id] = card
        self._ranked = None
        if len(self._events) >= _KEPT:
            raise OverflowError("a desk in memory keeps so many events and no more")

    def _by_rank(self) -> list[Row]:
        if self._ranked is None:
            self._ranked = sorted((card.row for card in self.cards.values()), key=lambda row: (-row.rank, row.number))
        return self._ranked

    async def _of_incident(self, viewer: Viewer) -> tuple[Row, ...]:
        return tuple(row for row in self._by_rank() if row.incident == 7 and self._sees(viewer, row))

    @staticmethod
    def _sees(viewer: Viewer, row: Row) -> bool:
        return not viewer.teams or row.team in viewer.teams

    def _fits(self, row: Row, wanted: Filter) -> bool:
        holder = "" if wanted.assignee == "-" else wanted.assignee
        search = wanted.search.lstrip("#")
        return (
            (not wanted.statuses or row.status in wanted.statuses)
            and (not wanted.severities or row.severity in wanted.severities)
            and (not wanted.moments or row.moment in wanted.moments)
            and (not wanted.rules or bool(set(wanted.rules) & set(row.rules)))
            and (not wanted.teams or row.team in wanted.teams)
            and (not wanted.assignee or row.assignee == holder)
            and (not wanted.tag or wanted.tag in row.tags)
            and (not wanted.incident or row.incident == wanted.incident)
            and (wanted.snoozed or row.snoozed_until <= self.now)
            and (not search or search in (str(row.number), f"customer-{row.number}"))
        )

    @staticmethod
    def _may(viewer: Viewer, row: Row) -> tuple[str, ...]:
        if viewer.roles <= {Role.COACH, Role.PRIVACY}:
            return ()
        if row.status == "resolved":
            return ("reopen", "note", "judge")
        mine = row.assignee == viewer.name
        kept = [command for command in made.COMMANDS if not (command == "claim" and row.assignee)]
        kept = [
            command for command in kept if not (command == "acknowledge" and row.status not in ("open", "reopened"))
        ]
        kept = [command for command in kept if not (command == "start" and row.status == "in_progress")]
        kept = [command for command in kept if not (command == "assign" and Role.LEAD not in viewer.roles)]
        return tuple(kept) + (("release",) if mine else ())

    def _refusal(self, viewer: Viewer, row: Row, command: Command) -> Refusal | None:
        if viewer.roles <= {Role.COACH, Role.PRIVACY}:
            return Refusal.FORBIDDEN
        if isinstance(command, Note | Tag | Judge):
            return None
        if isinstance(command, Reopen) is not (row.status == "resolved"):
            return Refusal.NOT_CLOSED if isinstance(command, Reopen) else Refusal.CLOSED
        if row.assignee not in ("", viewer.name) and isinstance(command, _HELD):
            return Refusal.HELD
        if isinstance(command, Wait | Snooze) and command.until <= self.now:
            return Refusal.IN_PAST
        return Refusal.OUTDATED if command.revision != row.revision else None

    def _effect(self, viewer: Viewer, row: Row, command: Command) -> tuple[dict[str, Any], dict[str, Any]]:
        """Return the fields that a command changes, and what the trail says of it."""
        match command:
            case Claim():
                return {"assignee": viewer.name}, {}
            case Start():
                return {"assignee": viewer.name, "status": "in_progress"}, {}
            case Release():
                return {"assignee": "", "status": "open"}, {}
            case Assign():
                return {"assignee": command.to}, {"to": command.to}
            case Acknowledge():
                return {"status": "acknowledged"}, {}
            case Wait():
                return {"status": "waiting"}, {"until": command.until}
            case Resolve():
                return {"status": "resolved", "resolution": "by_person"}, {"reason": command.reason}
            case Reopen():
                return {"status": "reopened", "assignee": "", "resolution": ""}, {"reason": command.reason}
            case Note():
                return {}, {"text": command.text}
            case Tag():
                kept = tuple(tag for tag in row.tags if tag not in command.remove)
                return {"tags": kept + command.add}, {"text": " ".join(command.add)}
            case Snooze():
                return {"snoozed_until": command.until}, {"until": command.until}
            case Move():
                return {"team": command.team, "assignee": ""}, {"team": command.team}
            case Reach():
                return {"callback_at": command.due} if command.due else {}, {"how": command.how.value, **command.data}
            case Judge():
                return {}, {"reason": command.reason}

    async def _change(self, card: Card, who: str, action: str, detail: dict[str, Any], **changes: Any) -> None:
        fields = {
            name: changes.pop(name) for name in tuple(changes) if name in Row.__struct_fields__ and name != "alerts"
        }
        row = msgspec.structs.replace(card.row, revision=card.row.revision + 1, changed_at=self.now, **fields)
        line = Line(row.revision, self.now, who, action, detail)
        await self.put(msgspec.structs.replace(card, row=row, trail=(*card.trail, line), **changes))
