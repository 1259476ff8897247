"""What the metrics read from the store, on both databases."""

from dataclasses import replace
from typing import Final

from sqlalchemy import text

from streams.alerts.alert import Status
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


async def test_alerts_that_fire_are_counted_by_moment_and_severity(database: Database) -> None:
    """Live ones: not what is watched, in shadow or over, and not the canary's."""
    kit = Kit(database)
    await kit.take(
        alert("a1"),
        alert("a2", customer="customer-2"),
        alert("a3", severity="low", moment="SMOT"),
        alert("a4", status=Status.WATCHING),
        alert("a5", status=Status.RECOVERED),
        alert("a6", mode="shadow"),
        alert("a7", rule="canary", customer="canary-1"),
    )
    assert (await reading(kit)).open_alerts == {("FMOT", "high"): 2, ("SMOT", "low"): 1}


async def test_the_store_is_asked_every_few_seconds_and_the_reader_at_each_scrape(database: Database) -> None:
    """However often somebody scrapes."""
    kit, at = Kit(database), [0.0]
    gauges_of = gauges.Gauges(database, lambda: kit.now, lambda: at[0])
    assert (await gauges_of.read(HEARD)).open_cases == {}
    await kit.take(alert("a1"))
    at[0] += gauges.FRESH_SEC - 1
    found = await gauges_of.read(replace(HEARD, lag=9, is_ready=True))
    assert (found.open_cases, found.lag, found.is_ready) == ({}, 9, True)
    at[0] += 1
    assert (await gauges_of.read(HEARD)).open_cases == {"support": 1}


async def test_without_its_store_the_desk_is_not_ready_and_still_has_a_page(database: Database) -> None:
    """With what was read last."""
    kit, at = Kit(database), [0.0]
    await kit.take(alert("a1"))
    gauges_of = gauges.Gauges(database, lambda: kit.now, lambda: at[0])
    heard = replace(HEARD, is_ready=True)
    assert (await gauges_of.read(heard)).is_ready
    async with database.write() as connection:
        await connection.execute(text("DROP TABLE outbox"))
    at[0] += gauges.FRESH_SEC
    found = await gauges_of.read(heard)
    assert (found.is_ready, found.open_cases, found.lag) == (False, {"support": 1}, HEARD.lag)
