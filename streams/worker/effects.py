"""Everything one lane makes durable, in the order that the laws ask for.

A journey that alerts is written at once: journey, acknowledgement, alerts and holds, acknowledgement, and only then
the journey forgets that it owes them (L2, L3). All others wait for a flush, which covers a vector of positions: once it
returns, every effect of every record before the vector is acknowledged, and the vector may be committed (L1).

All journeys of a partition go through one lock from the moment they are read out to the moment they are queued, so an
older state never follows a newer one.
"""

import asyncio
from collections.abc import Callable, Iterable, Iterator
from itertools import chain, islice, repeat
from typing import Any, Final

from streams.alerts.alert import Alert
from streams.alerts.partition import Partition
from streams.codec.touchpoint import encode as encode_touchpoint
from streams.touchpoints.touchpoint import Touchpoint
from streams.worker.fence import Fence, FenceLost
from streams.worker.signals import Signals
from streams.worker.speakers import Speakers
from streams.worker.traces import Headers, Traces

CHUNK: Final = 500  # journeys per request
STEP: Final = 50  # journeys read out at a stretch: a millisecond, after which whatever alerts goes first

Record = tuple[bytes | None, bytes | None]  # key, value
Owed = tuple[bytes, list[Alert], list[Touchpoint]]  # key, and what it owes: alerts and holds
Sent = tuple["asyncio.Future[Any]", int]  # what `Fence.settle` takes, and the number of records

_NO_HEADERS: Final[Headers] = []


