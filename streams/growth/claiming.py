"""Takes all partitions away from whoever may still believe to own one."""

import asyncio
import time
from typing import Final

from streams.errors import BrokerError
from streams.worker import meta
from streams.worker.clients import Clients
from streams.worker.fence import Fence, FenceLost
from streams.worker.kit import Topics

_AT_ONCE: Final = 16
_LIFETIME_SEC: Final = 3_600.0
_SELF: Final = "topics grow"  # as the process of the claims


async def claim(servers: str, topics: Topics, partitions: int) -> None:
    """Return once the broker refuses what any worker would still write to journeys and alerts.

    A worker that was frozen long ago is no member of the group any more, and would go on where it was.
    """
    turns = asyncio.Semaphore(_AT_ONCE)

    async def one(number: int) -> None:
        async with turns:
            await _claim(servers, topics, number)

    await asyncio.gather(*map(one, range(partitions)))


async def _claim(servers: str, topics: Topics, number: int) -> None:
    fence = Fence(Clients(servers), f"{topics.changelog}/{number}", lifetime_sec=_LIFETIME_SEC)
    try:
        await fence.claim()
        now = int(time.time() * 1000)
        value = meta.encode(meta.Claim(meta.Process("", now, _SELF), *fence.epoch, written_at=now))
        for topic in (topics.changelog, topics.alerts):
            batch = fence.batch()
            batch.append(timestamp=None, key=meta.CLAIM_KEY, value=value)
            await fence.settle(await fence.send(batch, topic, number))
    except FenceLost as error:
        raise BrokerError(
            "a worker has claimed the partition meanwhile", place=f"partition {number}", remedy="stop all workers first"
        ) from error
    finally:
        await fence.close()
