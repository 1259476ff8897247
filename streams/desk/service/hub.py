"""Tells everybody who looks what has changed: one reader of the store's changes, many listeners.

A listener that does not keep up is let go with what it has; it resumes from the last number that it saw.
"""

import asyncio
import logging
from collections.abc import AsyncIterator, Sequence
from typing import Final

from sqlalchemy.ext.asyncio import AsyncConnection

from streams.desk.service import waking
from streams.desk.store import cases, changes
from streams.desk.store.cases import Kept
from streams.desk.store.changes import Happened
from streams.desk.store.database import Database

POLL_SEC: Final = 0.1  # for what another desk on the same database did; our own wakes us at once
WAITING: Final = 1_000  # events that a slow listener may be behind
READ: Final = 500
KEPT: Final = 100_000  # changes that somebody can resume from
PRUNED_EVERY: Final = 1_000
RETRY_SEC: Final = 1.0
_log = logging.getLogger("touchpoint.desk")

News = tuple[Happened, Kept | None]


class Hub:
    """`run` until it is cancelled; `wake` when something was written."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._listeners: set[asyncio.Queue[News | None]] = set()
        self._woken = asyncio.Event()
        self._seq = -1

    def wake(self) -> None:
        """Look now."""
        self._woken.set()

    async def run(self) -> None:
        """Read what is new and pass it on; the database may come and go."""
        while True:
            try:
                await self._step()
            except Exception as error:  # noqa: BLE001 - whoever looks must not be cut off by a database that restarts
                _log.warning("changes cannot be read (%s), trying again", type(error).__name__)
                await asyncio.sleep(RETRY_SEC)

    async def listen(self, after: int) -> AsyncIterator[News]:
        """Yield what came after a number (0: from now on), then what comes; ends where the listener is too slow."""
        waiting: asyncio.Queue[News | None] = asyncio.Queue()
        self._listeners.add(waiting)
        try:
            seen = after
            if after:
                async with self._database.read() as connection:
                    seen = min(after, await changes.last(connection))  # numbers begin again after a lost database
                async for news in self._missed(after):
                    seen = news[0].seq
                    yield news
            while (one := await waiting.get()) is not None:
                if one[0].seq > seen:
                    yield one
        finally:
            self._listeners.discard(waiting)

    def stop(self) -> None:
        """Let everybody go."""
        for waiting in self._listeners:
            waiting.put_nowait(None)

    async def _step(self) -> None:
        self._woken.clear()
        async with self._database.read() as connection:
            if self._seq < 0:
                self._seq = await changes.last(connection)
            found = await changes.after(connection, self._seq, READ)
            news = await self._look(connection, found)
        if found:
            if self._seq // PRUNED_EVERY != found[-1].seq // PRUNED_EVERY:
                async with self._database.write() as connection:
                    await changes.prune(connection, KEPT)
            self._seq = found[-1].seq
            self._pass_on(news)
        if len(found) < READ:
            await waking.wait(self._woken, POLL_SEC)

    async def _missed(self, after: int) -> AsyncIterator[News]:
        while True:
            async with self._database.read() as connection:
                found = await changes.after(connection, after, READ)
                news = await self._look(connection, found)
            for each in news:
                yield each
            if len(found) < READ:
                return
            after = found[-1].seq

    @staticmethod
    async def _look(connection: AsyncConnection, found: Sequence[Happened]) -> Sequence[News]:
        kept = await cases.load_many(connection, [one.key for one in found if one.kind == cases.CASE])
        return [(one, kept.get(one.key) if one.kind == cases.CASE else None) for one in _newest(found)]

    def _pass_on(self, news: Sequence[News]) -> None:
        for waiting in list(self._listeners):
            if waiting.qsize() + len(news) > WAITING:
                self._listeners.discard(waiting)
                waiting.put_nowait(None)
                continue
            for each in news:
                waiting.put_nowait(each)


def _newest(found: Sequence[Happened]) -> Sequence[Happened]:
    """Leave out what the same look already shows newer; an announcement stays one."""
    last: dict[tuple[str, str], Happened] = {}
    for one in found:
        before = last.pop((one.kind, one.key), None)
        announce = one.announce or (before is not None and before.announce)
        last[one.kind, one.key] = Happened(one.seq, one.kind, one.key, announce)
    return list(last.values())
