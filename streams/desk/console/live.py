"""What changes, on its way to open pages: drawn once for all that show the same, bounded, and slower in a storm."""

import asyncio
import contextlib
import itertools
from collections import deque
from collections.abc import AsyncGenerator, AsyncIterator, Awaitable, Callable, Hashable, Iterator, Sequence
from typing import Final

import msgspec

from streams.desk.service.port import Event

MAX_WAITING: Final = 200  # changed cases of one message; with more the page is told to read itself anew
STORM: Final = 25  # changes at once
PAUSE_SEC: Final = 0.08  # between two messages: a change is seen within 250 ms
STORM_PAUSE_SEC: Final = 1.0
PING_SEC: Final = 15.0  # proxies cut what is silent for longer
RETRY_MS: Final = 1_000
KEPT: Final = 64  # messages that a page may be behind; with more it is told to read itself anew
MISSED: Final = b'{"missed":true}'
PING: Final = b": quiet\n\n"


class Batch(msgspec.Struct, frozen=True):
    """What a page has to be told at once. `missed`: there was more than was kept."""

    events: Sequence[Event]
    seq: int
    missed: bool


class Inbox:
    """Keeps the newest event of each key; above its bound it forgets them all and says so."""

    def __init__(self, bound: int = MAX_WAITING) -> None:
        self._bound = bound
        self._waiting: dict[tuple[str, str], Event] = {}
        self._seq = 0
        self._missed = False
        self.filled = asyncio.Event()

    def put(self, event: Event) -> None:
        """Keep an event; whether a case is worth a sound is not forgotten with its older events."""
        key = event.kind, event.key
        older = self._waiting.pop(key, None)
        if older is not None and older.announce and not event.announce:
            event = msgspec.structs.replace(event, announce=True)
        self._waiting[key] = event
        self._seq = max(self._seq, event.seq)
        if len(self._waiting) > self._bound:
            self._waiting.clear()
            self._missed = True
        self.filled.set()

    def take(self) -> Batch:
        """Return what waits, oldest first, and begin anew."""
        batch = Batch(tuple(self._waiting.values()), self._seq, self._missed)
        self._waiting.clear()
        self._missed = False
        self.filled.clear()
        return batch


class Message(msgspec.Struct, frozen=True):
    """A message as it goes over the wire; `seq` is the newest change in it."""

    seq: int
    wire: bytes


class Room:
    """Pages that show the same: what changes is drawn once and told to all of them.

    `draw` makes the data of a batch, or None where such pages need not know.
    """

    def __init__(self, events: AsyncIterator[Event], draw: Callable[[Batch], bytes | None], after: int) -> None:
        self._draw = draw
        self._since = after  # whoever knows all up to here finds the rest
        self._seq = after
        self._messages: deque[Message] = deque(maxlen=KEPT)
        self._told = 0  # messages ever made: the place of the next one
        self._news = asyncio.Event()
        self.is_over = False
        self.pages = 0
        self._task = asyncio.create_task(self._run(events))

    def close(self) -> None:
        """End it; whoever is still in there is let go."""
        self._task.cancel()

    def place(self, after: int) -> int:
        """Return the place of the first message for a page that knows all up to `after`; 0 is from now on.

        The place is -1 where the room has not kept what the page needs.
        """
        if not after:
            return self._told
        if after < self._since:
            return -1
        older = sum(message.seq <= after for message in self._messages)
        return self._told - len(self._messages) + older

    def read(self, place: int) -> tuple[Sequence[Message] | None, int]:
        """Return the messages from a place on, None where some of them are not kept any more, and the next place."""
        first = self._told - len(self._messages)
        if place < first:
            return None, self._told
        return list(itertools.islice(self._messages, place - first, None)), self._told

    async def wait(self, place: int) -> None:
        """Return when there is something to read at a place, or nothing will come any more."""
        while place >= self._told and not self.is_over:
            await self._news.wait()

    @property
    def seq(self) -> int:
        """The newest change that a page knows that has read everything."""
        return self._seq

    async def _run(self, events: AsyncIterator[Event]) -> None:
        inbox = Inbox()
        pump = asyncio.create_task(_pump(events, inbox))
        try:
            while not (pump.done() and not inbox.filled.is_set()):
                await inbox.filled.wait()
                batch = inbox.take()
                if (data := self._draw(batch)) is not None:
                    self._tell(batch.seq, data)
                storms = batch.missed or len(batch.events) > STORM
                await asyncio.sleep(STORM_PAUSE_SEC if storms else PAUSE_SEC)
        finally:
            pump.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await pump
            self.is_over = True
            self._wake()

    def _tell(self, seq: int, data: bytes) -> None:
        if len(self._messages) == KEPT:
            self._since = self._messages[0].seq
        self._messages.append(Message(seq, _wire(data, seq)))
        self._seq = max(self._seq, seq)
        self._told += 1
        self._wake()

    def _wake(self) -> None:
        news, self._news = self._news, asyncio.Event()
        news.set()


class Rooms:
    """The rooms by what their pages show; one is closed when the last page leaves it."""

    def __init__(self) -> None:
        self._rooms: dict[Hashable, Room] = {}

    @contextlib.contextmanager
    def enter(self, key: Hashable, make: Callable[[], Room]) -> Iterator[Room]:
        """Let one more page into a room."""
        room = self._rooms.get(key)
        if room is None or room.is_over:
            room = self._rooms[key] = make()
        room.pages += 1
        try:
            yield room
        finally:
            room.pages -= 1
            if not room.pages:
                room.close()
                if self._rooms.get(key) is room:
                    del self._rooms[key]


async def follow(room: Room, after: int, *, is_welcome: Callable[[], Awaitable[bool]]) -> AsyncGenerator[bytes, None]:
    """Yield what a page that knows all up to `after` is told, as server-sent events, until the room is over.

    It also ends when the viewer is not welcome any more, which is asked every PING_SEC.
    """
    clock, place = asyncio.get_running_loop().time, room.place(after)
    ask_at = clock() + PING_SEC
    yield f"event: hello\nid: {after}\nretry: {RETRY_MS}\ndata: {{}}\n\n".encode()
    while True:
        messages, place = room.read(place)
        if messages is None:
            yield _wire(MISSED, room.seq)
        elif messages:
            yield b"".join(message.wire for message in messages)
        elif room.is_over:
            return
        is_quiet = False
        try:
            async with asyncio.timeout_at(ask_at):
                await room.wait(place)
        except TimeoutError:
            is_quiet = True
        if clock() >= ask_at:
            if not await is_welcome():
                return
            ask_at = clock() + PING_SEC
        if is_quiet:
            yield PING


def _wire(data: bytes, seq: int) -> bytes:
    """Return a message with the place to resume from; JSON has no line breaks of its own."""
    return b"event: changed\nid: %d\ndata: %s\n\n" % (seq, data)


async def _pump(events: AsyncIterator[Event], inbox: Inbox) -> None:
    try:
        async for event in events:
            inbox.put(event)
    finally:
        inbox.filled.set()  # whoever waits sees that there will be no more
