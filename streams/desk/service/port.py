"""What the desk offers to its API and its console: one protocol, so that both say the same."""

from collections.abc import AsyncIterator, Sequence
from enum import StrEnum
from typing import Protocol

import msgspec

from streams.desk.access.viewer import Viewer
from streams.desk.cases.command import Command
from streams.desk.cases.refusal import Refusal
from streams.desk.routing.silences import Flaw
from streams.desk.service.views import (
    Card,
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

__all__ = ["By", "Desk", "Done", "Event", "Filter", "Flaw", "NewSilence", "Refusal", "Refused", "Revealed"]


class Done(msgspec.Struct, frozen=True):
    """The command changed the case, which is now this."""

    row: Row


class Refused(msgspec.Struct, frozen=True):
    """It did not; `row` is the case as it is where the viewer may see it (who holds it, its revision)."""

    reason: Refusal
    row: Row | None = None


class Tally(msgspec.Struct, frozen=True):
    """What one command came to over many cases; `refused` counts by reason."""

    done: int
    refused: dict[str, int] = {}


class Filter(msgspec.Struct, frozen=True, kw_only=True):
    """Which cases; empty is all. Texts are exact but `search`: a case number, or the whole customer."""

    statuses: tuple[str, ...] = ()
    severities: tuple[str, ...] = ()
    moments: tuple[str, ...] = ()
    rules: tuple[str, ...] = ()
    teams: tuple[str, ...] = ()
    assignee: str = ""  # `-` for nobody
    tag: str = ""
    incident: int = 0
    snoozed: bool = False  # those that are snoozed too
    search: str = ""


class By(StrEnum):
    """What the figures of recovery are counted by; a text of the console."""

    RULE = "rule"
    TEAM = "team"
    CHANNEL = "channel"
    STORE = "store"


class NewSilence(msgspec.Struct, frozen=True, kw_only=True):
    """A silence to make; matchers as people write them. `starts_at` 0 is now."""

    matchers: tuple[str, ...]
    ends_at: int
    comment: str
    starts_at: int = 0


class Event(msgspec.Struct, frozen=True):
    """Something changed: `seq` grows and is what a reader resumes from. `row` is None where the case is out of view."""

    seq: int
    kind: str  # case, incident or blind
    key: str  # case id, or number of the incident
    row: Row | None = None
    announce: bool = False  # a new or worse one: worth a sound


class Revealed(msgspec.Struct, frozen=True):
    """Personal data, given once, with an entry in the trail."""

    customer: str
    traits: dict[str, str]


class Desk(Protocol):
    """What may be asked. Every answer is cut to what the viewer may see."""

    async def queue(self, viewer: Viewer, wanted: Filter, *, after: str = "", limit: int = 50) -> Page:
        """Return cases, the most urgent first; `limit` is 500 at the most."""

    async def card(self, viewer: Viewer, case_id: str) -> Card | None:
        """Return one case whole; None where there is none for this viewer."""

    async def trail(self, viewer: Viewer, case_id: str) -> Sequence[Line]:
        """Return everything that happened to a case, oldest first."""

    async def journey(self, viewer: Viewer, case_id: str) -> Sequence[Step]:
        """Return all that is known of the journey of a case's person, oldest first."""

    async def act(self, viewer: Viewer, case_id: str, command: Command) -> Done | Refused:
        """Do it; what is answered with Done is durable here and on the actions topic."""

    async def act_on_incident(self, viewer: Viewer, number: int, command: Command) -> Tally:
        """Do it to every open case of an incident at its newest revision; one refusal stops no other."""

    async def hand_over(self, viewer: Viewer, of: str, to: str = "", note: str = "") -> Tally | Refused:
        """Give every open case in view that somebody holds to a colleague, or back to the queue; one's own, or a lead.

        The note is in each trail. What somebody changed meanwhile is refused and stays as it is.
        """

    async def reveal(self, viewer: Viewer, case_id: str, why: str) -> Revealed | Refused:
        """Show who it is, and write down that this was done, and why."""

    async def incidents(self, viewer: Viewer, *, closed: bool = False) -> Sequence[Incident]:
        """Return incidents, the worst first."""

    async def incident(self, viewer: Viewer, number: int) -> Incident | None:
        """Return one with its customers, ranked."""

    async def silences(self, viewer: Viewer) -> Sequence[SilenceView]:
        """Return what people or the desk's file silenced and has not ended, the first to end first."""

    async def silence(self, viewer: Viewer, wanted: NewSilence) -> SilenceView | Flaw | Refused:
        """Make one in the viewer's name; who sees some teams or stores only silences nothing beyond them."""

    async def end_silence(self, viewer: Viewer, name: str) -> SilenceView | Refused:
        """End one now."""

    async def board(self, viewer: Viewer) -> Sequence[TeamBoard]:
        """Return the viewer's teams."""

    async def recovery(self, viewer: Viewer, by: By) -> Sequence[RecoveryFigures]:
        """Return what became of customers, those with the most cases first; at the most a minute old."""

    async def worth(self, viewer: Viewer) -> Sequence[RuleWorth]:
        """Return what the rules are worth."""

    def events(self, viewer: Viewer, after: int) -> AsyncIterator[Event]:
        """Yield what changes from now on, or everything after a `seq` (0: from now), until closed."""
