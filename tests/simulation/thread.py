"""The face of `transport.Thread`, where the worker's real consumer begins to speak Kafka, over the model broker."""

import asyncio
import random
from collections.abc import Iterable, Mapping
from collections.abc import Set as AbstractSet
from typing import Any, Final

from aiokafka import errors
from faust.types import TP

from streams.worker.store import Standing
from streams.worker.transport import POLL_SEC, PROOF_SEC, Poll
from tests.simulation.group import Group
from tests.simulation.log import Logs
from tests.simulation.loop import VirtualLoop
from tests.simulation.network import Network

MOST_RECORDS: Final = 8  # of one partition at a time
WAIT_MS: Final = 100  # as long as the broker holds a fetch
IDLE_SEC: Final = 0.4  # so long a poll waits that finds nothing: longer than in the worker, which makes runs cheaper


class ModelThread:
    """One process's consumer."""

    def __init__(self, loop: VirtualLoop, network: Network, logs: Logs, group: Group, draw: random.Random) -> None:
        self._loop, self._network, self._logs, self._group, self._random = loop, network, logs, group, draw
        self._positions: dict[TP, int] = {}  # of what is assigned and was seeked
        self._known: dict[TP, tuple[int, int]] = {}  # what the last answer said: end, and when it came, ms
        self._assignment: frozenset[TP] = frozenset()
        self._proved_at = 0.0

    def assign(self, tps: Iterable[TP]) -> None:
        """Take an assignment; what is not seeked is not read."""
        self._assignment = frozenset(tps)
        self._positions.clear()
        self._known.clear()

    async def pause_all(self) -> None:
        """Read nothing before it is asked for."""

    async def poll(self, active: AbstractSet[TP], wait_sec: float) -> Poll:
        """Fetch, and say where we stand."""
        records = await self._take(active)
        if not records and wait_sec:  # as aiokafka does: what is seeked meanwhile is fetched from its new place
            await asyncio.sleep(IDLE_SEC if wait_sec == POLL_SEC else wait_sec)
            records = await self._take(active)
        now = self._loop.time()
        if now - self._proved_at >= PROOF_SEC:
            self._proved_at = now
            return Poll(records, self._prove(active))
        return Poll(records, self._prove(records))

    async def _take(self, active: AbstractSet[TP]) -> dict[TP, list[Any]]:
        positions = {tp: self._positions[tp] for tp in sorted(active) if tp in self._positions}
        limit = self._random.randint(1, MOST_RECORDS)
        try:
            found = await self._network.call("fetch", lambda: self._fetch(positions, limit), is_effect=False)
        except errors.KafkaError:
            return {}
        records: dict[TP, list[Any]] = {}
        arrived_ms = int(self._loop.wall() * 1000)
        for tp, (entries, position, end) in found.items():
            if self._positions.get(tp) != positions[tp]:
                continue  # seeked or reassigned in between
            self._known[tp], self._positions[tp] = (end, arrived_ms), position
            if entries:
                records[tp] = entries
        return records

    def _fetch(self, positions: Mapping[TP, int], limit: int) -> dict[TP, tuple[list[Any], int, int]]:
        found = {}
        for tp, position in positions.items():
            log = self._logs.log((tp.topic, tp.partition))
            records = log.read(position, limit)
            entries = [
                (one.timestamp, tp.topic, one.offset, one.timestamp, one.key, one.value, one.headers) for one in records
            ]
            # Behind the last record there may be markers of transactions, which nobody gets to see.
            after = records[-1].offset + 1 if len(records) == limit else log.end
            found[tp] = (entries, after, log.end)
        return found

    def _prove(self, tps: Iterable[TP]) -> dict[TP, tuple[int, int, int]]:
        return {
            tp: (self._positions[tp], end, at_ms - WAIT_MS)
            for tp in tps
            if tp in self._positions and tp in self._known
            for end, at_ms in (self._known[tp],)
        }

    async def seek_wait(self, offsets: Mapping[TP, int]) -> None:
        """Go on from there."""
        await asyncio.sleep(self._network.latency())
        for tp, offset in offsets.items():
            if tp in self._assignment:
                self._positions[tp] = offset
                self._known.pop(tp, None)

    async def standing(self, tps: list[TP]) -> Standing:
        """Return commits, first and end offsets, each asked for at another moment."""
        logs, committed = self._logs, self._group.committed
        places = [(tp, (tp.topic, tp.partition)) for tp in tps]
        commits = await self._ask("commits", lambda: {tp: committed.get(place) for tp, place in places})
        ends = await self._ask("ends", lambda: {tp: logs.log(place).end for tp, place in places})
        return Standing(commits, dict.fromkeys(tps, 0), ends)

    async def _ask(self, what: str, action: Any) -> Any:
        while True:
            try:
                return await self._network.call(what, action)
            except errors.KafkaError:
                await asyncio.sleep(WAIT_MS / 1000)
