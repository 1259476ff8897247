"""What the metrics read from the store: at a scrape, but no more often than every few seconds."""

import time
from collections.abc import Callable
from dataclasses import replace
from typing import Final

from sqlalchemy import func, select
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.ext.asyncio import AsyncConnection

from streams.alerts import canary
from streams.alerts.alert import Status as AlertStatus
from streams.desk.cases.case import Status
from streams.desk.notify import queue as owed
from streams.desk.store.database import Database
from streams.desk.store.tables import ALERTS, CASES, OUTBOX
from streams.rules.model import Mode
from streams.telemetry.desk import DeskReading

FRESH_SEC: Final = 5.0  # for so long the store is not asked again


class Gauges:
    """Remembers what was read last; while the store is away that is what there is, of a desk that is not ready."""

    def __init__(
        self, database: Database, now: Callable[[], int], monotonic: Callable[[], float] = time.monotonic
    ) -> None:
        self._database = database
        self._now = now
        self._monotonic = monotonic
        self._last = DeskReading()
        self._stale_at = 0.0

    async def read(self, heard: DeskReading) -> DeskReading:
        """Return it with what the reader of alerts has counted."""
        if (at := self._monotonic()) >= self._stale_at:
            try:
                async with self._database.read() as connection:
                    self._last = await read(connection, self._now(), heard)
            except (SQLAlchemyError, OSError):
                heard = replace(heard, is_ready=False)
            else:
                self._stale_at = at + FRESH_SEC
        return replace(
            self._last, is_ready=heard.is_ready, alerts=heard.alerts, unreadable=heard.unreadable, lag=heard.lag
        )


async def read(connection: AsyncConnection, now: int, heard: DeskReading) -> DeskReading:
    """Add it to what the reader of alerts has counted."""
    still = select(CASES.c.team, func.count()).where(CASES.c.is_closed.is_(False)).group_by(CASES.c.team)
    teams = {team: int(count) for team, count in await connection.execute(still)}
    unseen = select(func.min(CASES.c.opened_at)).where(
        CASES.c.status == str(Status.OPEN), CASES.c.is_closed.is_(False), CASES.c.snoozed_until <= now
    )
    oldest = (await connection.execute(unseen)).scalar()
    backlog = await owed.backlog(connection)
    unpublished = (await connection.execute(select(func.count()).select_from(OUTBOX))).scalar_one()
    return replace(
        heard,
        open_cases=teams,
        open_alerts=await _standing(connection),
        unseen_age_ms=max(0, now - oldest) if oldest else 0,
        owed={"waiting": backlog.waiting, "failed": backlog.failed},
        owed_age_ms=max(0, now - backlog.oldest_at) if backlog.oldest_at else 0,
        unpublished=unpublished,
    )


async def _standing(connection: AsyncConnection) -> dict[tuple[str, str], int]:
    """Return how many live alerts fire, by moment and severity, but the canary's; the index has all that is asked."""
    counted = (
        select(ALERTS.c.moment, ALERTS.c.severity, func.count())
        .where(
            ALERTS.c.status == str(AlertStatus.FIRING), ALERTS.c.mode == str(Mode.LIVE), ALERTS.c.rule != canary.RULE
        )
        .group_by(ALERTS.c.moment, ALERTS.c.severity)
    )
    return {(moment, severity): int(count) for moment, severity, count in await connection.execute(counted)}
