"""The loop that sends, on both databases."""

import asyncio
import contextlib
import logging

import pytest

from streams.desk.notify import queue
from streams.desk.notify import sender as sender_module
from streams.desk.notify.channel import Failed, Reason, Receipt, Sent
from streams.desk.notify.notice import Kind, Notice
from streams.desk.notify.receiver import ChannelSpec, Receiver
from streams.desk.notify.sender import AT_ONCE
from streams.desk.store.database import Database
from tests.contract.desk.notify.desk import BUSY, REFUSED, TAKEN, Desk, Mouth, until
from tests.unit.desk.notify.notices import notice

SLACK, NIGHT, BOSS = ("store-team", "slack"), ("night", "pagerduty"), ("boss", "mail")


async def test_what_is_owed_is_said_once(owing: Database) -> None:
    """With the receipt of what was said before, so that the channel can edit it."""
    slack = Mouth()
    desk = Desk(owing, {SLACK: slack})
    await desk.owe(notice())
    assert (await desk.send(), await desk.send(3_600)) == (1, 0)
    await desk.owe(notice(kind=Kind.RESOLVED, revision=2))
    await desk.send()
    assert [(told.kind, earlier) for told, earlier in slack.heard] == [
        (Kind.OPENED, None),
        (Kind.RESOLVED, Receipt({"ts": "1.1"})),
    ]
    assert desk.events.lines == [("sent", "slack", "opened"), ("sent", "slack", "resolved")]
    assert await desk.log() == ["slack opened 1 sent", "slack resolved 1 sent"]


async def test_each_attempt_has_a_span_and_only_the_first_message_is_timed(owing: Database) -> None:
    """From the opening of the case; what a channel sends on bears the span of its own attempt."""
    slack = Mouth(BUSY)
    desk = Desk(owing, {SLACK: slack})
    await desk.owe(notice())
    await desk.send()
    await desk.send(5)
    await desk.owe(notice(revision=2))
    await desk.send()
    await desk.owe(notice(kind=Kind.RESOLVED, revision=3))
    await desk.send()
    assert desk.spans == [("slack", 1), ("slack", 2), ("slack", 1), ("slack", 1)]
    assert [trace.span_id for trace in slack.traces if trace] == [f"{number:016x}" for number in (1, 2, 3, 4)]
    assert desk.events.firsts == [desk.now - notice().opened_at]


async def test_a_failure_is_tried_again_after_its_wait(owing: Database) -> None:
    """Not earlier, and with the same key."""
    slack = Mouth(BUSY, Failed(Reason.RATE_LIMITED, retry=True, retry_after_sec=30))
    desk = Desk(owing, {SLACK: slack})
    await desk.owe(notice())
    assert [await desk.send(), await desk.send(1.9), await desk.send(0.1)] == [1, 0, 1]
    assert [await desk.send(29.9), await desk.send(0.1)] == [0, 1]
    assert {told.dedup_key for told, _ in slack.heard} == {notice().dedup_key}
    assert await desk.log() == [
        "slack opened 1 retry server",
        "slack opened 2 retry rate_limited",
        "slack opened 3 sent",
    ]


async def test_a_dead_channel_falls_back_and_says_so(owing: Database, caplog: pytest.LogCaptureFixture) -> None:
    """After two minutes the fallback has it, under the same key, with the name of who could not be told."""
    slack, night = Mouth(), Mouth()
    slack.always = BUSY
    desk = Desk(owing, {SLACK: slack, NIGHT: night})
    await desk.owe(notice())
    for _ in range(60):
        await desk.send(2)
    ((told, earlier),) = night.heard
    assert (told.receiver, told.instead_of, earlier) == ("night", ("store-team",), None)
    assert told.dedup_key == slack.heard[0][0].dedup_key
    assert desk.events.lines[-2:] == [("fell back", "slack", "server"), ("sent", "pagerduty", "opened")]
    assert "slack of receiver store-team is dead (server): night is told instead" in caplog.text
    assert (await desk.log())[-2:] == ["slack opened 6 fell_back server", "pagerduty opened 1 sent"]


async def test_a_channel_that_has_been_dead_gets_no_more_patience(owing: Database) -> None:
    """The next page goes to the fallback after one attempt; one success and it is patient as before."""
    slack, night = Mouth(), Mouth()
    slack.always = BUSY
    desk = Desk(owing, {SLACK: slack, NIGHT: night})
    await desk.owe(notice())
    for _ in range(60):
        await desk.send(2)
    await desk.owe(notice(case_id="0b"))
    await desk.send()
    assert [told.case_id for told, _ in night.heard] == ["0a", "0b"]
    slack.always = TAKEN
    await desk.owe(notice(case_id="0c"))
    await desk.send()
    slack.says.append(BUSY)
    await desk.owe(notice(case_id="0d"))
    await desk.send(2)
    await desk.send(2)
    assert [told.case_id for told, _ in slack.heard[-3:]] == ["0c", "0d", "0d"]
    assert [told.case_id for told, _ in night.heard] == ["0a", "0b"]


