"""What is owed, on both databases."""

import msgspec
import pytest
from sqlalchemy import func, select

from streams.desk.notify import queue
from streams.desk.notify.channel import Receipt
from streams.desk.notify.notice import Kind, Notice
from streams.desk.notify.queue import Claimed
from streams.desk.notify.receiver import ChannelSpec, Receiver
from streams.desk.notify.tables import DELIVERIES, NOTIFICATIONS, Result
from streams.desk.store.database import Database
from tests.unit.desk.notify.notices import NOON, notice

RECEIVERS = {
    "store-team": Receiver("store-team", (ChannelSpec("slack"), ChannelSpec("mail")), "night"),
    "night": Receiver("night", (ChannelSpec("pagerduty"),)),
}
LEASE = 60_000


async def owe(database: Database, *notices: Notice, now: int = NOON) -> None:
    """Owe these notices."""
    async with database.write() as connection:
        await queue.enqueue(connection, RECEIVERS, notices, now)


async def take(
    database: Database, now: int = NOON, *, owner: str = "desk", busy: tuple[tuple[str, str], ...] = ()
) -> list[Claimed]:
    """Claim all that is due."""
    async with database.read() as connection:
        due = await queue.due(connection, now, busy=busy, limit=100)
    async with database.write() as connection:
        return list(await queue.claim(connection, owner, [each.id for each in due], now, LEASE))


async def take_one(database: Database, channel: str, now: int = NOON) -> Claimed:
    """Claim what is due for one channel of the store team, leaving nothing of the others."""
    (found,) = (each for each in await take(database, now) if each.channel == channel)
    return found


async def sent(database: Database, claimed: Claimed, now: int = NOON, *, again_at: int = 0, **ids: str) -> None:
    """Write down that a channel has taken it."""
    async with database.write() as connection:
        await queue.note_sent(connection, "desk", claimed, Receipt(ids), now, again_at)


async def log(database: Database) -> list[tuple[str, str, str]]:
    """Return channel, kind and result of each line, oldest first."""
    async with database.read() as connection:
        lines = await queue.said(connection, "0a")
    return [(line.channel, line.kind, line.result) for line in reversed(lines)]


async def test_a_notice_is_owed_to_every_channel_of_its_receiver(owing: Database) -> None:
    """Once each, and gone when it is taken."""
    await owe(owing, notice())
    claimed = await take(owing)
    assert {each.channel for each in claimed} == {"slack", "mail"}
    assert [(each.notice, each.receipt, each.is_repeat) for each in claimed] == [(notice(), None, False)] * 2
    for each in claimed:
        await sent(owing, each)
    assert await take(owing, NOON + LEASE) == []
    assert sorted(await log(owing)) == [("mail", "opened", "sent"), ("slack", "opened", "sent")]


async def test_it_is_owed_with_the_change_or_not_at_all(owing: Database) -> None:
    """A transaction that is rolled back owes nothing."""

    async def change() -> None:
        async with owing.write() as connection:
            await queue.enqueue(connection, RECEIVERS, [notice()], NOON)
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        await change()
    assert await take(owing) == []


async def test_owing_the_same_twice_owes_it_once(owing: Database) -> None:
    """A replay of what led to a notice says nothing again, before or after it was sent."""
    await owe(owing, notice())
    await owe(owing, notice())
    for each in await take(owing):
        await sent(owing, each)
    await owe(owing, notice(), now=NOON + 1)
    assert await take(owing, NOON + 2) == []


async def test_a_newer_notice_takes_the_place_of_one_that_was_not_sent(owing: Database) -> None:
    """Only the last state is said, and the log tells what was not."""
    await owe(owing, notice())
    await owe(owing, notice(kind=Kind.WORSE, revision=2))
    await owe(owing, notice(kind=Kind.RESOLVED, revision=3))
    claimed = await take(owing)
    assert [each.notice.kind for each in claimed] == [Kind.RESOLVED, Kind.RESOLVED]
    assert sorted(set(await log(owing))) == [
        (channel, kind, "superseded") for channel in ("mail", "slack") for kind in ("opened", "worse")
    ]


async def test_an_older_notice_never_overwrites_a_newer_one(owing: Database) -> None:
    """Whatever is replayed, the last state stays the last."""
    await owe(owing, notice(kind=Kind.RESOLVED, revision=3))
    await owe(owing, notice(kind=Kind.WORSE, revision=2))
    assert {each.notice.kind for each in await take(owing)} == {Kind.RESOLVED}


