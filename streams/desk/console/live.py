"""What changes, on its way to one open page: newest of each case, bounded, and slower while a storm lasts."""

import asyncio
import contextlib
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from typing import Final

import msgspec
from litestar.response.sse import ServerSentEventMessage

from streams.desk.service.port import Event

MAX_WAITING: Final = 200  # changed cases of one page; with more it is told to read itself anew
STORM: Final = 25  # changes at once
PAUSE_SEC: Final = 0.08  # between two messages: a change is seen within 250 ms
STORM_PAUSE_SEC: Final = 1.0
PING_SEC: Final = 15.0  # proxies cut what is silent for longer
RETRY_MS: Final = 1_000


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


async def follow(
    events: AsyncIterator[Event],
    draw: Callable[[Batch], bytes | None],
    *,
    is_welcome: Callable[[], Awaitable[bool]],
    after: int = 0,
) -> AsyncIterator[ServerSentEventMessage]:
    """Yield messages until the events end or the viewer is not welcome any more, which is asked while all is quiet.

    `draw` makes the data of a batch, or None where the page need not know.
    """
    inbox = Inbox()
    pump = asyncio.create_task(_pump(events, inbox))
    welcome_at = asyncio.get_running_loop().time() + PING_SEC
    try:
        yield ServerSentEventMessage(data="{}", event="hello", id=str(after), retry=RETRY_MS)
        while not (pump.done() and not inbox.filled.is_set()):
            quiet = False
            try:
                await asyncio.wait_for(inbox.filled.wait(), PING_SEC)
            except TimeoutError:
                quiet = True
            if asyncio.get_running_loop().time() >= welcome_at:
                if not await is_welcome():
                    return
                welcome_at = asyncio.get_running_loop().time() + PING_SEC
            if quiet:
                yield ServerSentEventMessage(comment="quiet")
                continue
            batch = inbox.take()
            if (data := draw(batch)) is not None:
                yield ServerSentEventMessage(data=data, event="changed", id=str(batch.seq))
            storms = batch.missed or len(batch.events) > STORM
            await asyncio.sleep(STORM_PAUSE_SEC if storms else PAUSE_SEC)
    finally:
        pump.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await pump


async def _pump(events: AsyncIterator[Event], inbox: Inbox) -> None:
    try:
        async for event in events:
            inbox.put(event)
    finally:
        inbox.filled.set()  # whoever waits sees that there will be no more
