"""Who is told of cases, in groups, on both databases: a storm is one page, and nothing is lost."""

from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Final

import msgspec
import pytest
from sqlalchemy import select

from streams.alerts.alert import Alert, Recent, Status
from streams.desk.cases.case import Change
from streams.desk.cases.command import Acknowledge, Command, Resolve, Snooze
from streams.desk.cases.incidents import IncidentPolicy
from streams.desk.cases.lifecycle import Actor
from streams.desk.cases.policy import HOUR_MS, Policy
from streams.desk.notify import queue as owed
from streams.desk.notify.notice import Kind, Notice
from streams.desk.notify.receiver import ChannelSpec, Receiver
from streams.desk.notify.tables import NOTIFICATIONS
from streams.desk.routing.labels import parse
from streams.desk.routing.silences import Silence
from streams.desk.service.book import Book
from streams.desk.service.digests import Digests
from streams.desk.service.incidents import Gatherer
from streams.desk.service.keeper import Keeper
from streams.desk.service.rebuild import restore
from streams.desk.service.router import Router
from streams.desk.settings.load import load
from streams.desk.store import attention, outbox, queue
from streams.desk.store.cases import Kept
from streams.desk.store.database import Database
from streams.desk.store.queue import Wanted
from streams.testing.alerts import START_MS, alert

FILE: Final = """
receivers:
  - name: chat
    channels: [{kind: webhook, url: "https://chat.example"}]
  - name: lead
    channels: [{kind: webhook, url: "https://lead.example"}]
  - name: post
    channels: [{kind: webhook, url: "https://post.example"}]
teams:
  - name: support
    receiver: chat
    budget: {open_cases: BUDGET}
    digest: {receiver: post, at: "18:00"}
severities: {low: digest, medium: queue, high: page, critical: page}
escalations:
  - name: standard
    steps: [{after: 10m, to: [lead]}]
route:
  receiver: chat
  group_by: [GROUP]
  group_wait: 10s
  group_interval: 5m
  repeat_interval: 4h
  escalation: standard
"""
MINUTE_MS: Final = 60_000
ANA: Final = Actor("ana")


class Kit:
    """A keeper and a router with a clock that is moved by hand."""

    def __init__(self, database: Database, *, group: str = "case", budget: int = 100_000) -> None:
        self.database = database
        self.now = START_MS + 10_000
        text = FILE.replace("GROUP", group).replace("BUDGET", str(budget))
        policy = load(text, "desk.yaml", Path(), datetime.fromtimestamp(START_MS / 1000, UTC))
        names = ("chat", "lead", "post")
        receivers = {name: Receiver(name, (ChannelSpec("webhook"),)) for name in names}
        self.router = Router(
            database,
            policy,
            receivers,
            Digests(receivers, "https://desk.example"),
            channels={},
            now=lambda: self.now,
            base_url="https://desk.example",
        )
        watchers = (Gatherer(IncidentPolicy()), self.router)
        self.keeper = Keeper(
            database, Book(), Policy(), lambda: self.now, until=lambda at, ms: at + ms, watchers=watchers
        )

    async def take(self, *taken: Alert) -> None:
        """Take alerts and decide."""
        await self.keeper.take(taken, {})
        await self.decide()

    async def decide(self, after_ms: int = 0) -> None:
        """Let so much time pass, and decide until nothing is due."""
        self.now += after_ms
        for _ in range(1_000):
            if not await self.router.step():
                break
        await self.router.step()

    async def act(self, command: Command) -> None:
        """Do something to the first case that is open."""
        async with self.database.read() as connection:
            found = (await queue.page(connection, Wanted(), "", 1))[0][0]
        assert isinstance(await self.keeper.act(found.case.case_id, command, ANA, Wanted(closed=None)), Kept)
        await self.decide()

    async def owed(self) -> list[tuple[str, Kind, int]]:
        """Return what is owed to whom: receiver, kind, and how many cases it speaks of."""
        return sorted((each.receiver, each.kind, each.counts.get("cases", 1)) for each in await self.notices())  # type: ignore[call-overload] # an enum of texts

    async def notices(self) -> Sequence[Notice]:
        """Return the notices."""
        async with self.database.read() as connection:
            rows = await connection.execute(select(NOTIFICATIONS.c.notice))
            return [owed._to_notice(row.notice) for row in rows]


