"""What the reader says of itself while it cannot read."""

import asyncio
from contextlib import asynccontextmanager
from typing import Any

from aiokafka import TopicPartition
from sqlalchemy.exc import OperationalError

from streams.desk.service.reader import Reader
from streams.testing.patience import PATIENCE_SEC


class _Away:
    """A database that is not there."""

    @asynccontextmanager
    async def read(self) -> Any:
        """Refuse."""
        raise OperationalError("SELECT", {}, Exception("away"))
        yield


class _Behind:
    """A consumer of one partition, so many records behind."""

    def __init__(self, records: int) -> None:
        self._records = records

    def assignment(self) -> set[TopicPartition]:
        """Own one."""
        return {TopicPartition("alerts", 0)}

    def highwater(self, _: TopicPartition) -> int:
        """Know its end."""
        return 10

    async def position(self, _: TopicPartition) -> int:
        """Be where it is."""
        return 10 - self._records


async def test_a_desk_that_has_caught_up_stays_ready_while_it_reads() -> None:
    """With a steady flow of alerts it is always a little behind, which the lag says, and not /readyz."""
    reader = Reader(_Away(), None, "127.0.0.1:9")  # type: ignore[arg-type] # doubles; neither is reached
    seen = []
    for behind in (7, 0, 3):
        await reader.look_behind(_Behind(behind))
        seen.append((reader.lag, reader.has_caught_up))
    assert seen == [(7, False), (0, True), (3, True)]


async def test_a_desk_whose_database_went_away_is_not_at_the_end() -> None:
    """It was ready before; what it says on /readyz must not outlive what it rests on."""
    reader = Reader(_Away(), None, "127.0.0.1:9")  # type: ignore[arg-type] # doubles; the keeper is not reached
    reader.has_caught_up = True
    running = asyncio.create_task(reader.run())
    async with asyncio.timeout(PATIENCE_SEC):
        while reader.has_caught_up:  # noqa: ASYNC110 - another task changes it
            await asyncio.sleep(0)
    running.cancel()
    assert not running.done()
