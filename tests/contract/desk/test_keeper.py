"""What the desk keeps, on both databases: alerts, commands and time, each in one transaction."""

import asyncio

import msgspec
import pytest

from streams.alerts.alert import Alert, Status
from streams.codec import touchpoint as touchpoint_codec
from streams.codec import vocabulary
from streams.codec.catalogue import ALERTS, DESK_ACTIONS
from streams.codec.registry import shipped_store
from streams.desk.cases.case import Action, Change, Resolution
from streams.desk.cases.case import Status as Stage
from streams.desk.cases.command import Claim, Command, Contact, Judge, Note, Reach, Resolve, Snooze, Tag
from streams.desk.cases.lifecycle import Actor
from streams.desk.cases.policy import HOUR_MS, Policy
from streams.desk.cases.refusal import Refusal
from streams.desk.service.book import Book
from streams.desk.service.keeper import RECOVERY, Keeper
from streams.desk.service.rebuild import restore
from streams.desk.store import alerts, cases, changes, outbox, positions, queue
from streams.desk.store.cases import Kept
from streams.desk.store.database import Database
from streams.desk.store.outbox import Record
from streams.desk.store.queue import Wanted
from streams.testing.alerts import START_MS, alert
from streams.touchpoints.touchpoint import Touchpoint

ANA, BEN = Actor("ana"), Actor("ben")
EVERYTHING = Wanted(closed=None)


class Kit:
    """A keeper with a clock that is moved by hand."""

    def __init__(self, database: Database) -> None:
        self.database = database
        self.now = START_MS + 10_000
        self.keeper = Keeper(database, Book(), Policy(), lambda: self.now, until=lambda at, ms: at + ms)

    async def take(self, *taken: Alert) -> int:
        """Take alerts."""
        return await self.keeper.take(taken, {})

    async def act(self, case_id: str, command: Command, by: Actor = ANA) -> Kept | Refusal:
        """Do something to a case."""
        return await self.keeper.act(case_id, command, by, EVERYTHING)

    async def queue(self, wanted: Wanted = EVERYTHING) -> list[Kept]:
        """Return the cases that are wanted."""
        async with self.database.read() as connection:
            return list((await queue.page(connection, wanted, "", 500))[0])

    async def outbox(self) -> list[Record]:
        """Return what is still to be said."""
        async with self.database.read() as connection:
            return list(await outbox.pending(connection, 1_000))

    async def changes(self) -> list[Change]:
        """Return what the actions topic will get."""
        return [
            msgspec.json.decode(each.value, type=Change) for each in await self.outbox() if each.topic == DESK_ACTIONS
        ]


@pytest.fixture
def kit(database: Database) -> Kit:
    """A keeper on a fresh database."""
    return Kit(database)


async def test_alerts_become_cases_with_numbers_trails_and_records_to_send(kit: Kit) -> None:
    """One transaction holds the case, its entry, what goes to the topic, and up to where was read."""
    assert await kit.keeper.take([alert("a1"), alert("b1", customer="customer-2")], {0: 7, 3: 2}) == 2
    found = await kit.queue()
    assert sorted((each.case.number, each.case.person) for each in found) == [(1, "customer-1"), (2, "customer-2")]
    assert [change.case for change in await kit.changes()] == sorted(
        (each.case for each in found), key=lambda case: case.number
    )
    async with kit.database.read() as connection:
        assert await positions.load(connection, ALERTS) == {0: 7, 3: 2}
        assert [each.action for each in await cases.trail(connection, found[0].case.case_id)] == [Action.OPENED]


async def test_an_alert_revision_is_kept_once(kit: Kit) -> None:
    """Whatever comes again, or comes late, changes nothing and says nothing."""
    assert await kit.take(alert("a1", 2), alert("a1", 1), alert("a1", 2)) == 1
    assert await kit.take(alert("a1", 2)) == 0
    assert len(await kit.outbox()) == 1


async def test_positions_never_go_back(kit: Kit) -> None:
    """Two desks may tell in any order."""
    await kit.keeper.take([], {0: 9})
    await kit.keeper.take([], {0: 4})
    async with kit.database.read() as connection:
        assert await positions.load(connection, ALERTS) == {0: 9}


async def test_a_person_has_one_open_case(kit: Kit) -> None:
    """What an older case has resolved, and fires again, joins the newer one that is open."""
    await kit.take(alert("a1"))
    (first,) = await kit.queue()
    assert isinstance(await kit.act(first.case.case_id, Resolve()), Kept)
    await kit.take(alert("b1", rule="delivery-late"))
    await kit.take(alert("a1", 2, severity="critical"))
    (still,) = await kit.queue(Wanted())
    assert (still.case.number, [each.alert_id for each in still.case.members]) == (2, ["b1", "a1"])
    async with kit.database.read() as connection:
        assert [each.alert.alert_id for each in await alerts.of_case(connection, still.case.case_id)] == ["a1", "b1"]