async def test_what_comes_while_one_is_on_its_way_is_sent_after_it(owing: Database) -> None:
    """Never at the same time, and with the receipt of the first, so that it can edit it."""
    await owe(owing, notice())
    first = await take_one(owing, "slack")
    await owe(owing, notice(kind=Kind.RESOLVED, revision=2), now=NOON + 1)
    assert [each.channel for each in await take(owing, NOON + 1)] == []
    await sent(owing, first, NOON + 2, ts="1.1")
    second = await take_one(owing, "slack", NOON + 2)
    assert (second.notice.kind, second.receipt) == (Kind.RESOLVED, Receipt({"ts": "1.1"}))


async def test_a_failure_while_a_newer_one_waits_keeps_the_newer_one(owing: Database) -> None:
    """It takes over how long the channel has been failing, and is not lost when the older one is given up."""
    await owe(owing, notice())
    first = await take_one(owing, "slack")
    await owe(owing, notice(kind=Kind.RESOLVED, revision=2))
    async with owing.write() as connection:
        await queue.note_retry(connection, "desk", first, "server", NOON, at=NOON + 5_000, since=NOON - 9)
    assert [each.channel for each in await take(owing, NOON + 4_999)] == []
    second = await take_one(owing, "slack", NOON + 5_000)
    assert (second.notice.kind, second.attempts, second.failing_since) == (Kind.RESOLVED, 1, NOON - 9)
    await owe(owing, notice(kind=Kind.WORSE, revision=3))
    async with owing.write() as connection:
        assert not await queue.note_end(connection, "desk", second, Result.GAVE_UP, "refused", NOON + 5_000)
    third = await take_one(owing, "slack", NOON + 5_000)
    assert third.notice.kind is Kind.WORSE


async def test_the_wait_of_a_dead_channel_holds_for_newer_notices(owing: Database) -> None:
    """Many updates of a case do not become many attempts."""
    await owe(owing, notice())
    first = await take_one(owing, "slack")
    async with owing.write() as connection:
        await queue.note_retry(connection, "desk", first, "server", NOON, at=NOON + 5_000, since=NOON)
    await owe(owing, notice(kind=Kind.WORSE, revision=2), now=NOON + 1)
    assert "slack" not in {each.channel for each in await take(owing, NOON + 4_999)}
    again = await take_one(owing, "slack", NOON + 5_000)
    assert (again.notice.kind, again.attempts) == (Kind.WORSE, 1)


async def test_two_desks_never_hold_the_same_notice(owing: Database) -> None:
    """Until a lease runs out, which is how the work of a dead desk is found."""
    await owe(owing, notice())
    async with owing.read() as connection:
        due = [each.id for each in await queue.due(connection, NOON, busy=(), limit=100)]
    async with owing.write() as connection:
        mine = await queue.claim(connection, "one", due, NOON, LEASE)
    async with owing.write() as connection:
        theirs = await queue.claim(connection, "two", due, NOON, LEASE)
    assert (len(mine), list(theirs)) == (2, [])
    assert await take(owing, NOON + LEASE - 1, owner="two") == []
    late = await take(owing, NOON + LEASE, owner="two")
    assert [each.notice for each in late] == [notice(), notice()]


async def test_a_result_after_the_lease_ran_out_changes_nothing_of_the_other_desk(owing: Database) -> None:
    """It is in the log, since it was said; the other desk finishes its own."""
    await owe(owing, notice())
    first = await take_one(owing, "slack")
    theirs = [each for each in await take(owing, NOON + LEASE, owner="two") if each.channel == "slack"]
    await sent(owing, first, NOON + LEASE + 1, ts="1.1")
    assert ("slack", "opened", "sent") in await log(owing)
    async with owing.write() as connection:
        await queue.note_sent(connection, "two", theirs[0], Receipt({"ts": "2.2"}), NOON + LEASE + 2, 0)
    await owe(owing, notice(kind=Kind.WORSE, revision=2), now=NOON + LEASE + 3)
    assert (await take_one(owing, "slack", NOON + LEASE + 3)).receipt == Receipt({"ts": "2.2"})


async def test_a_desk_takes_up_what_it_held_and_what_was_given_up(owing: Database) -> None:
    """At its start, without waiting for leases; what others hold stays theirs."""
    await owe(owing, notice(), notice(receiver="night"))
    held = await take(owing)
    async with owing.write() as connection:
        await queue.note_end(connection, "desk", held[0], Result.GAVE_UP, "unauthorized", NOON)
    await owe(owing, notice(case_id="0b"))
    await take(owing, owner="two")
    async with owing.write() as connection:
        await queue.take_up(connection, "desk", NOON + 1)
    again = await take(owing, NOON + 1)
    assert {each.id for each in again} == {each.id for each in held}


