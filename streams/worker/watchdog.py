"""Ends a worker that does not get on although it could: a new process begins with what is durable, and gets on.

What has stood still for its limit (`progress`) is only a suspicion. The broker is asked, by a client of its own, and
what it says decides:

| the broker                                                | then                                                 |
|-----------------------------------------------------------|------------------------------------------------------|
| does not answer                                           | the worker stays and is not ready: a new one would be |
|                                                           | as deaf                                              |
| holds nothing more of what was thought to be held up      | nothing: there was nothing to read                   |
| answers                                                   | the process ends, with a reason and stacks           |

Work does not stand still while a position moves, journeys are read back however slowly, the broker acknowledges; and
nobody expects it to move during a rebalance (up to a limit), while the schema registry is away, while the breaker
holds dead letters back. When the event loop itself hangs, `heartbeat` ends the process.
"""

import asyncio
import logging
import time
from collections.abc import Awaitable, Callable, Iterable, Iterator, Mapping
from typing import Final

from aiokafka import TopicPartition

from streams.errors import TouchpointError
from streams.worker.heartbeat import Heartbeat
from streams.worker.lane import Lane
from streams.worker.leave import STALL_CODE, leave_at_once
from streams.worker.progress import NOWHERE, Aspect, Progress, Stall, Work, limits
from streams.worker.stacks import waiting
from streams.worker.store import Lanes

LOOK_SEC: Final = 1.0
ASK_SEC: Final = 10.0  # the broker is asked again after this
FRESH_SEC: Final = 5.0  # what a fetch proved is true for so long
_log = logging.getLogger("touchpoint.worker")

Ends = Mapping[TopicPartition, int]
Ask = Callable[[Iterable[TopicPartition]], Awaitable[Ends | None]]


class Stalled(TouchpointError):  # noqa: N818 - it names an event
    """Raise when the worker does not get on although the broker answers."""

    exit_code = STALL_CODE

    def __init__(self, what: str) -> None:
        super().__init__(
            f"the worker does not get on: {what}",
            remedy="start it again, it goes on where it was; if this comes back, report it with the stacks in the log",
        )


class Watchdog:
    """Watches the lanes of one process. `cut_off` are partitions about which the broker does not answer."""

    def __init__(self, lanes: Lanes, ask: Ask, ended: Callable[[Stalled], object]) -> None:
        """Prepare; `ended` is told once, in the loop, and must end the process."""
        settings = lanes.kit.settings
        self.cut_off: frozenset[int] = frozenset()
        self._lanes = lanes
        self._ask = ask
        self._ended = ended
        self._fresh_ms = 1000 * min(FRESH_SEC, settings.stall_sec / 4)
        self._progress = Progress(limits(settings.stall_sec, settings.session_sec, settings.flush_sec), LOOK_SEC)
        self._heart = Heartbeat(
            settings.stall_sec, lambda seconds: leave_at_once(Stalled(f"its event loop hangs, for {seconds:.0f} s"))
        )
        self._watching: asyncio.Task[None] | None = None
        self._judging: asyncio.Task[None] | None = None
        self._stalls: list[Stall] = []

    @property
    def spent(self) -> float:
        """The most of its limit for which any work has stood still; above 1 the broker does not answer about it."""
        return self._progress.spent

    def start(self) -> None:
        """Begin to watch, from a running loop."""
        self._heart.start()
        self._watching = asyncio.create_task(self._watch())

    def stop(self) -> None:
        """Watch no more: the process ends by itself."""
        for task in (self._watching, self._judging):
            if task is not None:
                task.cancel()
        self._heart.stop()

    async def _watch(self) -> None:
        asked_at = 0.0
        while True:
            await asyncio.sleep(LOOK_SEC)
            self._heart.beat()
            now = time.monotonic()
            self._stalls = self._progress.look(works(self._lanes, time.time() * 1000 - self._fresh_ms), now)
            self.cut_off &= {stall.partition for stall in self._stalls}
            is_asking = self._judging is not None and not self._judging.done()
            if self._stalls and not is_asking and now - asked_at >= ASK_SEC:
                asked_at = now
                self._judging = asyncio.create_task(self._judge(list(self._stalls)))

    async def _judge(self, suspected: list[Stall]) -> None:
        ends = await self._ask({tp for stall in suspected for tp in self._concerned(stall)})
        still = {(stall.aspect, stall.partition): stall for stall in self._stalls}
        for stall in filter(None, (still.get((one.aspect, one.partition)) for one in suspected)):
            if ends is None:
                if stall.partition not in self.cut_off:
                    _log.warning("%s, and the broker does not answer: waiting for it", stall)
                self.cut_off |= {stall.partition}
            elif stall.aspect is Aspect.READING and not self._holds_more(stall.partition, ends):
                self._progress.forgive(stall)
            else:
                _log.error("%s; the tasks wait here:\n%s", stall, waiting(asyncio.all_tasks()))
                self._ended(Stalled(str(stall)))
                return

    def _concerned(self, stall: Stall) -> list[TopicPartition]:
        topics, number = self._lanes.kit.topics, stall.partition
        if stall.aspect is Aspect.READING:
            return [TopicPartition(topic, number) for topic in topics.touchpoints]
        return [TopicPartition(topics.changelog, max(0, number))]

    def _holds_more(self, partition: int, ends: Ends) -> bool:
        lane = self._lanes.lanes.get(partition)
        return lane is not None and any(
            ends.get(TopicPartition(topic, partition), 0) > position for topic, position in lane.positions.items()
        )


def works(lanes: Lanes, fresh_since_ms: float) -> Iterator[Work]:
    """Return all that has to get on now; what fetches proved before that time is not relied upon."""
    if lanes.is_abandoned:
        return
    is_away = lanes.app.rebalancing or not lanes.version
    yield Work(Aspect.JOINING, NOWHERE, lanes.version, not is_away)
    yield Work(Aspect.TICKING, NOWHERE, lanes.ticks, is_away or not lanes.ready())
    shut = [lane for lane in lanes.lanes.values() if not lane.is_ready]
    # Together: while one is read back the others may wait for their turn.
    standing = tuple((lane.number, lane.phase, lane.term, lane.applied) for lane in shut)
    yield Work(Aspect.OPENING, NOWHERE, standing, is_away or not shut)
    for lane in lanes.lanes.values():
        number, is_open = lane.number, lane.is_ready
        waits = is_away or not is_open or (lane.reader.refused and lanes.kit.breaker.is_holding)
        # While it asks for a schema it waits for the registry, while it turns to other rules for what it writes.
        is_read = lane.asking is not None or lane.rules.is_turning or _has_read(lane, fresh_since_ms)
        yield Work(Aspect.READING, number, (lane.term, sum(lane.positions.values())), bool(waits or is_read))
        yield Work(Aspect.WRITING, number, lane.fence.acknowledged_at, bool(waits or _has_written(lane)))


def _has_read(lane: Lane, fresh_since_ms: float) -> bool:
    return lane.proofs.keys() >= lane.positions.keys() and all(
        at_ms >= fresh_since_ms and lane.positions[topic] >= end for topic, (_, end, at_ms) in lane.proofs.items()
    )


def _has_written(lane: Lane) -> bool:
    return lane.positions == lane.durable and not lane.core.dirty and not lane.rules.is_turning
