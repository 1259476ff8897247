"""A safe place for touchpoints: Kafka while it acknowledges, the spool while it does not.

All that waits is stored in rounds, one after the other, so requests that come at the same time share batches, or a
sync of the disk. While anything is in the spool everything goes behind it; the way back is taken between two rounds,
with an empty spool. So the order of puts is the order on each partition. What was under way when the broker went away
goes into the spool as well, and may come to Kafka twice: `source` and `id` tell.
"""

import asyncio
import logging
import time
from collections import deque
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import asynccontextmanager, closing, suppress
from functools import partial
from pathlib import Path
from typing import Final

import msgspec

from streams.errors import BrokerError
from streams.gateway.outcome import Admitted
from streams.gateway.port import Full, Stored
from streams.gateway.sink import folder as folders
from streams.gateway.sink.aside import Aside
from streams.gateway.sink.disk import Disk
from streams.gateway.sink.drain import READ_BYTES, Drain
from streams.gateway.sink.policy import Policy
from streams.gateway.sink.record import Record, records_of
from streams.gateway.sink.spool import Spool
from streams.gateway.sink.status import State, Status
from streams.gateway.sink.wire import Away, Unsent, Wire

Note = Callable[[Stored | Full, int, float], None]  # what became of a put, of how many touchpoints, after how many sec
RECORD_BYTES: Final = 400  # about what a record takes in memory beside its data
_log = logging.getLogger("touchpoint.gateway")


class _Put(msgspec.Struct, eq=False):
    records: list[Record]  # that are not safe yet
    count: int
    bytes: int
    began: float
    answer: "asyncio.Future[Stored | Full]"
    is_answered: bool = False


