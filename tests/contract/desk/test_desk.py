"""What the desk answers, on both databases, and to whom."""

import asyncio
from collections.abc import AsyncIterator

import msgspec
import pytest

from streams.alerts.alert import Evidence, Recent, Status
from streams.codec import vocabulary
from streams.desk.access.masks import mask_customer
from streams.desk.access.roles import OfferPolicy
from streams.desk.access.viewer import Role, Viewer
from streams.desk.cases.command import Assign, Claim, Judge, Note, Resolve
from streams.desk.cases.incidents import IncidentPolicy
from streams.desk.cases.policy import Policy
from streams.desk.cases.refusal import Refusal
from streams.desk.routing.rank import RankPolicy
from streams.desk.service.book import Book
from streams.desk.service.cards import Cards
from streams.desk.service.desk import StoredDesk
from streams.desk.service.hub import Hub
from streams.desk.service.incidents import Gatherer
from streams.desk.service.journeys import Journeys
from streams.desk.service.keeper import Keeper
from streams.desk.service.port import Done, Event, Filter, Refused, Revealed
from streams.desk.store.database import Database
from streams.testing.alerts import START_MS, alert
from streams.testing.patience import PATIENCE_SEC

LEA = Viewer(name="lea", roles=frozenset({Role.LEAD}))
ANA = Viewer(name="ana", roles=frozenset({Role.AGENT}))
STORE = Viewer(name="sam", roles=frozenset({Role.AGENT}), stores=frozenset({"17"}))
OTHER = Viewer(name="otto", roles=frozenset({Role.AGENT}), teams=frozenset({"logistics"}))
COACH = Viewer(name="carla", roles=frozenset({Role.COACH}))
ADMIN = Viewer(name="adam", roles=frozenset({Role.ADMIN}))
TILL = Recent(START_MS, "payment.failed", "//pos/17/2", "t1", "order:1")


class Kit:
    """A desk without its loops but for the one that tells of changes."""

    def __init__(self, database: Database) -> None:
        self.now = START_MS + 10_000
        self.hub = Hub(database)
        book, rank = Book(), RankPolicy()
        self.keeper = Keeper(
            database,
            book,
            Policy(),
            lambda: self.now,
            until=lambda at, ms: at + ms,
            watchers=(Gatherer(IncidentPolicy(at_least=3)),),
            wake=self.hub.wake,
        )
        self.journeys = Journeys(())
        cards = Cards(book, vocabulary.shipped(), OfferPolicy(), mask_customer, rank)
        self.desk = StoredDesk(
            database, self.keeper, self.hub, cards, self.journeys, book, mask_customer, rank, lambda: self.now
        )

    async def ids(self) -> list[str]:
        """Return the cases by number."""
        page = await self.desk.queue(LEA, Filter(statuses=("open", "acknowledged", "in_progress", "resolved")))
        return [row.case_id for row in sorted(page.rows, key=lambda row: row.number)]


@pytest.fixture
async def kit(database: Database) -> AsyncIterator[Kit]:
    """A desk."""
    made = Kit(database)
    task = asyncio.create_task(made.hub.run())
    yield made
    task.cancel()
    await made.journeys.close()


async def test_a_card_has_what_is_known_and_nothing_personal(kit: Kit) -> None:
    """The thirteen blocks from the alerts alone where no worker answers."""
    one = alert(recent=(TILL,), evidence=(Evidence("payment.failed within 10m", 3, 3, ("t0", "t1", "t2")),))
    await kit.keeper.take([one], {})
    (case_id,) = await kit.ids()
    card = await kit.desk.card(ANA, case_id)
    assert card is not None
    assert "customer-1" not in repr(card)
    assert (card.who.masked, card.what["en"], card.timeline[0].is_evidence) == (
        mask_customer("customer-1"), "Payment keeps failing · 3/3", True,
    )  # fmt: skip
    assert (card.why[0].otherwise["en"], card.advice.hold, card.advice.offer_limit) == ("2 instead of 3", True, 25.0)
    assert {"claim", "resolve", "note", "reveal"} <= set(card.actions)
    assert "assign" not in card.actions


async def test_everybody_sees_what_is_theirs(kit: Kit) -> None:
    """Another team's case, another store's and an administrator's: none is there, for any question."""
    await kit.keeper.take([alert("a1"), alert("b1", customer="customer-2", recent=(TILL,))], {})
    first, second = await kit.ids()
    for viewer, expected in ((LEA, 2), (ANA, 2), (COACH, 2), (STORE, 1), (OTHER, 0)):
        assert (await kit.desk.queue(viewer, Filter())).total == expected, viewer.name
    for viewer, case_id in ((OTHER, first), (STORE, first), (ADMIN, first)):
        assert await kit.desk.card(viewer, case_id) is None
        assert (await kit.desk.trail(viewer, case_id), await kit.desk.journey(viewer, case_id)) == ((), ())
    assert await kit.desk.card(STORE, second) is not None
    assert await kit.desk.act(OTHER, first, Claim()) == Refused(Refusal.UNKNOWN)


