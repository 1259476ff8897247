"""Silences of people, on both databases: made, counted, ended, written down, and kept on the topic."""

import msgspec
import pytest
from sqlalchemy import select

from streams.codec.catalogue import DESK_ACTIONS
from streams.desk.access.viewer import Role, Viewer
from streams.desk.cases.policy import HOUR_MS
from streams.desk.cases.refusal import Refusal
from streams.desk.routing.labels import parse
from streams.desk.routing.silences import Flaw, Silence
from streams.desk.service import silences
from streams.desk.service.port import NewSilence, Refused
from streams.desk.service.silences import KEY, MOST, Silenced, Silences
from streams.desk.service.views import SilenceView
from streams.desk.store import attention, audit, outbox
from streams.desk.store.audit import Act
from streams.desk.store.database import Database
from streams.testing.alerts import alert
from tests.contract.desk.test_router import Kit

LEAD = Viewer(name="ana", roles=frozenset({Role.LEAD}))
AGENT = Viewer(name="luis", roles=frozenset({Role.AGENT}))
RULE = 'rule="payment-failing"'


class Desk(Kit):
    """A desk without its loops, and what people silence on it."""

    def __init__(self, database: Database) -> None:
        super().__init__(database)
        self.of_file: list[Silence] = []
        self.silences = Silences(database, lambda: self.now, lambda: None, lambda: self.of_file)

    def wanted(self, *matchers: str, hours: int = 1, **fields: object) -> NewSilence:
        """Return a silence to make."""
        wish = NewSilence(matchers=matchers, ends_at=self.now + hours * HOUR_MS, comment="maintenance")
        return msgspec.structs.replace(wish, **fields)

    async def make(self, *matchers: str, viewer: Viewer = LEAD, **fields: object) -> SilenceView:
        """Make one."""
        made = await self.silences.make(viewer, self.wanted(*matchers, **fields))  # type: ignore[arg-type] # fields of the wish
        assert isinstance(made, SilenceView)
        await self.decide()
        return made


@pytest.fixture
def desk(database: Database) -> Desk:
    """A desk without its loops."""
    return Desk(database)


async def test_a_silence_keeps_quiet_what_stands_already_and_counts_it(desk: Desk) -> None:
    """Cases that came before it and after; another rule is told."""
    await desk.take(alert("a1"), alert("b1", customer="customer-2", rule="delivery-late"))
    made = await desk.make(RULE)
    await desk.take(alert("a2", customer="customer-3"))
    (shown,) = await desk.silences.every(AGENT)
    assert (shown.id, shown.holds, shown.author, shown.matchers) == (made.id, 2, "ana", (RULE,))
    await desk.decide(10_000)
    assert [each.number for each in await desk.notices()] == [2]


async def test_a_silence_of_the_file_is_listed_and_ends_with_the_file_alone(desk: Desk) -> None:
    """Who looks sees all that is quiet; nobody ends here what stands in the desk's file."""
    desk.of_file.append(
        Silence(id="file:1", matchers=(parse(RULE),), starts_at=0, ends_at=desk.now + 1, author="ops", comment="works")
    )
    made = await desk.make(RULE)
    assert [(each.id, each.may_end) for each in await desk.silences.every(LEAD)] == [("file:1", False), (made.id, True)]
    assert await desk.silences.end(LEAD, "file:1") == Refused(Refusal.UNKNOWN)
    desk.now += 1
    assert [each.id for each in await desk.silences.every(LEAD)] == [made.id]


async def test_ended_early_it_tells_what_still_stands(desk: Desk) -> None:
    """And is listed no more; ending it again is nothing."""
    made = await desk.make(RULE)
    await desk.take(alert("a1"))
    desk.now += 60_000
    assert isinstance(await desk.silences.end(LEAD, made.id), SilenceView)
    await desk.decide()
    await desk.decide(10_000)
    assert [each.number for each in await desk.notices()] == [1]
    assert await desk.silences.every(LEAD) == []
    assert await desk.silences.end(LEAD, made.id) == Refused(Refusal.NOTHING)
    assert await desk.silences.end(LEAD, "0" * 16) == Refused(Refusal.UNKNOWN)


async def test_one_that_begins_later_counts_from_then(desk: Desk) -> None:
    """Whatever else was to be decided then."""
    await desk.take(alert("a1"))
    await desk.make(RULE, hours=2, starts_at=desk.now + HOUR_MS)
    (shown,) = await desk.silences.every(LEAD)
    assert shown.holds == 0
    await desk.decide(HOUR_MS)
    (shown,) = await desk.silences.every(LEAD)
    assert shown.holds == 1


