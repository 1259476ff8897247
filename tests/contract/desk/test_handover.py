"""The end of a shift, on both databases: everything that somebody holds goes on, with a note."""

import msgspec
import pytest

from streams.codec import vocabulary
from streams.desk.access.masks import mask_customer
from streams.desk.access.roles import OfferPolicy
from streams.desk.access.viewer import Role, Viewer
from streams.desk.cases.case import Action
from streams.desk.cases.case import Status as Stage
from streams.desk.cases.command import Claim, Command, Resolve, Snooze, Start
from streams.desk.cases.refusal import Refusal
from streams.desk.routing.rank import RankPolicy
from streams.desk.service.book import Book
from streams.desk.service.cards import Cards
from streams.desk.service.desk import StoredDesk
from streams.desk.service.hub import Hub
from streams.desk.service.journeys import Journeys
from streams.desk.service.port import Done, Filter, Refused, Tally
from streams.desk.service.views import Row
from streams.desk.store.database import Database
from streams.testing.alerts import alert
from tests.contract.desk.test_router import Kit

ANA = Viewer(name="ana", roles=frozenset({Role.AGENT}))
BEN = Viewer(name="ben", roles=frozenset({Role.AGENT}))
LEAD = Viewer(name="lea", roles=frozenset({Role.LEAD}))


class Shift(Kit):
    """A desk on which ana holds three cases, one of them snoozed, and has resolved a fourth; ben holds a fifth."""

    def __init__(self, database: Database) -> None:
        super().__init__(database)
        rank, book = RankPolicy(), Book()
        cards = Cards(book, vocabulary.shipped(), OfferPolicy(), mask_customer, rank)
        parts = (Hub(database), cards, Journeys(()), book, mask_customer, rank)
        self.desk = StoredDesk(database, self.keeper, *parts, lambda: self.now)

    async def begin(self) -> None:
        """Let them work."""
        await self.keeper.take([alert(f"a{n}", customer=f"c{n}") for n in range(5)], {})
        rows = await self.rows()
        for row, viewer in zip(rows, (ANA, ANA, ANA, ANA, BEN), strict=True):
            assert isinstance(await self.desk.act(viewer, row.case_id, Claim()), Done)
        commands: list[Command] = [Start(), Snooze(until=self.now + 1_000), Resolve()]
        for row, command in zip(rows[1:4], commands, strict=True):
            assert isinstance(await self.desk.act(ANA, row.case_id, command), Done)

    async def rows(self) -> list[Row]:
        """Return the open cases by number."""
        page = await self.desk.queue(LEAD, Filter(snoozed=True), limit=500)
        return sorted(page.rows, key=lambda row: row.number)

    async def holders(self) -> list[str]:
        """Return who holds each open case, by number."""
        return [row.assignee for row in await self.rows()]


@pytest.fixture
async def shift(database: Database) -> Shift:
    """Somebody's shift."""
    found = Shift(database)
    await found.begin()
    return found


async def test_all_that_somebody_holds_goes_to_a_colleague_with_a_note(shift: Shift) -> None:
    """Also what is snoozed; what is in progress stays so; neither what is resolved nor what others hold."""
    assert await shift.desk.hand_over(ANA, "ana", "eva", "call before six") == Tally(3)
    assert await shift.holders() == ["eva", "eva", "eva", "ben"]
    rows = await shift.rows()
    assert rows[1].status == Stage.IN_PROGRESS
    for row in rows[:3]:
        line = (await shift.desk.trail(LEAD, row.case_id))[-1]
        assert (line.who, line.action) == ("ana", Action.ASSIGNED)
        assert line.detail == {"to": "eva", "reason": "call before six"}


async def test_without_a_colleague_it_goes_back_to_the_queue(shift: Shift) -> None:
    """By a lead too, for who went home."""
    assert await shift.desk.hand_over(LEAD, "ana", note="ill") == Tally(3)
    assert await shift.holders() == ["", "", "", "ben"]
    line = (await shift.desk.trail(LEAD, (await shift.rows())[0].case_id))[-1]
    assert (line.who, line.action, line.detail) == ("lea", Action.RELEASED, {"from": "ana", "reason": "ill"})
    assert await shift.desk.hand_over(LEAD, "ana") == Tally(0)


async def test_a_lead_hands_over_what_is_in_view_alone(shift: Shift) -> None:
    """Cases of other teams stay where they are."""
    elsewhere = msgspec.structs.replace(LEAD, teams=frozenset({"stores"}))
    assert await shift.desk.hand_over(elsewhere, "ana", "eva") == Tally(0)


@pytest.mark.parametrize(
    ("viewer", "of", "to", "reason"),
    [
        (BEN, "ana", "", Refusal.FORBIDDEN),
        (Viewer(name="ana", roles=frozenset({Role.COACH})), "ana", "", Refusal.FORBIDDEN),
        (LEAD, "", "eva", Refusal.MISSING),
        (LEAD, "-", "eva", Refusal.MISSING),
        (ANA, "ana", "ana", Refusal.NOTHING),
    ],
)
async def test_nobody_gives_away_what_is_not_theirs(
    shift: Shift, viewer: Viewer, of: str, to: str, reason: Refusal
) -> None:
    """And nothing changes."""
    before = await shift.rows()
    assert await shift.desk.hand_over(viewer, of, to) == Refused(reason)
    assert await shift.rows() == before
