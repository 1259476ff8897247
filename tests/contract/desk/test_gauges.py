"""What the metrics read from the store, on both databases."""

from dataclasses import replace
from typing import Final

from streams.desk.cases.command import Acknowledge
from streams.desk.cases.policy import HOUR_MS
from streams.desk.service import gauges
from streams.desk.store.database import Database
from streams.telemetry.desk import DeskReading
from streams.testing.alerts import alert
from tests.contract.desk.test_router import Kit

HEARD: Final = DeskReading(alerts={"new": 2, "known": 1}, unreadable=4, lag=5)


async def reading(kit: Kit) -> DeskReading:
    """Return what a scrape reads now."""
    async with kit.database.read() as connection:
        return await gauges.read(connection, kit.now, HEARD)


async def test_an_empty_desk_owes_nothing(database: Database) -> None:
    """No age of anything; what was heard stays."""
    assert await reading(Kit(database)) == replace(HEARD, owed={"waiting": 0, "failed": 0})


async def test_what_waits_is_counted_with_the_age_of_the_oldest(database: Database) -> None:
    """Cases until somebody has seen them, notifications until they are taken, records until they are published."""
    kit = Kit(database)
    await kit.take(alert("a1"))
    await kit.decide(10_000)
    kit.now += HOUR_MS
    await kit.take(alert("b1", customer="customer-2"))
    await kit.act(Acknowledge())
    kit.now += 1_000
    found = await reading(kit)
    assert (found.open_cases, found.unpublished, found.unseen_age_ms) == ({"support": 2}, 3, 1_000)
    assert found.owed == {"waiting": len(await kit.notices()), "failed": 0}
    assert found.owed_age_ms > 0
