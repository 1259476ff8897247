"""What changes reaches a page in bounded batches."""

import asyncio
from collections.abc import AsyncIterator

import msgspec
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


class Changes:
    """Changes as they come: `tell` is one, `end` the last."""

    def __init__(self) -> None:
        self._waiting = asyncio.Queue[Event | None]()
        self.is_left = asyncio.Event()

    def tell(self, *seqs: int) -> None:
        """Let cases change."""
        for seq in seqs:
            self._waiting.put_nowait(event(seq, str(seq)))

    def end(self) -> None:
        """Let nothing change any more."""
        self._waiting.put_nowait(None)

    async def __aiter__(self) -> AsyncIterator[Event]:
        """Yield them."""
        try:
            while (one := await self._waiting.get()) is not None:
                yield one
        finally:
            self.is_left.set()


def seqs_of(batch: live.Batch) -> bytes | None:
    """Draw a batch as the numbers in it; what is divisible by ten is of no interest."""
    return msgspec.json.encode([one.seq for one in batch.events if one.seq % 10]) if batch.seq % 10 else None


async def welcome() -> bool:
    """Say that the viewer may stay."""
    return True


def read(page: AsyncIterator[bytes]) -> asyncio.Task[list[str]]:
    """Return what a page is told until its stream ends, without the greeting: the data of each message."""

    async def all_of_it() -> list[str]:
        wire = b"".join([message async for message in page]).decode()
        return [line[6:] for line in wire.splitlines() if line.startswith("data: ")][1:]

    return asyncio.create_task(all_of_it())


@pytest.fixture(autouse=True)
def no_pauses(monkeypatch: pytest.MonkeyPatch) -> None:
    """Tell at once."""
    monkeypatch.setattr(live, "PAUSE_SEC", 0)
    monkeypatch.setattr(live, "STORM_PAUSE_SEC", 0)


async def test_a_page_is_greeted_and_told_where_to_resume() -> None:
    """The id of each message is the newest change in it; the end of changes ends the stream."""
    changes = Changes()
    changes.tell(8, 9)
    changes.end()
    room = live.Room(aiter(changes), seqs_of, 7)
    wire = b"".join([message async for message in live.follow(room, 7, is_welcome=welcome)])
    assert wire.split(b"\n\n") == [
        b"event: hello\nid: 7\nretry: 1000\ndata: {}",
        b"event: changed\nid: 9\ndata: [8,9]",
        b"",
    ]


async def test_what_pages_need_not_know_is_not_sent() -> None:
    """A batch without meaning for them makes no message."""
    changes = Changes()
    changes.tell(10)
    changes.end()
    assert await read(live.follow(live.Room(aiter(changes), seqs_of, 7), 7, is_welcome=welcome)) == []


async def test_pages_that_show_the_same_are_told_the_same_once_drawn() -> None:
    """A page that comes later is told what it does not know yet, and no more."""
    changes, drawn = Changes(), 0

    def draw(batch: live.Batch) -> bytes | None:
        nonlocal drawn
        drawn += 1
        return seqs_of(batch)

    room = live.Room(aiter(changes), draw, 7)
    first = read(live.follow(room, 7, is_welcome=welcome))
    for seq in (8, 9):
        changes.tell(seq)
        await room.wait(room.place(0))
    pages = [read(live.follow(room, after, is_welcome=welcome)) for after in (7, 8, 9)]
    await asyncio.sleep(0)
    changes.tell(11)
    changes.end()
    assert await first == ["[8]", "[9]", "[11]"]
    assert [await page for page in pages] == [["[8]", "[9]", "[11]"], ["[9]", "[11]"], ["[11]"]]
    assert drawn == 3


@pytest.mark.parametrize("after", [3, 8])
async def test_a_page_that_is_too_far_behind_reads_itself_anew(monkeypatch: pytest.MonkeyPatch, after: int) -> None:
    """Neither what was before the room nor what it has let go of can be told any more."""
    monkeypatch.setattr(live, "KEPT", 2)
    changes = Changes()
    room = live.Room(aiter(changes), seqs_of, 7)
    for seq in (8, 9, 11, 12):
        changes.tell(seq)
        await room.wait(room.place(0))
    page = read(live.follow(room, after, is_welcome=welcome))
    fresh = read(live.follow(room, 9, is_welcome=welcome))
    await asyncio.sleep(0)
    changes.tell(13)
    changes.end()
    assert await page == ['{"missed":true}', "[13]"]
    assert await fresh == ["[11]", "[12]", "[13]"]


async def test_a_page_that_reads_slowly_is_not_waited_for(monkeypatch: pytest.MonkeyPatch) -> None:
    """What it did not take in time is let go of, and it is told so."""
    monkeypatch.setattr(live, "KEPT", 2)
    changes = Changes()
    room = live.Room(aiter(changes), seqs_of, 7)
    slow = live.follow(room, 7, is_welcome=welcome)
    await anext(slow)
    for seq in (8, 9, 11):
        changes.tell(seq)
        await room.wait(room.place(0))
    assert b'id: 11\ndata: {"missed":true}' in await anext(slow)
    await slow.aclose()
    room.close()


async def test_a_quiet_page_is_pinged_and_ends_when_its_viewer_is_gone(monkeypatch: pytest.MonkeyPatch) -> None:
    """A session that ended does not go on listening."""
    monkeypatch.setattr(live, "PING_SEC", 0.01)
    asked = 0

    async def until_third() -> bool:
        nonlocal asked
        asked += 1
        return asked < 3

    room = live.Room(aiter(Changes()), seqs_of, 7)
    messages = [message async for message in live.follow(room, 7, is_welcome=until_third)]
    assert set(messages[1:]) == {live.PING}
    assert asked == 3
    room.close()


async def test_a_room_is_shared_and_closed_with_its_last_page() -> None:
    """One reader of the changes for all, and none when nobody looks."""
    rooms, changes = live.Rooms(), Changes()

    def make() -> live.Room:
        return live.Room(aiter(changes), seqs_of, 7)

    with rooms.enter("queue", make) as one:
        with (
            rooms.enter("queue", make) as same,
            rooms.enter("card", lambda: live.Room(aiter(Changes()), seqs_of, 7)) as other,
        ):
            assert same is one
            assert other is not one
        await asyncio.sleep(0)
        assert not changes.is_left.is_set()
    await changes.is_left.wait()
    with rooms.enter("queue", lambda: live.Room(aiter(Changes()), seqs_of, 7)) as new:
        assert new is not one
