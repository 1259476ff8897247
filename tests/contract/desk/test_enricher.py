"""What workers know of the customers of new cases, asked from a real server: values, and what troubles share."""

import contextlib
from collections import Counter
from collections.abc import AsyncIterator
from typing import Any

import pytest
from aiohttp import web

from streams.alerts.alert import Alert, Evidence
from streams.desk.access.viewer import Role, Viewer
from streams.desk.cases.incidents import IncidentPolicy
from streams.desk.cases.policy import Policy
from streams.desk.service.book import Book
from streams.desk.service.enricher import Enricher
from streams.desk.service.incidents import Gatherer
from streams.desk.service.journeys import Journeys
from streams.desk.service.keeper import Keeper
from streams.desk.service.sight import seen_by
from streams.desk.store import incidents, queue
from streams.desk.store.database import Database
from streams.testing.alerts import START_MS, alert

LEAD = Viewer(name="lea", roles=frozenset({Role.LEAD}))
TIME = "2026-05-01T12:00:00Z"


def failed(number: int, provider: str) -> dict[str, Any]:
    """Return a failed payment as a worker tells it."""
    return {
        "id": f"p{number}", "source": "//shop.example", "type": "payment.failed", "time": TIME,
        "data": {"provider": provider, "amount": 12.5},
    }  # fmt: skip


class Kit:
    """A keeper whose new cases are enriched one by one; `journeys` is what the worker knows, by customer."""

    def __init__(self, database: Database, url: str) -> None:
        self.database = database
        self.told: dict[str, list[dict[str, Any]]] = {}
        gatherer = Gatherer(IncidentPolicy(at_least=3))
        self.journeys = Journeys([url])
        self.enricher = Enricher(self.journeys, gatherer, database, lambda: START_MS)
        self.keeper = Keeper(
            database, Book(), Policy(), lambda: START_MS, until=lambda at, ms: at + ms,
            watchers=(gatherer,), wake=lambda: None,
        )  # fmt: skip

    async def take(self, *alerts: Alert) -> None:
        """Keep alerts and ask about their customers."""
        await self.keeper.take(alerts, {})
        async with self.database.read() as connection:
            kept, _, _ = await queue.page(connection, seen_by(LEAD), "", 100)
        case_of = {member.alert_id: each.case.case_id for each in kept for member in each.case.members}
        for each in alerts:
            await self.enricher.enrich(self.keeper, case_of[each.alert_id], each)

    async def incidents(self) -> list[tuple[str, str, int]]:
        """Return kind, name and number of cases of each open incident."""
        async with self.database.read() as connection:
            kept, _, _ = await queue.page(connection, seen_by(LEAD), "", 100)
            found = await incidents.every(connection, closed=False, limit=10)
        members = Counter(each.incident for each in kept)
        return [(one.kind, one.name, members[one.number]) for one in found]


@pytest.fixture
async def kit(database: Database) -> AsyncIterator[Kit]:
    """A worker that answers, and a desk that asks it."""
    told: dict[str, list[dict[str, Any]]] = {}

    async def journey(request: web.Request) -> web.Response:
        return web.json_response({"recent": told.get(request.match_info["customer"], [])})

    app = web.Application()
    app.router.add_get("/journey/{customer}", journey)
    runner = web.AppRunner(app)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0)
    await site.start()
    address = runner.addresses[0]
    kit = Kit(database, f"http://{address[0]}:{address[1]}")
    kit.told = told
    async with contextlib.AsyncExitStack() as stack:
        stack.push_async_callback(runner.cleanup)
        stack.push_async_callback(kit.journeys.close)
        yield kit


def of(number: int, **fields: Any) -> Alert:
    """Return the alert of a customer whose payment failed."""
    evidence = (Evidence("payment.failed within 10m", 3, 3, (f"p{number}",)),)
    return alert(f"a{number}", customer=f"c{number}", rule=f"rule-{number}", evidence=evidence, **fields)


async def test_troubles_with_one_provider_are_one_incident(kit: Kit) -> None:
    """Though no alert says its name: the customers' journeys do; those that come later join it."""
    kit.told |= {f"c{number}": [failed(number, "paynet")] for number in range(4)}
    await kit.take(*(of(number) for number in range(3)))
    assert await kit.incidents() == [("provider", "paynet", 3)]
    await kit.take(of(3))
    assert await kit.incidents() == [("provider", "paynet", 4)]


async def test_what_an_alert_does_not_rest_on_is_no_cause(kit: Kit) -> None:
    """A payment that failed elsewhere in the journey, or with somebody else each time."""
    kit.told |= {f"c{number}": [failed(99, "paynet"), failed(number, f"bank-{number}")] for number in range(3)}
    await kit.take(*(of(number) for number in range(3)))
    assert await kit.incidents() == []


async def test_the_carrier_of_the_order_is_a_cause(kit: Kit) -> None:
    """The parcel of the order that is late, though the alert rests on the order alone."""
    for number in range(3):
        sent = failed(50 + number, "") | {
            "type": "shipment.dispatched", "subject": f"order:{number}", "data": {"carrier": "parcels"},
        }  # fmt: skip
        kit.told[f"c{number}"] = [sent]
    await kit.take(*(of(number, subject=f"order:{number}") for number in range(3)))
    assert await kit.incidents() == [("carrier", "parcels", 3)]


async def test_a_worker_that_knows_nobody_changes_nothing(kit: Kit) -> None:
    """The cases stand as they are."""
    await kit.take(*(of(number) for number in range(3)))
    assert await kit.incidents() == []