async def test_two_agents_at_the_same_moment_one_case(kit: Kit) -> None:
    """Of twenty claims at once, one is done and all others see the holder."""
    await kit.take(alert("a1"))
    (found,) = await kit.queue()
    claims = (kit.act(found.case.case_id, Claim(revision=1), Actor(f"agent-{number}")) for number in range(20))
    outcomes = await asyncio.gather(*claims)
    done = [each for each in outcomes if isinstance(each, Kept)]
    assert (len(done), outcomes.count(Refusal.HELD)) == (1, 19)
    (after,) = await kit.queue()
    assert after.case == done[0].case


async def test_what_an_agent_does_for_a_customer_goes_out_behind_the_change(kit: Kit) -> None:
    """As a touchpoint under the customer's key."""
    await kit.take(alert("a1"))
    (found,) = await kit.queue()
    await kit.act(found.case.case_id, Reach(how=Contact.OFFERED, data={"offer": "voucher", "value": 10}))
    *_, change, said = await kit.outbox()
    touchpoint = touchpoint_codec.TouchpointDecoder(vocabulary.shipped(), shipped_store()).decode(
        said.value, said.key, (), kit.now
    )
    assert isinstance(touchpoint, Touchpoint)
    assert (change.topic, said.topic, said.key, touchpoint.type, touchpoint.customer) == (
        DESK_ACTIONS, RECOVERY, b"customer-1", "offer.made", "customer-1",
    )  # fmt: skip


async def test_what_was_sent_is_forgotten_and_the_rest_keeps_its_order(kit: Kit) -> None:
    """Oldest first."""
    await kit.take(*(alert(f"a{number}", customer=f"c{number}") for number in range(3)))
    first, *rest = await kit.outbox()
    async with kit.database.write() as connection:
        await outbox.sent(connection, [first])
    assert await kit.outbox() == rest


async def test_time_gives_claims_back_and_wakes_what_is_snoozed(kit: Kit) -> None:
    """Each with an entry; a second look finds nothing."""
    await kit.take(alert("a1"), alert("b1", customer="customer-2"))
    one, two = sorted(await kit.queue(), key=lambda each: each.case.number)
    await kit.act(one.case.case_id, Claim())
    await kit.act(two.case.case_id, Snooze(until=kit.now + HOUR_MS))
    assert await kit.keeper.tick() == 0
    kit.now += 5 * HOUR_MS
    assert (await kit.keeper.tick(), await kit.keeper.tick()) == (2, 0)
    assert [change.entry.action for change in (await kit.changes())[-2:]] == [Action.WOKEN, Action.ROTTED]


async def test_what_somebody_may_not_see_is_not_there(kit: Kit) -> None:
    """A command is refused as for a case that does not exist."""
    await kit.take(alert("a1"))
    (found,) = await kit.queue()
    other = Wanted(teams_seen={"store"}, closed=None)
    assert await kit.keeper.act(found.case.case_id, Claim(), ANA, other) is Refusal.UNKNOWN
    assert await kit.act("nowhere", Claim()) is Refusal.UNKNOWN
    assert await kit.queue(other) == []


async def test_changes_are_numbered_in_their_order(kit: Kit) -> None:
    """Those who look resume behind the last number they saw."""
    await kit.take(alert("a1"))
    (found,) = await kit.queue()
    await kit.act(found.case.case_id, Note(text="x"))
    async with kit.database.write() as connection:
        every = await changes.after(connection, 0, 10)
        assert [(each.key, each.announce) for each in every] == [
            (found.case.case_id, True),
            (found.case.case_id, False),
        ]
        assert await changes.after(connection, every[0].seq, 10) == every[1:]
        await changes.prune(connection, 1)
        assert (await changes.first(connection), await changes.last(connection)) == (every[1].seq,) * 2


