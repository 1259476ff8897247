"""Reads the topics that a worker writes, into a tally."""

import asyncio
import time
from collections.abc import Callable, Coroutine, Iterator
from typing import Any, Final

from streams.alerts.alert import Alert
from streams.broker.alerts import RESERVED, follow
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
_POLL_SEC: Final = 0.3


def lines(touchpoints: list[Touchpoint], tally: Tally) -> Iterator[Line]:
    """Yield touchpoints as `send` wants them, and count them as they go."""
    for number, touchpoint in enumerate(touchpoints, 1):
        yield number, touchpoint, None
        tally.add_sent(touchpoint.time)


def followers(servers: str, tally: Tally, tell: Callable[[Alert], None]) -> list[Coroutine[Any, Any, None]]:
    """Return one endless job per topic; `tell` hears of each alert that is new or stands otherwise than before."""
    return [_alerts(servers, tally, tell), _journeys(servers, tally), _dead_letters(servers, tally)]


async def caught_up(servers: str, tally: Tally) -> None:
    """Return once the worker has committed all it was sent and nothing new comes; raise BrokerError if it never does.

    The worker commits a touchpoint after its journey is written and its alerts are said. Only deadlines can bring more.
    """
    sources = [topic.name for topic in catalogue.sources()]
    deadline = time.monotonic() + CATCH_UP_SEC
    while left := await lag(servers, GROUP, sources):
        if time.monotonic() > deadline:
            message = f"the worker is {left} touchpoints behind after {CATCH_UP_SEC:.0f} s"
            raise BrokerError(message, place=servers, remedy="see the worker's log, and the load of this machine")
        await asyncio.sleep(_POLL_SEC)
    seen = -1
    while seen != tally.seen:
        seen = tally.seen
        await asyncio.sleep(QUIET_SEC)


async def _alerts(servers: str, tally: Tally, tell: Callable[[Alert], None]) -> None:
    async for alert in follow(servers, from_beginning=True):
        if tally.add_alert(alert):
            tell(alert)


async def _journeys(servers: str, tally: Tally) -> None:
    async for record in scan(servers, catalogue.CHANGELOG, exit_at_end=False):
        if not record.key.startswith(RESERVED):
            tally.add_journey(record.key, is_deleted=record.value is None)


async def _dead_letters(servers: str, tally: Tally) -> None:
    async for _ in scan(servers, catalogue.DEAD, exit_at_end=False):
        tally.add_dead_letter()