@pytest.fixture
def kit(database: Database) -> Kit:
    """A desk without its loops."""
    return Kit(database)


async def test_a_case_is_told_after_the_wait_of_its_group_and_once(kit: Kit) -> None:
    """To the receiver of its route, with number, moment, severity and link, and nothing of the customer."""
    await kit.take(alert("a1"))
    assert await kit.owed() == []
    await kit.decide(10_000)
    await kit.decide(MINUTE_MS)
    assert await kit.owed() == [("chat", Kind.OPENED, 1)]
    (notice,) = await kit.notices()
    assert (notice.number, notice.moment, notice.severity) == (1, "FMOT", "high")
    assert notice.link == f"https://desk.example/cases/{notice.case_id}"
    assert "customer-1" not in repr(notice)


async def test_nobody_sees_it_so_the_next_one_is_told(kit: Kit) -> None:
    """Ten minutes later, and only then."""
    await kit.take(alert("a1"))
    await kit.decide(10_000)
    await kit.decide(9 * MINUTE_MS)
    assert await kit.owed() == [("chat", Kind.OPENED, 1)]
    await kit.decide(MINUTE_MS)
    await kit.decide(10_000)
    assert await kit.owed() == [("chat", Kind.OPENED, 1), ("lead", Kind.ESCALATED, 1)]


async def test_who_has_seen_it_is_not_escalated(kit: Kit) -> None:
    """Acknowledged is enough, and those who were told hear of it."""
    await kit.take(alert("a1"))
    await kit.decide(10_000)
    await kit.act(Acknowledge())
    await kit.decide(HOUR_MS)
    assert await kit.owed() == [("chat", Kind.ACKNOWLEDGED, 1)]


@pytest.mark.parametrize(
    ("status", "kind"), [(Status.RECOVERED, Kind.RESOLVED), (Status.RETRACTED, Kind.RETRACTED)], ids=["good", "never"]
)
async def test_those_who_were_told_hear_of_the_end(kit: Kit, status: Status, kind: Kind) -> None:
    """With the same key, so that the first message is edited; a retraction says so."""
    await kit.take(alert("a1"))
    await kit.decide(10_000)
    (first,) = await kit.notices()
    await kit.take(alert("a1", 2, status))
    await kit.decide(5 * MINUTE_MS)
    (last,) = await kit.notices()
    assert (last.kind, last.dedup_key, last.revision > first.revision) == (kind, first.dedup_key, True)


async def test_what_ends_before_anybody_was_told_is_not_told(kit: Kit) -> None:
    """Within the wait of its group."""
    await kit.take(alert("a1"))
    await kit.take(alert("a1", 2, Status.RETRACTED))
    await kit.decide(HOUR_MS)
    assert await kit.owed() == []


async def test_an_upload_of_last_month_is_in_the_digest_and_not_on_the_pager(kit: Kit) -> None:
    """It is counted there as old."""
    await kit.decide()
    await kit.take(alert("a1", started_at=START_MS - 30 * 24 * HOUR_MS))
    await kit.decide(HOUR_MS)
    assert await kit.owed() == []
    await kit.decide(24 * HOUR_MS)
    assert await kit.owed() == [("post", Kind.DIGEST, 1)]


async def test_a_snoozed_case_is_quiet_until_it_wakes(kit: Kit) -> None:
    """And then it is told."""
    await kit.take(alert("a1"))
    await kit.act(Snooze(until=kit.now + HOUR_MS))
    await kit.decide(MINUTE_MS)
    assert await kit.owed() == []
    kit.now += HOUR_MS
    await kit.keeper.tick()
    await kit.decide()
    await kit.decide(10_000)
    assert await kit.owed() == [("chat", Kind.OPENED, 1)]