async def test_fallbacks_are_followed_to_the_last_and_each_once(
    owing: Database, caplog: pytest.LogCaptureFixture
) -> None:
    """What nobody takes is an error in the log and a metric, and is tried again when the desk starts."""
    mouths = {SLACK: Mouth(REFUSED), NIGHT: Mouth(REFUSED), BOSS: Mouth(REFUSED)}
    desk = Desk(owing, mouths)
    await desk.owe(notice())
    assert await desk.send() == 3
    ((told, _),) = mouths[BOSS].heard
    assert told.instead_of == ("store-team", "night")
    assert [line for line in desk.events.lines if line[0] == "lost"] == [("lost", "mail", "refused")]
    assert "nobody was told of case 12 (opened)" in caplog.text
    async with owing.read() as connection:
        assert (await queue.backlog(connection)).failed == 1
    await Desk(owing, mouths).sender.take_up()
    await desk.send()
    assert mouths[BOSS].kinds == [Kind.OPENED, Kind.OPENED]
    async with owing.read() as connection:
        assert (await queue.backlog(connection)).failed == 0


async def test_a_circle_of_fallbacks_ends(owing: Database) -> None:
    """Nobody is told the same thing twice because two receivers point at each other."""
    receivers = {
        "store-team": Receiver("store-team", (ChannelSpec("slack"),), "night"),
        "night": Receiver("night", (ChannelSpec("pagerduty"),), "store-team"),
    }
    desk = Desk(owing, {SLACK: Mouth(REFUSED), NIGHT: Mouth(REFUSED)}, receivers)
    await desk.owe(notice())
    assert await desk.send() == 2
    assert desk.events.lines[-1] == ("lost", "pagerduty", "refused")


async def test_the_fallback_hears_of_the_end(owing: Database) -> None:
    """Even when the first channel is well again, so that no page stays open over there."""
    slack, night = Mouth(REFUSED), Mouth()
    desk = Desk(owing, {SLACK: slack, NIGHT: night})
    await desk.owe(notice())
    await desk.send()
    await desk.owe(notice(kind=Kind.RESOLVED, revision=2))
    await desk.send()
    assert (slack.kinds, night.kinds) == ([Kind.OPENED, Kind.RESOLVED], [Kind.OPENED, Kind.RESOLVED])


async def test_two_channels_that_die_tell_the_fallback_once(owing: Database) -> None:
    """The fallback hears of a case, not of each channel."""
    receivers = {
        "store-team": Receiver("store-team", (ChannelSpec("slack"), ChannelSpec("slack")), "night"),
        "night": Receiver("night", (ChannelSpec("pagerduty"),)),
    }
    night = Mouth()
    mouths = {SLACK: Mouth(REFUSED), ("store-team", "slack#2"): Mouth(REFUSED), NIGHT: night}
    desk = Desk(owing, mouths, receivers)
    await desk.owe(notice())
    assert await desk.send() == 3
    assert night.kinds == [Kind.OPENED]


async def test_a_channel_that_breaks_is_a_failure_like_another(
    owing: Database, caplog: pytest.LogCaptureFixture
) -> None:
    """The loop goes on, and the text of the error, which may hold a secret, stays out of the log."""
    caplog.set_level(logging.INFO)
    slack = Mouth(RuntimeError("https://hooks.example/s3cret"))
    desk = Desk(owing, {SLACK: slack})
    await desk.owe(notice())
    assert (await desk.send(), await desk.send(2)) == (1, 1)
    assert "slack of receiver store-team broke: RuntimeError" in caplog.text
    assert "s3cret" not in caplog.text


async def test_a_configuration_that_has_changed_is_followed(owing: Database) -> None:
    """What was owed to a channel that is gone goes to those that its receiver has now."""
    before = Desk(owing, {})
    await before.owe(notice())
    receivers = {"store-team": Receiver("store-team", (ChannelSpec("mail"),))}
    mail = Mouth()
    after = Desk(owing, {("store-team", "mail"): mail}, receivers)
    assert await after.send() == 2
    ((told, _),) = mail.heard
    assert (told.kind, told.instead_of) == (Kind.OPENED, ())
    assert after.events.lines[1] == ("fell back", "slack", "unconfigured")


async def test_a_receiver_that_is_not_there_is_an_error_that_is_seen(
    owing: Database, caplog: pytest.LogCaptureFixture
) -> None:
    """Nothing is lost in silence."""
    desk = Desk(owing, {})
    await desk.owe(notice(receiver="gone"))
    await desk.send()
    assert desk.events.lines == [("failed", "unknown", "unconfigured"), ("lost", "unknown", "unconfigured")]
    assert "of receiver gone does not take it (unconfigured)" in caplog.text


