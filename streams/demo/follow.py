"""Reads the topics that a worker writes, into a tally."""

import asyncio
import time
from collections.abc import Callable, Coroutine, Iterator
from typing import Any, Final

from aiokafka import TopicPartition

from streams.alerts.alert import Alert
from streams.broker.alerts import RESERVED, follow
from streams.broker.ends import committed_ends
from streams.broker.lag import lag
from streams.broker.scan import scan
from streams.codec import catalogue
from streams.codec.files import Line
from streams.demo.tally import Tally
from streams.demo.worker import GROUP
from streams.errors import BrokerError
from streams.touchpoints.touchpoint import Touchpoint

QUIET_SEC: Final = 1.0  # without anything new: deadlines of the last moments have been looked at
CATCH_UP_SEC: Final = 120.0
FOLLOWED: Final = (catalogue.ALERTS, catalogue.CHANGELOG, catalogue.DEAD)
_POLL_SEC: Final = 0.3
_LOOK_SEC: Final = 0.05

Reached = dict[TopicPartition, int]
"""Where each followed partition goes on; the followers keep it up to date."""


def lines(touchpoints: list[Touchpoint], tally: Tally) -> Iterator[Line]:
    """Yield touchpoints as `send` wants them, and count them as they go."""
    for number, touchpoint in enumerate(touchpoints, 1):
        yield number, touchpoint, None
        tally.add_sent(touchpoint.time)


def followers(
    servers: str, tally: Tally, reached: Reached, tell: Callable[[Alert], None]
) -> list[Coroutine[Any, Any, None]]:
    """Return one endless job per topic; `tell` hears of each alert that is new or stands otherwise than before."""
    return [
        _alerts(servers, tally, reached, tell),
        _journeys(servers, tally, reached),
        _dead_letters(servers, tally, reached),
    ]


async def caught_up(servers: str, tally: Tally, reached: Reached) -> None:
    """Return once the worker has committed all it was sent and the followers have read all that came of it.

    The worker commits a touchpoint after its journey is written and its alerts are said. Only deadlines can bring more.
    Raises BrokerError if it never comes to that.
    """
    sources = [topic.name for topic in catalogue.sources()]
    deadline = time.monotonic() + CATCH_UP_SEC
    while left := await lag(servers, GROUP, sources):
        if time.monotonic() > deadline:
            raise _late(servers, f"the worker is {left} touchpoints behind")
        await asyncio.sleep(_POLL_SEC)
    await _read(servers, reached)
    seen = -1
    while seen != tally.seen:
        seen = tally.seen
        await asyncio.sleep(QUIET_SEC)
        await _read(servers, reached)


async def _read(servers: str, reached: Reached) -> None:
    """Return once the followers have taken everything that is committed now."""
    ends = await committed_ends(servers, FOLLOWED)
    deadline = time.monotonic() + CATCH_UP_SEC
    while left := sum(max(0, end - reached.get(place, 0)) for place, end in ends.items()):
        if time.monotonic() > deadline:
            raise _late(servers, f"{left} records of the worker are not read")
        await asyncio.sleep(_LOOK_SEC)


def _late(servers: str, what: str) -> BrokerError:
    remedy = "see the worker's log, and the load of this machine"
    return BrokerError(f"{what} after {CATCH_UP_SEC:.0f} s", place=servers, remedy=remedy)


async def _alerts(servers: str, tally: Tally, reached: Reached, tell: Callable[[Alert], None]) -> None:
    async for alert in follow(servers, from_beginning=True, reached=reached):
        if tally.add_alert(alert):
            tell(alert)


async def _journeys(servers: str, tally: Tally, reached: Reached) -> None:
    async for record in scan(servers, catalogue.CHANGELOG, exit_at_end=False, reached=reached):
        if not record.key.startswith(RESERVED):
            tally.add_journey(record.key, is_deleted=record.value is None)


async def _dead_letters(servers: str, tally: Tally, reached: Reached) -> None:
    async for _ in scan(servers, catalogue.DEAD, exit_at_end=False, reached=reached):
        tally.add_dead_letter()
