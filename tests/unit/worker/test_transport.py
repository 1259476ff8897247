"""The consumer's turn: what it fetches belongs to the lanes as they stood when it began."""

import asyncio
from types import SimpleNamespace
from typing import Any

from faust.types import TP

from streams.worker.transport import Consumer, Poll

WEB = TP("touchpoints.web", 0)


class Thread:
    """A client's thread whose polls end when they are told to."""

    def __init__(self) -> None:
        self.happened: list[str] = []
        self.answered = asyncio.Event()

    async def poll(self, *_: Any) -> Poll:
        """Wait."""
        self.happened.append("polls")
        await self.answered.wait()
        self.happened.append("has polled")
        return Poll({}, {})

    async def seek_wait(self, _: Any) -> None:
        """Seek."""
        self.happened.append("seeks")


def consumer(thread: Thread) -> Consumer:
    """Return a consumer that owns nothing and would fetch one partition."""
    one = Consumer.__new__(Consumer)
    lanes = SimpleNamespace(ready=list, is_opening=True, kit=SimpleNamespace(settings=SimpleNamespace(slice_ms=1.0)))
    one.app = SimpleNamespace(lanes=lanes, lane_topics=frozenset({WEB.topic}), rebalancing=True)
    one._thread = thread
    one._lane_partitions = lambda: frozenset({WEB})  # type: ignore[method-assign] # no lane is needed
    return one


async def test_a_seek_waits_for_the_poll_under_way() -> None:
    """What that poll brought after the seek would belong to no lane, and be passed over for good."""
    thread = Thread()
    one = consumer(thread)
    polling = asyncio.ensure_future(one._wait_next_records(1.0))
    await asyncio.sleep(0)
    seeking = asyncio.ensure_future(one.seek_lane({WEB: 5}))
    for _ in range(5):
        await asyncio.sleep(0)
    assert thread.happened == ["polls"]
    thread.answered.set()
    await asyncio.gather(polling, seeking)
    assert thread.happened == ["polls", "has polled", "seeks"]
