"""Asks the workers what is at risk with the customers of new cases, and tells the keeper."""

import asyncio
import logging
from collections.abc import Sequence
from typing import Final

from sqlalchemy.ext.asyncio import AsyncConnection

from streams.desk.cases.case import Action
from streams.desk.service.blocks import who_of
from streams.desk.service.journeys import Journeys
from streams.desk.service.keeper import Keeper
from streams.desk.service.news import News

WAITING: Final = 5_000  # cases; of more, the value stays unknown until an agent opens the case
_log = logging.getLogger("touchpoint.desk")


class Enricher:
    """Watches for new cases; `run` until it is cancelled."""

    def __init__(self, journeys: Journeys) -> None:
        self._journeys = journeys
        self._waiting: asyncio.Queue[tuple[str, str]] = asyncio.Queue(WAITING)

    async def changed(self, connection: AsyncConnection, news: Sequence[News], now: int) -> None:
        """Take note of cases that were opened for customers."""
        for each in news:
            customer = each.alert.customer if each.alert is not None else ""
            if each.change.entry.action is Action.OPENED and customer and not self._waiting.full():
                self._waiting.put_nowait((each.change.case.case_id, customer))

    async def run(self, keeper: Keeper) -> None:
        """Ask for one customer after the other; who does not answer is not asked again."""
        while True:
            case_id, customer = await self._waiting.get()
            try:
                value = who_of("", await self._journeys.of(customer, ())).value
                if value is not None:
                    await keeper.value(case_id, value)
            except Exception as error:  # noqa: BLE001 - a value is a help, not a duty
                _log.warning("the value of a case is not known (%s)", type(error).__name__)
