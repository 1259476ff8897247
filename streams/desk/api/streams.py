"""Live streams as server-sent events: bounded in number, in what waits for a reader, and in patience.

A reader that is too slow is dropped: its stream ends, and the browser comes back with the id of the last event that it
has read, from where it is sent what it missed. Nothing is lost, and a slow reader costs `WAITING` events of memory.
"""

import asyncio
import contextlib
import logging
from collections import Counter
from collections.abc import AsyncGenerator, Awaitable, Callable
from typing import Any, Final

import msgspec

from streams.desk.access.viewer import Viewer
from streams.desk.service.port import Desk, Event

HEARTBEAT_SEC: Final = 15.0  # proxies end what is silent for longer
SEND_SEC: Final = 10.0  # a reader that takes nothing for so long is dropped
WAITING: Final = 512  # events; a reader that is so far behind is dropped
AT_ONCE: Final = 100  # events in one write
RETRY_MS: Final = 2000  # when a browser comes back
RESET: Final = b"event: reset\ndata: {}\n\n"  # what was read before counts no more: look at everything again
HEADERS: Final = (
    (b"content-type", b"text/event-stream; charset=utf-8"),
    (b"cache-control", b"no-store"),
    (b"x-accel-buffering", b"no"),
)
_LOG: Final = logging.getLogger("touchpoint.desk.api")
_ENCODER: Final = msgspec.json.Encoder()

_Send = Callable[[Any], Awaitable[None]]
_Receive = Callable[[], Awaitable[Any]]
_Queue = asyncio.Queue[Event | None]


class Streams:
    """The open streams of this desk: so many in all and of one person, the next one is refused."""

    def __init__(self, total: int = 1000, per_person: int = 20, heartbeat_sec: float = HEARTBEAT_SEC) -> None:
        self._total = total
        self._per_person = per_person
        self._heartbeat_sec = heartbeat_sec
        self._open: Counter[str] = Counter()
        self._queues: set[_Queue] = set()

    def has_room(self, viewer: Viewer) -> bool:
        """Return whether one more may begin."""
        return len(self._queues) < self._total and self._open[viewer.name] < self._per_person

    def close(self) -> None:
        """End all of them: the desk is about to stop, and browsers come back to the next one."""
        for queue in self._queues:
            queue.put_nowait(None)

    async def serve(
        self,
        desk: Desk,
        viewer: Viewer,
        after: int,
        is_valid: Callable[[], Awaitable[bool]],
        ends: tuple[_Receive, _Send],
        greeting: bytes = b"",
    ) -> None:
        """Send events until somebody ends it. `is_valid` is asked at each heartbeat: a sign-out ends the stream."""
        receive, send = ends
        queue: _Queue = asyncio.Queue()
        self._queues.add(queue)
        self._open[viewer.name] += 1
        tasks = [asyncio.create_task(_pump(desk, viewer, after, queue)), asyncio.create_task(_gone(receive, queue))]
        try:
            await send({"type": "http.response.start", "status": 200, "headers": list(HEADERS)})
            if await _sent(send, b"retry: %d\n\n%b" % (RETRY_MS, greeting)) and await self._follow(
                queue, send, is_valid
            ):
                await send({"type": "http.response.body", "body": b"", "more_body": False})
        finally:
            self._queues.discard(queue)
            self._open[viewer.name] -= 1
            self._open += Counter()  # forgets who has none
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)

    async def _follow(self, queue: _Queue, send: _Send, is_valid: Callable[[], Awaitable[bool]]) -> bool:
        """Send what comes; return whether the reader still takes something when it ends."""
        beat = asyncio.get_running_loop().time() + self._heartbeat_sec
        while True:
            try:
                async with asyncio.timeout_at(beat):
                    events = [await queue.get()]
            except TimeoutError:
                if not await _holds(is_valid):
                    return True
                if not await _sent(send, b": \n\n"):
                    return False
                beat = asyncio.get_running_loop().time() + self._heartbeat_sec
                continue
            while not queue.empty() and len(events) < AT_ONCE:
                events.append(queue.get_nowait())
            known = [event for event in events if event is not None]
            if known and not await _sent(send, b"".join(map(encoded, known))):
                return False
            if len(known) < len(events):
                return True


def encoded(event: Event) -> bytes:
    """Return an event as it goes over the wire."""
    return b"id: %d\nevent: %b\ndata: %b\n\n" % (event.seq, event.kind.encode(), _ENCODER.encode(event))


async def _sent(send: _Send, body: bytes) -> bool:
    """Send; False where the reader took nothing for too long."""
    try:
        async with asyncio.timeout(SEND_SEC):
            await send({"type": "http.response.body", "body": body, "more_body": True})
    except TimeoutError:
        return False
    return True


async def _holds(is_valid: Callable[[], Awaitable[bool]]) -> bool:
    """Ask whether the reader may still read; where nobody can tell, the browser comes back and is asked again."""
    try:
        return await is_valid()
    except Exception as error:  # noqa: BLE001 - the database may come and go
        _LOG.warning("a live stream ends, its reader cannot be checked: %s", type(error).__name__)
        return False


async def _pump(desk: Desk, viewer: Viewer, after: int, queue: _Queue) -> None:
    """Put events before the reader until it is too far behind; None is the end."""
    events = desk.events(viewer, after)
    try:
        async for event in events:
            if queue.qsize() >= WAITING:
                break
            queue.put_nowait(event)
    except Exception as error:  # noqa: BLE001 - whatever it is, the stream ends and the browser comes back
        _LOG.warning("a live stream failed: %s", type(error).__name__)
    finally:
        queue.put_nowait(None)
        if isinstance(events, AsyncGenerator):
            with contextlib.suppress(Exception):
                await events.aclose()


async def _gone(receive: _Receive, queue: _Queue) -> None:
    """Wait until the reader goes away; then nobody needs what is still waiting."""
    while (await receive())["type"] != "http.disconnect":
        pass
    while not queue.empty():
        queue.get_nowait()
    queue.put_nowait(None)
