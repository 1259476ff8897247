"""A sink on a real broker, what is put into it, and what has arrived."""

import asyncio
import time
from collections import defaultdict
from collections.abc import Sequence
from contextlib import aclosing
from typing import Any, Final, Self

from streams.broker.scan import scan
from streams.codec.registry import SchemaStore
from streams.codec.touchpoint import TouchpointDecoder
from streams.codec.vocabulary import shipped
from streams.gateway.outcome import Admitted
from streams.gateway.port import Stored
from streams.gateway.sink.sink import SafeSink
from streams.gateway.sink.status import State
from streams.testing.patience import PATIENCE_SEC
from streams.touchpoints.touchpoint import Touchpoint

TOPICS: Final = ("touchpoints.web", "touchpoints.chat", "touchpoints.store")
KINDS: Final = ("payment.failed", "conversation.abandoned", "sale.completed")
SOURCE: Final = "//test/sink"


def touchpoint(customer: str, number: int, source: str = SOURCE, data: bytes = b'{"n":1}') -> Admitted:
    """Return the next touchpoint of a customer; a customer has one topic."""
    which = sum(customer.encode()) % len(KINDS)
    one = Touchpoint(f"{customer}-{number}", source, KINDS[which], time.time_ns() // 1_000_000, customer, "", data)
    return Admitted(one, TOPICS[which])


async def arrived(servers: str, source: str = SOURCE) -> list[tuple[Any, Touchpoint]]:
    """Return each record of one source with its touchpoint, each partition in its order."""
    decoder, found = TouchpointDecoder(shipped(), SchemaStore()), []
    for topic in TOPICS:
        async with aclosing(scan(servers, topic)) as records:
            async for record in records:
                one = decoder.decode(record.value, record.key, record.headers, record.timestamp)
                assert isinstance(one, Touchpoint), one
                if one.source == source:
                    found.append((record, one))
    return found


async def first_seen(servers: str, source: str = SOURCE) -> dict[str, list[str]]:
    """Return the ids of each customer in the order of their first copies."""
    found: dict[str, dict[str, None]] = defaultdict(dict)
    for _, one in await arrived(servers, source):
        found[one.customer].setdefault(one.id)
    return {customer: list(ids) for customer, ids in found.items()}


def in_order(promised: dict[str, list[str]], seen: dict[str, list[str]]) -> dict[str, list[str]]:
    """Return what was seen of what was promised; equal to it when nothing is lost and the order is right."""
    return {
        customer: [each for each in seen.get(customer, ()) if each in set(ids)] for customer, ids in promised.items()
    }


async def at(sink: SafeSink, state: State, within_sec: float = PATIENCE_SEC) -> None:
    """Wait until a sink stands like that."""
    try:
        async with asyncio.timeout(within_sec):
            while sink.status().state is not state:  # noqa: ASYNC110 - another process changes it
                await asyncio.sleep(0.02)
    except TimeoutError:
        raise TimeoutError(f"not {state} after {within_sec} s: {sink.status()}") from None


class Crowd:
    """Customers that put one touchpoint after the other, as fast as they are answered, and remember what they were."""

    def __init__(self, sink: SafeSink, customers: Sequence[str], pause_sec: float = 0.02) -> None:
        self.promised: dict[str, list[str]] = {customer: [] for customer in customers}
        self.answers: defaultdict[object, int] = defaultdict(int)
        self._sink = sink
        self._last: dict[str, tuple[object, int]] = dict.fromkeys(customers, (None, 0))
        self._pause_sec = pause_sec

    async def __aenter__(self) -> Self:
        """Begin."""
        self._tasks = [asyncio.create_task(self._put(customer)) for customer in self.promised]
        return self

    async def __aexit__(self, *_: object) -> None:
        """Stop; who waits for an answer does not get it any more."""
        for task in self._tasks:
            task.cancel()
        for result in await asyncio.gather(*self._tasks, return_exceptions=True):
            if isinstance(result, Exception):
                raise result

    async def answered(self, stored: Stored) -> None:
        """Return once each customer has had such an answer to something that they put after this was called."""
        before = {customer: count for customer, (_, count) in self._last.items()}
        async with asyncio.timeout(PATIENCE_SEC):
            while not all(  # noqa: ASYNC110 - the customers are tasks of their own
                answer is stored and count > before[customer] + 1 for customer, (answer, count) in self._last.items()
            ):
                await asyncio.sleep(self._pause_sec)

    async def _put(self, customer: str) -> None:
        number = 0
        while True:
            number += 1
            admitted = touchpoint(customer, number)
            answer = await self._sink.put([admitted])
            self.answers[answer if isinstance(answer, Stored) else type(answer)] += 1
            self._last[customer] = answer, self._last[customer][1] + 1
            if isinstance(answer, Stored):
                self.promised[customer].append(admitted.touchpoint.id)
            await asyncio.sleep(self._pause_sec)