async def test_busy_channels_do_not_hold_up_the_others(owing: Database) -> None:
    """What is due for them is left out before the bound is reached."""
    await owe(owing, *(notice(case_id=f"{number}") for number in range(5)))
    async with owing.read() as connection:
        found = await queue.due(connection, NOON, busy=[("store-team", "slack")], limit=5)
    assert [each.channel for each in found] == ["mail"] * 5


async def test_what_has_to_be_repeated_is_due_again_and_not_logged_again(owing: Database) -> None:
    """Until the case is over."""
    await owe(owing, notice())
    await sent(owing, await take_one(owing, "slack"), again_at=NOON + 900_000, label="x")
    assert "slack" not in {each.channel for each in await take(owing, NOON + 899_999)}
    repeat = await take_one(owing, "slack", NOON + 900_000)
    assert repeat.is_repeat
    assert repeat.receipt == Receipt({"label": "x"})
    async with owing.write() as connection:
        await queue.note_retry(connection, "desk", repeat, "server", NOON + 900_000, at=NOON + 901_000, since=NOON)
    repeat = await take_one(owing, "slack", NOON + 901_000)
    assert repeat.is_repeat
    await sent(owing, repeat, NOON + 901_000)
    assert [line for line in await log(owing) if line[2] == "sent"] == [("slack", "opened", "sent")]


async def test_an_acknowledgement_goes_to_channels_that_edit(owing: Database) -> None:
    """Nobody gets a mail about it."""
    await owe(owing, notice())
    for each in await take(owing):
        await sent(owing, each)
    await owe(owing, notice(kind=Kind.ACKNOWLEDGED, revision=2))
    assert [each.channel for each in await take(owing)] == ["slack"]


async def test_a_fallback_hears_of_the_end_as_well(owing: Database) -> None:
    """It was told under the same key, and its incident over there must not stay open."""
    told = notice(receiver="night", dedup_key=notice().dedup_key, instead_of=("store-team",))
    await owe(owing, told)
    for each in await take(owing):
        await sent(owing, each)
    await owe(owing, notice(kind=Kind.WORSE, revision=2))
    assert {each.notice.receiver for each in await take(owing)} == {"store-team"}
    over = notice(kind=Kind.RESOLVED, revision=3)
    await owe(owing, over)
    found = [each.notice for each in await take(owing, NOON + LEASE) if each.notice.receiver == "night"]
    assert found == [msgspec.structs.replace(over, receiver="night", instead_of=("store-team",))]


async def test_a_receiver_that_there_is_none_of_is_not_forgotten(owing: Database) -> None:
    """The notice is there for the sender to complain about."""
    await owe(owing, notice(receiver="gone"))
    assert [(each.channel, each.notice.receiver) for each in await take(owing)] == [(queue.UNKNOWN, "gone")]


async def test_the_backlog_is_known(owing: Database) -> None:
    """How many are owed, since when, and how many were given up."""
    async with owing.read() as connection:
        assert await queue.backlog(connection) == queue.Backlog(0, 0, 0)
    await owe(owing, notice())
    await owe(owing, notice(case_id="0b"), now=NOON + 5)
    first = await take_one(owing, "slack", NOON)
    async with owing.write() as connection:
        await queue.note_end(connection, "desk", first, Result.GAVE_UP, "refused", NOON)
    async with owing.read() as connection:
        assert await queue.backlog(connection) == queue.Backlog(3, NOON, 1)


async def test_what_is_old_goes_and_what_is_owed_stays(owing: Database) -> None:
    """The log and what has ended are cut by age."""
    await owe(owing, notice(), notice(case_id="0b"))
    for each in await take(owing):
        if each.notice.case_id == "0a":
            await sent(owing, each)
    later = NOON + queue.KEPT_MS
    async with owing.write() as connection:
        assert await queue.prune(connection, later) == 0
        assert await queue.prune(connection, later + 1) == 4
    async with owing.read() as connection:
        left = [
            (await connection.execute(select(func.count()).select_from(table))).scalar_one()
            for table in (NOTIFICATIONS, DELIVERIES)
        ]
    assert left == [2, 0]
    assert {each.notice.case_id for each in await take(owing, later)} == {"0b"}