async def test_a_silence_holds_until_its_end_and_then_what_still_stands_is_told(kit: Kit) -> None:
    """It has an author and an end."""
    silence = Silence(
        id="s1",
        matchers=(parse('rule="payment-failing"'),),
        starts_at=START_MS,
        ends_at=START_MS + HOUR_MS,
        author="ana",
        comment="maintenance",
    )
    async with kit.database.write() as connection:
        await attention.save_silence(connection, silence)
    await kit.take(alert("a1"), alert("b1", customer="customer-2", rule="delivery-late"))
    await kit.decide(10_000)
    assert [each.number for each in await kit.notices()] == [2]
    await kit.act(Resolve())
    await kit.decide(HOUR_MS)
    await kit.decide(10_000)
    async with kit.database.read() as connection:
        open_numbers = [each.case.number for each in (await queue.page(connection, Wanted(), "", 9))[0]]
    assert open_numbers in ([1], [2])


async def test_what_a_team_cannot_take_on_is_in_the_digest_the_least_urgent_first(database: Database) -> None:
    """And moves up as soon as there is room."""
    kit = Kit(database, budget=2)
    levels = ("high", "critical", "critical")
    await kit.take(*(alert(f"a{n}", customer=f"c{n}", severity=level) for n, level in enumerate(levels)))
    await kit.decide(10_000)
    assert sorted(each.severity for each in await kit.notices()) == ["critical", "critical"]
    await kit.act(Resolve())
    await kit.decide(6 * MINUTE_MS)
    await kit.decide(10_000)
    assert "high" in {each.severity for each in await kit.notices()}


@pytest.mark.parametrize("group", ["rule", "case"])
async def test_a_storm_of_a_thousand_is_one_page(database: Database, group: str) -> None:
    """By the group of its route, or by the incident that its cases share; every case is kept."""
    kit = Kit(database, group=group)
    till = Recent(START_MS, "payment.failed", "//pos/17/2", "t")
    total = 1_000  # five thousand in a minute: tests/bench/desk.py
    for start in range(0, total, 200):
        taken = [alert(f"a{n}", customer=f"c{n}", recent=(till,)) for n in range(start, start + 200)]
        await kit.keeper.take(taken, {})
        kit.now += 2_000
        await kit.decide()
    await kit.decide(10_000)
    notices = await kit.notices()
    early = 4 if group == "case" else 0  # those of before the incident was one
    assert len({each.dedup_key for each in notices if each.receiver == "chat"}) <= 1 + early
    await kit.decide(5 * MINUTE_MS)
    assert max(each.counts.get("cases", 1) for each in await kit.notices()) >= total - early  # type: ignore[call-overload] # an enum of texts
    async with database.read() as connection:
        assert (await queue.page(connection, Wanted(), "", 1))[2] == total
        assert (await queue.page(connection, Wanted(incident=1), "", 1))[2] == total


async def test_a_storm_that_begins_slowly_is_one_page(database: Database) -> None:
    """The cases of before it was an incident move to it, as long as nobody was told of them."""
    kit = Kit(database, group="rule")
    for n in range(30):
        await kit.take(alert(f"a{n}", customer=f"c{n}"))
    await kit.decide(10_000)
    assert await kit.owed() == [("chat", Kind.OPENED, 30)]


async def test_cases_that_come_back_after_a_lost_disk_are_decided_upon(database: Database, second: Database) -> None:
    """Who had to be told, and was not, is told; with the key that it would have had."""
    kit, again = Kit(database), Kit(second)
    await kit.take(alert("a1"))
    await kit.decide(10_000)
    async with database.read() as connection:
        said = [msgspec.json.decode(each.value, type=Change) for each in await outbox.pending(connection, 10)]
    async with second.write() as connection:
        await restore(connection, said, Policy())
    await again.take(alert("a1"))
    await again.decide(10_000)
    assert [each.dedup_key for each in await again.notices()] == [each.dedup_key for each in await kit.notices()]
    assert len(await again.notices()) == 1