async def test_who_may_not_is_told_so(kit: Kit) -> None:
    """A coach changes nothing, and an agent does not give work to others."""
    await kit.keeper.take([alert("a1")], {})
    (case_id,) = await kit.ids()
    assert await kit.desk.act(COACH, case_id, Note(text="x")) == Refused(Refusal.FORBIDDEN)
    assert await kit.desk.act(ANA, case_id, Assign(to="ben")) == Refused(Refusal.FORBIDDEN)
    assert isinstance(await kit.desk.act(LEA, case_id, Assign(to="ben")), Done)
    refused = await kit.desk.act(ANA, case_id, Claim())
    assert isinstance(refused, Refused)
    assert (refused.reason, refused.row is not None and refused.row.assignee) == (Refusal.HELD, "ben")


async def test_who_a_customer_is_is_written_down_when_it_is_shown(kit: Kit) -> None:
    """With the reason; without one it is not shown."""
    await kit.keeper.take([alert("a1")], {})
    (case_id,) = await kit.ids()
    assert await kit.desk.reveal(COACH, case_id, "why") == Refused(Refusal.FORBIDDEN)
    assert await kit.desk.reveal(OTHER, case_id, "why") == Refused(Refusal.UNKNOWN)
    missing = await kit.desk.reveal(ANA, case_id, "  ")
    assert isinstance(missing, Refused)
    assert missing.reason is Refusal.MISSING
    assert await kit.desk.reveal(ANA, case_id, "to call back") == Revealed("customer-1", {})
    assert [each.action for each in await kit.desk.trail(LEA, case_id)] == ["opened"]
    *_, last = await kit.desk.trail(ANA, case_id)
    assert (last.who, last.action, last.detail) == ("ana", "revealed", {"why": "to call back"})


async def test_one_command_reaches_all_of_an_incident_and_each_keeps_its_own_state(kit: Kit) -> None:
    """What somebody else holds is counted as refused, and goes on."""
    await kit.keeper.take([alert(f"a{n}", customer=f"c{n}", recent=(TILL,)) for n in range(4)], {})
    (shown,) = await kit.desk.incidents(ANA)
    assert (shown.kind, shown.name, shown.cases, shown.open_cases) == ("till", "//pos/17/2", 4, 4)
    first = (await kit.ids())[0]
    await kit.desk.act(LEA, first, Claim())
    tally = await kit.desk.act_on_incident(ANA, shown.number, Resolve(reason="the till is repaired"))
    assert (tally.done, tally.refused) == (3, {"held": 1})
    whole = await kit.desk.incident(ANA, shown.number)
    assert whole is not None
    assert (whole.open_cases, len(whole.rows)) == (1, 4)
    assert await kit.desk.incident(OTHER, shown.number) is None
    assert await kit.desk.incidents(OTHER) == []


async def test_teams_and_rules_are_told_what_they_came_to(kit: Kit) -> None:
    """Recovered is proof; the thumbs of those who worked the alerts are the precision."""
    await kit.keeper.take([alert("a1"), alert("b1", customer="customer-2")], {})
    first, _ = await kit.ids()
    await kit.desk.act(ANA, first, Judge(alert_id="a1", useful=True))
    await kit.desk.act(ANA, first, Claim())
    await kit.keeper.take([alert("a1", 2, Status.RECOVERED)], {})
    (team,) = await kit.desk.board(ANA)
    assert (team.team, team.open, team.unclaimed, team.recovered, team.closed, team.recover_sec) == (
        "support", 1, 1, 1, 1, 60.0,
    )  # fmt: skip
    elsewhere = msgspec.structs.replace(ANA, stores=frozenset({"no such store"}))
    assert await kit.desk.board(elsewhere) == []
    (rule,) = await kit.desk.worth(ANA)
    assert (rule.alerts, rule.useful, rule.not_useful, rule.recovered) == (2, 1, 0, 1)


async def test_changes_are_told_to_those_who_may_see_them(kit: Kit) -> None:
    """Others hear that something happened, and not what; who comes back hears what was missed."""
    await kit.keeper.take([alert("a0", customer="c0")], {})
    seq = (await kit.desk.queue(LEA, Filter())).seq
    heard: dict[str, Event] = {}

    async def listen(viewer: Viewer) -> None:
        events = kit.desk.events(viewer, seq)
        async for event in events:
            heard[viewer.name] = event
            break
        await events.aclose()  # type: ignore[attr-defined] # it is a generator

    listeners = [asyncio.create_task(listen(viewer)) for viewer in (LEA, OTHER)]
    await asyncio.sleep(0.2)
    await kit.keeper.take([alert("a1")], {})
    await asyncio.wait_for(asyncio.gather(*listeners), PATIENCE_SEC)
    assert heard["lea"].row is not None
    assert (heard["lea"].announce, heard["otto"].row, heard["otto"].announce) == (True, None, False)
    await listen(LEA)
    assert heard["lea"].seq > seq
