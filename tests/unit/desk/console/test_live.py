"""What changes reaches a page in bounded batches."""

import asyncio
from collections.abc import AsyncIterator

import pytest

from streams.desk.console import live
from streams.desk.service.port import Event
from streams.testing.desk_cases import row

ROW = row(1)


def event(seq: int, key: str = "a", *, announce: bool = False) -> Event:
    """Return a change of a case."""
    return Event(seq, "case", key, ROW, announce)


async def test_only_the_newest_of_a_case_waits_and_its_sound_is_not_lost() -> None:
    """Two changes are told once; that it was worth a sound is kept."""
    inbox = live.Inbox()
    for one in (event(1, announce=True), event(2, "b"), event(3)):
        inbox.put(one)
    batch = inbox.take()
    assert [(one.seq, one.announce) for one in batch.events] == [(2, False), (3, True)]
    assert (batch.seq, batch.missed) == (3, False)
    assert inbox.take().events == ()


async def test_more_than_it_keeps_is_forgotten_and_said() -> None:
    """The page then reads itself anew; what comes afterwards is kept again."""
    inbox = live.Inbox(bound=3)
    for seq in range(1, 6):
        inbox.put(event(seq, str(seq)))
    batch = inbox.take()
    assert [one.seq for one in batch.events] == [5]
    assert (batch.missed, batch.seq) == (True, 5)
    assert not inbox.take().missed


async def test_a_reader_gets_a_greeting_and_then_batches_with_the_place_to_resume() -> None:
    """The id of each message is the newest event in it; the end of events ends the stream."""

    async def source() -> AsyncIterator[Event]:
        for seq in (8, 9):
            yield event(seq, str(seq))

    async def welcome() -> bool:
        return True

    messages = [
        (message.event, message.id, message.data)
        async for message in live.follow(
            source(), lambda batch: str(len(batch.events)).encode(), is_welcome=welcome, after=7
        )
    ]
    assert messages == [("hello", "7", "{}"), ("changed", "9", b"2")]


async def test_a_quiet_stream_pings_and_ends_when_its_viewer_is_gone(monkeypatch: pytest.MonkeyPatch) -> None:
    """A session that ended does not go on listening."""
    monkeypatch.setattr(live, "PING_SEC", 0.01)
    closed, asked = asyncio.Event(), 0

    async def source() -> AsyncIterator[Event]:
        try:
            await asyncio.Event().wait()
            yield event(1)
        finally:
            closed.set()

    async def welcome() -> bool:
        nonlocal asked
        asked += 1
        return asked < 3

    messages = [message async for message in live.follow(source(), lambda _: b"", is_welcome=welcome)]
    assert {message.comment for message in messages[1:]} == {"quiet"}
    assert asked == 3
    assert closed.is_set()


async def test_what_a_page_need_not_know_is_not_sent() -> None:
    """A batch without meaning for it makes no message."""

    async def source() -> AsyncIterator[Event]:
        yield event(1)

    async def welcome() -> bool:
        return True

    messages = [message async for message in live.follow(source(), lambda _: None, is_welcome=welcome)]
    assert [message.event for message in messages] == ["hello"]
