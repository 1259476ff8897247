"""A scaled worker is one name with many addresses, and a journey is on one of them."""

from collections.abc import AsyncIterator, Sequence

import pytest
from aiohttp import web

from streams.desk.service.journeys import Journeys

HOSTS = ("127.0.0.1", "127.0.0.2")
CUSTOMERS = {"127.0.0.1": "ana", "127.0.0.2": "luis"}


def worker(customer: str) -> web.Application:
    """Return a worker that owns the journey of this customer alone."""

    async def journey(request: web.Request) -> web.Response:
        if request.match_info["customer"] != customer:
            return web.json_response({"error": "belongs to another worker"}, status=421)
        one = {"id": f"of {customer}", "source": "//shop", "type": "page.viewed", "time": "2026-05-01T12:00:00Z"}
        return web.json_response({"recent": [one]})

    app = web.Application()
    app.router.add_get("/journey/{customer}", journey)
    return app


@pytest.fixture
async def port() -> AsyncIterator[int]:
    """Two workers on one port of two addresses."""
    runners, port = [], 0
    for host, customer in CUSTOMERS.items():
        runner = web.AppRunner(worker(customer))
        await runner.setup()
        await web.TCPSite(runner, host, port).start()
        port = runner.addresses[0][1]
        runners.append(runner)
    yield port
    for runner in runners:
        await runner.cleanup()


async def resolve(host: str) -> Sequence[str]:
    """Know one name."""
    if host != "worker":
        raise OSError("no such host")
    return HOSTS


async def test_every_worker_behind_a_name_is_asked(port: int) -> None:
    """Whoever owns the journey answers; a name that nobody knows is nobody."""
    journeys = Journeys([f"http://worker:{port}/", f"http://nobody:{port}"], resolve)
    found = {customer: [one.id for one in await journeys.of(customer, [])] for customer in ("ana", "luis", "eva")}
    await journeys.close()
    assert found == {"ana": ["of ana"], "luis": ["of luis"], "eva": []}


async def test_the_system_knows_the_addresses_of_a_host(port: int) -> None:
    """An address stands for itself."""
    journeys = Journeys([f"http://127.0.0.2:{port}"])
    found = await journeys.of("luis", [])
    await journeys.close()
    assert [one.id for one in found] == ["of luis"]
