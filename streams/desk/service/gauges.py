"""What the metrics read from the store at each scrape."""

from dataclasses import replace

from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncConnection

from streams.desk.cases.case import Status
from streams.desk.notify import queue as owed
from streams.desk.store.tables import CASES, OUTBOX
from streams.telemetry.desk import DeskReading


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
        unseen_age_ms=max(0, now - oldest) if oldest else 0,
        owed={"waiting": backlog.waiting, "failed": backlog.failed},
        owed_age_ms=max(0, now - backlog.oldest_at) if backlog.oldest_at else 0,
        unpublished=unpublished,
    )