class Effects:
    """The writing side of one owned partition. Raises FenceLost once the broker refuses or nobody can know."""

    def __init__(
        self,
        core: Speakers | Partition,
        fence: Fence,
        number: int,
        *,
        changelog: str,
        alerts: str,
        recovery: str,
        encode_alert: Callable[[Alert], bytes],
        signals: Signals,
        traces: Traces | None = None,
    ) -> None:
        self._core = core
        self._fence = fence
        self._number = number
        self._changelog = changelog
        self._alerts = alerts
        self._recovery = recovery
        self._encode = encode_alert
        self._signals = signals
        self._traces = traces
        self._order = asyncio.Lock()
        self._alerting = asyncio.Event()
        self._waiters: list[asyncio.Future[None]] = []
        self._is_urgent = False  # what alerts waits for its turn to be written
        self._is_silent = False  # once `speak` has ended
        self._owed: list[bytes] = []  # journeys that alerted before they were read back
        self._first: list[Record] = []  # goes to the changelog before any journey
        self.alerts_end = 0  # offset on the alerts topic: all before it is remembered as said

    def alert(self, owed: Iterable[bytes] = ()) -> None:
        """Say soon what the partition's outboxes hold, those of these keys first."""
        self._owed += owed
        self._alerting.set()

    async def speak(self) -> None:
        """Run for as long as the partition is owned: write what alerts, then say it. Ends with FenceLost and others."""
        try:
            while True:
                await self._alerting.wait()
                self._alerting.clear()
                waiters, self._waiters = self._waiters, []
                try:
                    owed, self._owed = self._owed, []
                    await self._say([*owed, *self._core.take_alerting()])
                finally:
                    self._waiters_done(waiters)
        finally:
            self._is_silent = True
            self._waiters_done(self._waiters)

    async def spoken(self) -> None:
        """Wait until all that alerted before this call is said; raises FenceLost when it will never be."""
        if not self._is_silent:
            waiter = asyncio.get_running_loop().create_future()
            self._waiters.append(waiter)
            self._alerting.set()
            await waiter
        if self._is_silent:
            raise FenceLost("the lane speaks no more")

    async def journeys(self, keys: Iterable[bytes]) -> int:
        """Write these journeys as they are now; return their number once they are acknowledged."""
        written, iterator = 0, iter(keys)
        while True:
            async with self._order:
                sent = await self._queue(self._changelog, records := await self._read_out(iterator))
            if not records:
                break
            await self._settle(sent)
            written += len(records)
        self._signals.written(self._number, written)
        return written

    async def note(self, key: bytes, value: bytes) -> None:
        """Write a record about the partition itself behind all journeys queued before."""
        async with self._order:
            sent = await self._queue(self._changelog, [(key, value)])
        await self._settle(sent)

    def announce(self, key: bytes, value: bytes) -> None:
        """Let this record about the partition precede whatever is written to the changelog from now on."""
        self._first = [(key, value)]

    async def notes(self, records: Iterable[Record]) -> None:
        """Write several records about the partition itself, in this order."""
        async with self._order:
            sent = await self._queue(self._changelog, records)
        await self._settle(sent)

    async def claim(self, key: bytes, value: bytes) -> tuple[int, int]:
        """Write a record to both fenced partitions; return its offsets on the changelog and on the alerts."""
        async with self._order:
            sent = await self._queue(self._changelog, [(key, value)])
        told = await self._queue(self._alerts, [(key, value)])
        return await self._settle(sent) - 1, await self._settle(told) - 1

    async def records(self, topic: str, records: Iterable[Record], partition: int) -> None:
        """Write plain records to another topic; one call at a time."""
        await self._settle(await self._queue(topic, records, partition))

    async def _read_out(self, keys: Iterator[bytes]) -> list[Record]:
        """Read out one request's worth of journeys, and no more than a step once something alerts; none at the end."""
        records: list[Record] = []
        while len(records) < CHUNK and (step := list(islice(keys, STEP))):
            records += [(key, self._core.value(key)) for key in step]
            await asyncio.sleep(0)
            if self._is_urgent:
                break
        return records

    async def _say(self, keys: list[bytes]) -> None:
        iterator = iter(keys)
        while chunk := list(islice(iterator, CHUNK)):
            owed: list[Owed] = []
            self._is_urgent = True
            async with self._order:
                self._is_urgent = False
                sent = await self._queue(self._changelog, self._remember(chunk, owed))
            await self._settle(sent)
            said = ((alert.alert_id.encode(), self._encode(alert)) for _, alerts, _ in owed for alert in alerts)
            told = await self._queue(self._alerts, said, headers=self._headers(owed))
            held = await self._hold([hold for _, _, holds in owed for hold in holds])
            self.alerts_end = max(self.alerts_end, await self._settle(told))
            await self._settle(held)
            for key, alerts, holds in owed:
                self._core.said(key, alerts, holds)
                self._signals.said(alerts)
                if self._traces is not None:
                    self._traces.said(alerts)
            self._signals.written(self._number, len(chunk))

    def _headers(self, owed: list[Owed]) -> Iterator[Headers] | None:
        """Return the headers of alerts, in their order; None where nothing is traced."""
        traces = self._traces
        return None if traces is None else (traces.headers(alert) for _, alerts, _ in owed for alert in alerts)

    async def _hold(self, holds: list[Touchpoint]) -> list[Sent]:
        """Queue holds, dated as they say: where the clock is the touchpoints' own they take their place among them."""
        records = ((hold.customer.encode(), encode_touchpoint(hold)) for hold in holds)
        return await self._queue(self._recovery, records, times=[hold.time for hold in holds])

    def _remember(self, keys: list[bytes], owed: list[Owed]) -> Iterator[Record]:
        """Read out journeys with what they owe at that very moment."""
        for key in keys:
            owed.append((key, self._core.outbox(key), self._core.holds(key)))
            yield key, self._core.value(key)

    async def _queue(
        self,
        topic: str,
        records: Iterable[Record],
        partition: int | None = None,
        times: Iterable[int] | None = None,
        headers: Iterable[Headers] | None = None,
    ) -> list[Sent]:
        partition = self._number if partition is None else partition
        sent: list[Sent] = []
        batch = self._fence.batch()
        if topic == self._changelog and self._first:
            records, self._first = chain(self._first, records), []
        stamps = repeat(None) if times is None else times
        for (key, value), at, more in zip(
            records, stamps, repeat(_NO_HEADERS) if headers is None else headers, strict=False
        ):
            if batch.append(timestamp=at, key=key, value=value, headers=more) is None:
                sent.append((await self._fence.send(batch, topic, partition), batch.record_count()))
                batch = self._fence.batch()
                batch.append(timestamp=at, key=key, value=value, headers=more)
        if batch.record_count():
            sent.append((await self._fence.send(batch, topic, partition), batch.record_count()))
        return sent

    async def _settle(self, sent: list[Sent]) -> int:
        """Wait until all are acknowledged; return the offset behind the last one, 0 when there is none."""
        outcomes = await asyncio.gather(*(self._fence.settle(future) for future, _ in sent), return_exceptions=True)
        for outcome in outcomes:
            if isinstance(outcome, BaseException):
                raise outcome
        return outcomes[-1] + sent[-1][1] if sent else 0  # type: ignore[operator] # no exceptions are left

    @staticmethod
    def _waiters_done(waiters: "list[asyncio.Future[None]]") -> None:
        for waiter in waiters:
            if not waiter.done():
                waiter.set_result(None)