async def test_what_must_be_repeated_is_repeated_until_it_is_over(owing: Database) -> None:
    """As Alertmanager needs it; a repetition is no news: it counts nowhere and never falls back."""
    slack, night = Mouth(), Mouth()
    slack.always = Sent(Receipt({"label": "x"}), 900.0)
    desk = Desk(owing, {SLACK: slack, NIGHT: night})
    await desk.owe(notice())
    assert [await desk.send(), await desk.send(899), await desk.send(1), await desk.send(900)] == [1, 0, 1, 1]
    slack.always = BUSY
    for _ in range(30):
        await desk.send(60)
    slack.always = TAKEN
    await desk.owe(notice(kind=Kind.RESOLVED, revision=2))
    assert [await desk.send(300), await desk.send(900)] == [1, 0]
    assert night.heard == []
    assert [line for line in desk.events.lines if line[0] == "sent"] == [
        ("sent", "slack", "opened"),
        ("sent", "slack", "resolved"),
    ]


class Slow(Mouth):
    """A channel that answers when it is let go."""

    def __init__(self) -> None:
        super().__init__()
        self.go = asyncio.Event()
        self.most = self.now = 0

    async def send(self, notice: Notice, earlier: Receipt | None) -> Sent | Failed:
        """Wait."""
        self.now += 1
        self.most = max(self.most, self.now)
        await self.go.wait()
        self.now -= 1
        return await super().send(notice, earlier)


async def test_a_slow_channel_holds_up_nobody_else(owing: Database, monkeypatch: pytest.MonkeyPatch) -> None:
    """A few of its notices are under way and the rest waits, however many there are; the others are sent."""
    monkeypatch.setattr(sender_module, "WINDOW", 10)
    slow, night = Slow(), Mouth()
    desk = Desk(owing, {SLACK: slow, NIGHT: night})
    await desk.owe(*(notice(case_id=f"{number}") for number in range(30)))
    desk.now += 1
    await desk.owe(notice(receiver="night"))
    started = await desk.sender.step()
    await until(lambda: bool(night.heard))
    assert (started, len(slow.heard)) == (AT_ONCE + 1, 0)
    slow.go.set()
    await desk.sender.drain()
    await desk.send()
    assert (len(slow.heard), slow.most) == (30, AT_ONCE)


async def test_two_desks_share_the_work(owing: Database) -> None:
    """On one database, each notice is sent by one of them."""
    slack = Mouth()
    desks = [Desk(owing, {SLACK: slack}) for _ in range(2)]
    await desks[0].owe(*(notice(case_id=f"{number}") for number in range(20)))
    await asyncio.gather(*(desk.send() for desk in desks))
    assert sorted(told.case_id for told, _ in slack.heard) == sorted(f"{number}" for number in range(20))


async def test_the_loop_sends_when_it_is_woken_and_finishes_what_it_began(owing: Database) -> None:
    """It is told after a commit, and stopping it waits for what is under way."""
    slow = Slow()
    desk = Desk(owing, {SLACK: slow})
    running = asyncio.create_task(desk.sender.run())
    await desk.owe(notice())
    desk.sender.wake()
    await until(lambda: bool(slow.now))
    running.cancel()
    slow.go.set()
    with contextlib.suppress(asyncio.CancelledError):
        await running
    assert await desk.log() == ["slack opened 1 sent"]


async def test_a_database_that_is_away_is_waited_for(
    owing: Database, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    """The loop says so and goes on when it is back."""
    monkeypatch.setattr(sender_module, "POLL_SEC", 0.01)
    slack = Mouth()
    desk = Desk(owing, {SLACK: slack})
    await desk.owe(notice())
    read, times = owing.read, [0]

    def away() -> object:
        times[0] += 1
        if times[0] < 3:
            raise ConnectionRefusedError
        return read()

    monkeypatch.setattr(owing, "read", away)
    running = asyncio.create_task(desk.sender.run())
    await until(lambda: bool(slack.heard))
    running.cancel()
    with contextlib.suppress(asyncio.CancelledError):
        await running
    assert slack.kinds == [Kind.OPENED]
    assert "notifications wait for the database: ConnectionRefusedError" in caplog.text


async def test_the_loop_cuts_the_log_by_age(owing: Database, monkeypatch: pytest.MonkeyPatch) -> None:
    """Without being asked."""
    monkeypatch.setattr(sender_module, "POLL_SEC", 0.01)
    desk = Desk(owing, {SLACK: Mouth()})
    await desk.owe(notice())
    await desk.send()
    desk.now += queue.KEPT_MS + 1
    running = asyncio.create_task(desk.sender.run())

    async def is_empty() -> bool:
        return not await desk.log()

    await until(is_empty)
    running.cancel()
    with contextlib.suppress(asyncio.CancelledError):
        await running
    assert await desk.log() == []
