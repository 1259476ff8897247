"""Asks the workers about the customers of new cases: what is at risk, and what their trouble has to do with."""

import asyncio
import logging
from collections.abc import Callable, Sequence
from typing import Final

from sqlalchemy.ext.asyncio import AsyncConnection

from streams.alerts.alert import Alert
from streams.desk.cases.case import Action
from streams.desk.cases.incidents import Shared, shared_in
from streams.desk.service.blocks import who_of
from streams.desk.service.incidents import Gatherer
from streams.desk.service.journeys import Journeys
from streams.desk.service.keeper import Keeper
from streams.desk.service.news import News
from streams.desk.store.database import Database

WAITING: Final = 5_000  # cases; of more, the value stays unknown until an agent opens the case
_log = logging.getLogger("touchpoint.desk")


class Enricher:
    """Watches for new cases; `run` until it is cancelled."""

    def __init__(self, journeys: Journeys, gatherer: Gatherer, database: Database, now: Callable[[], int]) -> None:
        self._journeys = journeys
        self._gatherer = gatherer
        self._database = database
        self._now = now
        self._waiting: asyncio.Queue[tuple[str, Alert]] = asyncio.Queue(WAITING)

    async def changed(self, connection: AsyncConnection, news: Sequence[News], now: int) -> None:
        """Take note of cases that were opened for customers."""
        for each in news:
            is_opened = each.change.entry.action is Action.OPENED
            if is_opened and each.alert is not None and each.alert.customer and not self._waiting.full():
                self._waiting.put_nowait((each.change.case.case_id, each.alert))

    async def run(self, keeper: Keeper) -> None:
        """Ask for one customer after the other; who does not answer is not asked again."""
        while True:
            case_id, alert = await self._waiting.get()
            try:
                await self.enrich(keeper, case_id, alert)
            except Exception as error:  # noqa: BLE001 - what is known is a help, not a duty
                _log.warning("nothing more is known of a case (%s)", type(error).__name__, extra={"case": case_id})

    async def enrich(self, keeper: Keeper, case_id: str, alert: Alert) -> None:
        """Keep what the customer's journey says of a case."""
        seen = await self._journeys.of(alert.customer, ())
        value = who_of("", seen).value
        if value is not None:
            await keeper.value(case_id, value)
        shared = dict[Shared, None].fromkeys(
            one for each in seen for one in shared_in(alert, each.id, each.subject, each.data)
        )
        if shared:
            async with self._database.write() as connection:
                await self._gatherer.learn(connection, case_id, alert, tuple(shared), self._now())
            keeper.wake()