@pytest.mark.parametrize(
    ("wanted", "expected"),
    [
        (Wanted(), {1, 2, 3}),
        (Wanted(severities={"critical"}), {2}),
        (Wanted(moments={"SMOT"}), {3}),
        (Wanted(rules={"late"}), {3}),
        (Wanted(statuses={"acknowledged"}), {1}),
        (Wanted(assignee="ana"), {1}),
        (Wanted(assignee="-"), {2, 3}),
        (Wanted(tag="vip"), {2}),
        (Wanted(tag="vi%"), set()),
        (Wanted(number=3), {3}),
        (Wanted(person="customer-2"), {2}),
        (Wanted(snoozed_at=START_MS), {1, 2}),
        (Wanted(teams_seen={"store"}), set()),
        (Wanted(stores_seen={"17"}), {3}),
        (Wanted(closed=True), {4}),
        (Wanted(closed=None), {1, 2, 3, 4}),
    ],
    ids=repr,
)
async def test_what_is_wanted_is_found(kit: Kit, wanted: Wanted, expected: set[int]) -> None:
    """Each filter by itself."""
    recent = ({"time": START_MS, "type": "sale.voided", "source": "//pos/17/2", "id": "t"},)
    third = alert("a3", customer="customer-3", rule="late", moment="SMOT")
    third = msgspec.convert({**msgspec.to_builtins(third), "recent": recent}, Alert)
    critical = alert("a2", customer="customer-2", severity="critical")
    await kit.take(alert("a1"), critical, third, alert("a4", customer="customer-4"))
    ids = {each.case.number: each.case.case_id for each in await kit.queue()}
    await kit.act(ids[1], Claim())
    await kit.act(ids[2], Tag(add=("vip",)))
    await kit.act(ids[3], Snooze(until=kit.now + HOUR_MS))
    await kit.act(ids[4], Resolve())
    assert {each.case.number for each in await kit.queue(wanted)} == expected


async def test_a_queue_is_read_page_by_page_the_most_urgent_first(kit: Kit) -> None:
    """Severity, then time left; every case once."""
    levels = ("low", "high", "critical", "medium")
    await kit.take(*(alert(f"a{number}", customer=f"c{number}", severity=levels[number % 4]) for number in range(10)))
    seen: list[str] = []
    cursor = ""
    async with kit.database.read() as connection:
        while True:
            found, cursor, total = await queue.page(connection, Wanted(), cursor, 3)
            seen += [each.case.severity for each in found]
            if not cursor:
                break
        assert (total, seen) == (10, ["critical"] * 2 + ["high"] * 3 + ["medium"] * 2 + ["low"] * 3)
        assert (await queue.page(connection, Wanted(), "no cursor", 3))[0] == []


async def test_people_say_what_alerts_are_worth(kit: Kit) -> None:
    """The last word counts."""
    await kit.take(alert("a1"))
    (found,) = await kit.queue()
    await kit.act(found.case.case_id, Judge(alert_id="a1", useful=True))
    kit.now += 1
    await kit.act(found.case.case_id, Judge(alert_id="a1", useful=False, reason="a test order"), BEN)
    async with kit.database.read() as connection:
        assert [each.useful for each in await alerts.of_case(connection, found.case.case_id)] == [False]


async def test_a_lost_database_comes_back_from_the_two_topics(kit: Kit, second: Database) -> None:
    """Cases, trails and judgements from what people did; the alerts from theirs; and nothing is said again."""
    told = [alert("a1"), alert("b1", customer="customer-2"), alert("a1", 2, Status.RECOVERED, reason="paid")]
    await kit.take(*told[:2])
    one, two = sorted(await kit.queue(), key=lambda each: each.case.number)
    await kit.act(one.case.case_id, Note(text="called"))
    await kit.act(two.case.case_id, Judge(alert_id="b1", useful=False, reason="test"))
    await kit.take(told[2])
    await kit.act(two.case.case_id, Resolve())
    again = Kit(second)
    said = await kit.changes()
    async with second.write() as connection:
        await restore(connection, [*said, *said[:3]], Policy())
    assert await again.take(*told) == 3
    assert await again.queue() == await kit.queue()
    assert await again.outbox() == []
    async with kit.database.read() as before, second.read() as after:
        for each in await kit.queue():
            case_id = each.case.case_id
            assert await cases.trail(after, case_id) == await cases.trail(before, case_id)
            assert await alerts.of_case(after, case_id) == await alerts.of_case(before, case_id)
    await again.take(alert("c1", customer="customer-3"))
    assert [each.case.number for each in await again.queue(Wanted())] == [3]


async def test_a_revision_that_was_missed_on_the_way_to_the_topic_is_made_again(kit: Kit, second: Database) -> None:
    """What the actions topic does not have, the alerts topic brings."""
    await kit.take(alert("a1"))
    said = await kit.changes()
    await kit.take(alert("a1", 2, Status.RECOVERED))
    again = Kit(second)
    async with second.write() as connection:
        await restore(connection, said, Policy())
    await again.take(alert("a1", 2, Status.RECOVERED))
    (found,) = await again.queue()
    assert (found.case.status, found.case.resolution) == (Stage.RESOLVED, Resolution.RECOVERED)


async def test_the_time_left_counts_anew_for_every_case(kit: Kit) -> None:
    """However many there are, some in each transaction; and once is enough."""
    total = 2 * cases.NEARING + 1
    await kit.take(*(alert(f"a{number}", customer=f"c{number}") for number in range(total)))
    (before, *_) = await kit.queue()
    kit.now = before.summary.due_at - HOUR_MS // 2
    assert await kit.keeper.rerank() == total
    assert await kit.keeper.rerank() == 0