async def test_who_and_when_is_written_down(desk: Desk) -> None:
    """Made by one, ended by another."""
    made = await desk.make(RULE)
    began, desk.now = desk.now, desk.now + 60_000
    other = Viewer(name="ben", roles=frozenset({Role.ADMIN}))
    assert isinstance(await desk.silences.end(other, made.id), SilenceView)
    async with desk.database.read() as connection:
        lines = await audit.of(connection, f"{KEY}{made.id}")
    assert [(each.at, each.who, each.action) for each in lines] == [
        (began, "ana", Act.SILENCED),
        (desk.now, "ben", Act.UNSILENCED),
    ]


async def test_silences_outlive_the_disk(desk: Desk, second: Database) -> None:
    """What the topic has, in any order and twice, makes the same silences and the same log."""
    first, gone = await desk.make(RULE), await desk.make('store="madrid"')
    desk.now += 60_000
    await desk.silences.end(LEAD, gone.id)
    async with desk.database.read() as connection:
        records = [each for each in await outbox.pending(connection, 100) if each.topic == DESK_ACTIONS]
        log = [(row.at, row.who, row.action, row.key) for row in await connection.execute(select(audit.AUDIT))]
    assert [each.key.decode() for each in records] == [f"{KEY}{name}" for name in (first.id, gone.id, gone.id)]
    found = [msgspec.json.decode(each.value, type=Silenced) for each in records]
    async with second.write() as connection:
        await silences.restore(connection, [*reversed(found), *found])
    async with second.read() as connection:
        assert [each.id for each in await attention.silences(connection, desk.now)] == [first.id]
        restored = [(row.at, row.who, row.action, row.key) for row in await connection.execute(select(audit.AUDIT))]
    assert sorted(restored) == sorted(log)


@pytest.mark.parametrize(
    ("matchers", "changes", "expected"),
    [
        ((), {}, Flaw.NO_MATCHER),
        (("nonsense",), {}, Flaw.NOT_A_MATCHER),
        (("colour=red",), {}, Flaw.NOT_A_MATCHER),
        ((RULE,), {"ends_at": 1}, Flaw.ENDS_BEFORE_START),
        ((RULE,), {"comment": " "}, Flaw.NO_COMMENT),
    ],
)
async def test_what_nobody_should_silence_is_refused(
    desk: Desk, matchers: tuple[str, ...], changes: dict[str, object], expected: Flaw
) -> None:
    """And nothing is written."""
    wish = msgspec.structs.replace(desk.wanted(*matchers), **changes)
    assert await desk.silences.make(LEAD, wish) is expected
    assert await desk.silences.every(LEAD) == []


async def test_agents_silence_nothing(desk: Desk) -> None:
    """They neither make nor end one, and see those of others."""
    made = await desk.make(RULE)
    assert await desk.silences.make(AGENT, desk.wanted(RULE)) == Refused(Refusal.FORBIDDEN)
    assert await desk.silences.end(AGENT, made.id) == Refused(Refusal.FORBIDDEN)
    (shown,) = await desk.silences.every(AGENT)
    assert not shown.may_end


async def test_a_lead_of_a_team_silences_that_team_alone(desk: Desk) -> None:
    """The one team is added; with several it must be named; those of others are not theirs to end."""
    chat = msgspec.structs.replace(LEAD, teams=frozenset({"chat"}))
    both = msgspec.structs.replace(LEAD, teams=frozenset({"chat", "web"}))
    everybody = await desk.make(RULE)
    made = await desk.make(RULE, viewer=chat)
    assert made.matchers == (RULE, 'team="chat"')
    assert await desk.silences.make(both, desk.wanted(RULE)) is Flaw.NOT_YOURS
    assert (await desk.make(RULE, "team=web", viewer=both)).may_end
    assert await desk.silences.end(chat, everybody.id) == Refused(Refusal.FORBIDDEN)
    assert isinstance(await desk.silences.end(both, made.id), SilenceView)


async def test_a_count_is_cut_to_what_somebody_sees(desk: Desk) -> None:
    """Cases of other teams are not even a number."""
    await desk.make(RULE)
    await desk.take(alert("a1"))
    elsewhere = msgspec.structs.replace(AGENT, teams=frozenset({"stores"}))
    assert [each.holds for each in await desk.silences.every(elsewhere)] == [0]


async def test_there_is_a_bound(desk: Desk) -> None:
    """Who reaches it ends one first."""
    wish = desk.wanted(RULE)
    for _ in range(MOST):
        assert isinstance(await desk.silences.make(LEAD, wish), SilenceView)
    assert await desk.silences.make(LEAD, wish) is Flaw.TOO_MANY
