"""`python -m tests.kafka.lane.hung worker`: the ordinary worker, with one part of it made to hang.

HANG names the part, and HANG_FILE a file: as long as it is not there, everything works.
"""

import asyncio
import os
import re
import time
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any, Final

from aiokafka import AIOKafkaConsumer

from streams.cli import main
from streams.worker import clients, store
from streams.worker.effects import Effects
from streams.worker.lane import Lane
from streams.worker.transport import Thread

FOREVER_SEC: Final = 3_600
SLOW_SEC: Final = 0.5
CLAIM_SEC: Final = 2.0


def is_due() -> bool:
    """Return whether it should hang by now."""
    return Path(os.environ["HANG_FILE"]).exists()


def put(owner: Any, name: str, part: Any) -> None:
    """Replace a part of the product."""
    setattr(owner, name, part)


def hang_loop() -> None:
    """Let a fold block the event loop."""
    fold = Lane.fold

    def hung(lane: Lane) -> bool:
        if is_due():
            time.sleep(FOREVER_SEC)
        return fold(lane)

    put(Lane, "fold", hung)


def hang_interpreter() -> None:
    """Let a fold keep the interpreter to itself, so that no thread of Python runs."""
    fold = Lane.fold

    def hung(lane: Lane) -> bool:
        if is_due():
            re.match(r"(a|aa)+$", "a" * 1_000 + "b")
        return fold(lane)

    put(Lane, "fold", hung)


def hang_reader() -> None:
    """Let fetched records never arrive."""
    poll = Thread.poll

    async def hung(thread: Thread, *arguments: Any) -> Any:
        if is_due():
            await asyncio.sleep(FOREVER_SEC)
        return await poll(thread, *arguments)

    put(Thread, "poll", hung)


def hang_writer() -> None:
    """Let writes never be acknowledged, whatever the broker says."""
    settle = Effects._settle

    async def hung(effects: Effects, sent: Any) -> int:
        if is_due():
            await asyncio.sleep(FOREVER_SEC)
        return await settle(effects, sent)

    put(Effects, "_settle", hung)


def hang_ticker() -> None:
    """Let the deadlines wait for something that does not come."""
    tell = store.Lanes.tell

    def hung(lanes: store.Lanes) -> None:
        if is_due() and (task := asyncio.current_task()) is not None:
            task.get_loop().call_soon(task.cancel)
        tell(lanes)

    put(store.Lanes, "tell", hung)


def hang_recovery() -> None:
    """Let the journeys never come back."""

    async def hung(*_: Any) -> AsyncIterator[None]:
        await asyncio.sleep(FOREVER_SEC)
        yield None

    put(store, "restore", hung)


def slow_recovery() -> None:
    """Let the journeys come back one changelog record every half second."""

    class Slow(AIOKafkaConsumer):  # type: ignore[misc] # aiokafka publishes no types
        async def getmany(self, *partitions: Any, **_: Any) -> Any:
            await asyncio.sleep(SLOW_SEC)
            return await super().getmany(*partitions, timeout_ms=500, max_records=1)

    put(clients, "AIOKafkaConsumer", Slow)


def slow_claims() -> None:
    """Let each partition take two seconds to be kept over a rebalance."""
    prove = Lane.prove

    async def slow(lane: Lane) -> None:
        await asyncio.sleep(CLAIM_SEC)
        await prove(lane)

    put(Lane, "prove", slow)


if __name__ == "__main__":
    globals()[os.environ["HANG"]]()
    main()
