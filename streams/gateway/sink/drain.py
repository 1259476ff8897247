"""From the spool to the broker: in order, removed only once it is acknowledged."""

import logging
from collections.abc import Awaitable, Callable, Sequence
from typing import Final

from streams.gateway.sink.aside import Aside, AsideFull
from streams.gateway.sink.disk import Disk
from streams.gateway.sink.record import Record
from streams.gateway.sink.spool import Spool
from streams.gateway.sink.wire import Away, Wire

READ_BYTES: Final = 1 << 20
_log = logging.getLogger("touchpoint.gateway")


class Drain:
    """Brings what is in the spool to the broker, over as many producers as that takes."""

    def __init__(self, spool: Spool, aside: Aside, disk: Disk, connect: Callable[[], Awaitable[Wire]]) -> None:
        self.count = 0  # touchpoints that were acknowledged
        self._wire: Wire | None = None
        self._spool = spool
        self._aside = aside
        self._disk = disk
        self._connect = connect

    async def connected(self) -> Wire:
        """Return a producer that works; raises Away or BrokerError."""
        if self._wire is None:
            self._wire = await self._connect()
        return self._wire

    async def disconnect(self) -> None:
        """End the producer, whatever it has under way."""
        if self._wire is not None:
            wire, self._wire = self._wire, None
            await wire.end()

    async def step(self) -> None:
        """Bring the front of the spool, which must not be empty; raises Away or BrokerError."""
        records, mark = await self._disk.do(self._spool.read, READ_BYTES)
        await self._deliver(records)
        await self._disk.do(self._spool.remove, mark)

    async def _deliver(self, records: Sequence[Record], *, alone: bool = False) -> None:
        """Send them. A batch that Kafka refuses is sent again record by record, and what is refused then set aside."""
        while records:
            unsent = await (await self.connected()).send(records, alone=alone)
            if unsent is None:
                self.count += len(records)
                return
            self.count += len(records) - len(unsent.left) - len(unsent.refused)
            await self.disconnect()  # what comes behind a refused batch would be out of its producer's sequence
            if not unsent.refused:
                raise Away(unsent.why)
            if alone:
                await self._set_aside(unsent.refused, unsent.why)
            else:
                await self._deliver(unsent.refused, alone=True)
            records = unsent.left

    async def _set_aside(self, records: Sequence[Record], why: str) -> None:
        try:
            await self._disk.do(self._aside.put, records)
        except (OSError, AsideFull) as error:
            raise Away(f"{self._aside.path.name} cannot take more ({type(error).__name__})") from error
        name = self._aside.path.name
        _log.error("touchpoints that Kafka refuses (%s) were put into %s: %d", why, name, len(records))
