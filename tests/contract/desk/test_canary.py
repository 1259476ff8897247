"""The canary on the desk, on both databases: it is told of its own alerts, and nobody else sees them."""

from collections.abc import Sequence

import msgspec
import pytest
from sqlalchemy import select

from streams.alerts.alert import Alert, Status
from streams.alerts.canary import RULE
from streams.desk.notify import queue
from streams.desk.notify.notice import Notice
from streams.desk.notify.tables import NOTIFICATIONS
from streams.desk.service import canary, gauges
from streams.desk.service.canary import FRESH_MS, RECEIVER, Canary
from streams.desk.store.database import Database
from streams.telemetry.desk import DeskReading
from streams.testing.alerts import START_MS, alert

NOW = START_MS + 60_000
RECEIVERS = {RECEIVER: canary.receiver("http://127.0.0.1:9105/heard", "SECRET")}


def sang(number: int, status: Status = Status.FIRING, at: int = NOW) -> Alert:
    """Return an alert of the canary."""
    return alert(
        f"a{number}", status=status, rule=RULE, customer=f"canary-{number}", severity="low", detected_at=at + number
    )


async def owed(database: Database) -> Sequence[Notice]:
    """Return what is owed, to whomever."""
    async with database.read() as connection:
        rows = await connection.execute(select(NOTIFICATIONS.c.notice))
        return [msgspec.json.decode(row.notice, type=Notice) for row in rows]


@pytest.fixture
def calls() -> list[None]:
    """How often the sender was called."""
    return []


@pytest.fixture
def desk(database: Database, calls: list[None]) -> Canary:
    """What takes the canary's alerts."""
    return Canary(database, RECEIVERS, lambda: NOW, lambda: calls.append(None))


async def test_each_alert_that_fires_is_told_and_the_newest_replaces_what_has_not_left(
    desk: Canary, database: Database, calls: list[None]
) -> None:
    """So a day without a canary leaves a few notices behind, not thousands; each names the alert and no customer."""
    await desk.take([sang(1), sang(2)])
    await desk.take([sang(3)])
    (notice,) = await owed(database)
    assert (notice.receiver, notice.case_id, notice.number) == (RECEIVER, "a3", 0)
    assert b"canary-3" not in msgspec.json.encode(notice)
    assert len(calls) == 2


async def test_what_is_over_or_read_again_after_hours_is_told_to_nobody(
    desk: Canary, database: Database, calls: list[None]
) -> None:
    """A desk that reads the whole topic again does not sing it all."""
    await desk.take([sang(1, Status.RECOVERED), sang(2, at=NOW - FRESH_MS - 10)])
    assert (await owed(database), calls) == ([], [])


async def test_what_is_owed_to_the_canary_is_owed_to_no_person(desk: Canary, database: Database) -> None:
    """The desk's figures are the same with and without it: nothing owed, no case, nothing lost."""
    async with database.read() as connection:
        before = await gauges.read(connection, NOW + 500_000, DeskReading())
    await desk.take([sang(1)])
    async with database.read() as connection:
        assert await gauges.read(connection, NOW + 500_000, DeskReading()) == before
        assert (await queue.backlog(connection)).waiting == 0