class SafeSink:
    """The port `Sink`; `open_sink` makes one."""

    def __init__(
        self,
        connect: Callable[[], Awaitable[Wire]],
        spool: Spool,
        aside: Aside,
        disk: Disk,
        policy: Policy,
        note: Note | None = None,
    ) -> None:
        self._policy = policy
        self._note = note
        self._spool = spool
        self._aside = aside
        self._disk = disk
        self._drain = Drain(spool, aside, disk, connect)
        self._wire: Wire | None = None  # None: what comes goes to the spool
        self._why = "not connected yet"
        self._is_full = False
        self._is_open = True
        self._puts: deque[_Put] = deque()
        self._waiting = 0
        self._waiting_bytes = 0
        self._come = asyncio.Event()
        self._away = asyncio.Event()
        self._away.set()
        self._turn = asyncio.Lock()  # who stores, or goes back to the broker
        self._was_shared = False
        self._sent = self._kept = self._turned_away = 0

    async def put(self, admitted: Sequence[Admitted]) -> Stored | Full:
        """Return once every touchpoint, links included, is safe; on Full none of them is promised."""
        records = records_of(admitted, time.time_ns() // 1_000_000)
        count = len(records)
        size = sum([len(record.touchpoint.data) for record in records]) + RECORD_BYTES * count
        put = _Put(records, count, size, time.perf_counter(), asyncio.get_running_loop().create_future())
        has_room = not self._waiting or self._waiting_bytes + size <= self._policy.waiting_bytes
        self._waiting += count
        self._waiting_bytes += size
        if self._is_open and has_room:
            self._puts.append(put)
            self._come.set()
        else:
            self._answer(put, Full(self._policy.busy_retry_after_sec))
        return await put.answer

    def status(self) -> Status:
        """Return how it stands."""
        state = State.BROKER if self._wire else State.FULL if self._is_full else State.SPOOL
        return Status(
            state=state,
            why="" if self._wire else self._why,
            waiting=self._waiting,
            spooled=self._spool.count,
            spooled_bytes=self._spool.size,
            oldest_at=self._spool.oldest_at,
            sent=self._sent,
            kept=self._kept,
            drained=self._drain.count,
            turned_away=self._turned_away,
            set_aside=self._aside.count,
        )

    async def store(self) -> None:
        """Store what comes, for ever."""
        while True:
            await self._come.wait()
            if self._was_shared and self._wire:
                await asyncio.sleep(self._policy.linger_sec)
            async with self._turn:
                puts = self._take()
                try:
                    await self._store_each(puts)
                finally:
                    for put in puts:  # one that has an answer keeps it
                        self._answer(put, Full(self._policy.full_retry_after_sec))

    async def come_back(self) -> None:
        """Bring the spool to the broker and let puts go there again whenever it is away, for ever."""
        while True:
            await self._away.wait()
            try:
                await self.try_to_come_back()
            except (Away, BrokerError) as error:
                self._say(str(error))
            except Exception as error:  # noqa: BLE001 - the spool is still there: try again
                self._say(f"draining failed ({error!r})")
            if self._away.is_set():
                await asyncio.sleep(self._policy.retry_sec)

    async def begin(self) -> None:
        """Connect if a broker answers; raises BrokerError when a topic is missing there."""
        try:
            wire = await self._drain.connected()
        except Away as error:
            self._say(str(error))
        else:
            if not self._spool.count:
                self._return(wire)

    async def try_to_come_back(self) -> None:
        """Try once; raises Away or BrokerError."""
        await self._drain.disconnect()
        await self._drain.connected()
        while self._spool.unread > READ_BYTES:
            await self._drain.step()
            self._is_full = False
        async with self._turn:  # what comes meanwhile waits, or the spool would never be empty
            while self._spool.count:
                await self._drain.step()
            self._return(await self._drain.connected())

    def _return(self, wire: Wire) -> None:
        self._wire = wire
        self._away.clear()
        self._is_full = False
        _log.info("touchpoints go to the broker")

    async def close(self) -> None:
        """Take nothing more, and store what waits."""
        self._is_open = False
        with suppress(TimeoutError):
            async with asyncio.timeout(self._policy.close_sec):
                if self._puts:
                    await asyncio.wait([put.answer for put in self._puts])
                async with self._turn:
                    pass
        while self._puts:
            self._answer(self._puts.popleft(), Full(self._policy.full_retry_after_sec))

    async def disconnect(self) -> None:
        """End the producer."""
        await self._drain.disconnect()

    def _take(self) -> list[_Put]:
        """Return the puts of one round."""
        taken: list[_Put] = []
        room = self._policy.round_touchpoints
        while self._puts and (not taken or len(self._puts[0].records) <= room):
            put = self._puts.popleft()
            taken.append(put)
            room -= len(put.records)
        if not self._puts:
            self._come.clear()
        self._was_shared = len(taken) > 1
        return taken

    async def _store_each(self, puts: Sequence[_Put]) -> None:
        """Store all; where that fails for a reason that nobody thought of, one put does not take others with it."""
        try:
            await self._store(puts)
        except Exception:  # noqa: BLE001 - see above
            _log.exception("storing failed")
            if len(puts) > 1:
                for put in puts:
                    if not put.is_answered:
                        await self._store_each([put])

    async def _store(self, puts: Sequence[_Put]) -> None:
        if self._wire is not None:
            unsent = await self._send(self._wire, [record for put in puts for record in put.records])
            if unsent is None:
                for put in puts:
                    self._answer(put, Stored.BROKER)
                return
            puts = self._leave(puts, unsent)
        await self._keep(puts)

    async def _send(self, wire: Wire, records: Sequence[Record]) -> Unsent | None:
        try:
            return await wire.send(records)
        except Exception as error:  # noqa: BLE001 - whatever it is, the spool is still there
            _log.exception("sending failed")
            return Unsent(type(error).__name__, records)

    def _leave(self, puts: Sequence[_Put], unsent: Unsent) -> list[_Put]:
        """Count the broker as away; return what is still to be kept."""
        self._wire = None
        self._away.set()
        self._say(unsent.why)
        names = {id(record) for part in (unsent.left, unsent.refused) for record in part}
        remaining = []
        for put in puts:
            put.records = [record for record in put.records if id(record) in names]
            if put.records:
                remaining.append(put)
            else:
                self._answer(put, Stored.BROKER)
        return remaining

    async def _keep(self, puts: Sequence[_Put]) -> None:
        try:
            kept = await self._disk.do(self._spool.append, [put.records for put in puts])
        except OSError as error:
            kept = 0
            self._say(f"the spool cannot be written: {error.strerror}")
        for put in puts[:kept]:
            self._answer(put, Stored.SPOOL)
        for put in puts[kept:]:
            self._answer(put, Full(self._policy.full_retry_after_sec))
        self._is_full = kept < len(puts)

    def _answer(self, put: _Put, answer: Stored | Full) -> None:
        if put.is_answered:
            return
        put.is_answered = True
        self._waiting -= put.count
        self._waiting_bytes -= put.bytes
        if answer is Stored.BROKER:
            self._sent += put.count
        elif answer is Stored.SPOOL:
            self._kept += put.count
        else:
            self._turned_away += put.count
        if self._note is not None:
            self._note(answer, put.count, time.perf_counter() - put.began)
        if not put.answer.done():  # the caller may have gone
            put.answer.set_result(answer)

    def _say(self, why: str) -> None:
        if why != self._why:
            self._why = why
            _log.warning("touchpoints go to the spool: %s", why)


@asynccontextmanager
async def open_sink(
    servers: str, folder: Path, policy: Policy | None = None, *, note: Note | None = None
) -> AsyncIterator[SafeSink]:
    """Give a sink with its spool in a folder of its own. The broker may be away, and come and go.

    What an earlier process left in the spool goes to the broker first. `note` is told of every put. Raises UsageError
    when another process uses the folder, BrokerError when the broker answers and has not all topics. At the end what
    waits is stored and nothing more is taken.
    """
    policy = policy or Policy()
    with folders.locked(folder), closing(Disk()) as disk:
        connect = partial(Wire.open, servers, policy)
        spool = await disk.do(Spool, folder, policy.spool_bytes, policy.segment_bytes)
        sink = SafeSink(connect, spool, Aside(folder, policy.aside_bytes), disk, policy, note)
        tasks: list[asyncio.Task[None]] = []
        try:
            await sink.begin()
            tasks += [asyncio.create_task(sink.store()), asyncio.create_task(sink.come_back())]
            yield sink
            await sink.close()
        finally:
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)
            await sink.disconnect()
            await disk.do(spool.close)
