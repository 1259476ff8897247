"""What the worker answers over HTTP."""

from collections.abc import AsyncIterator

import aiohttp
import pytest
from aiohttp import web
from prometheus_client import CollectorRegistry

from streams.errors import SettingError
from streams.telemetry.recorder import Recorder
from streams.telemetry.server import TelemetryServer


class Probe:
    """A readiness that tests set."""

    reason = "recovering 3 partitions"

    def __call__(self) -> str:
        """Return the reason set."""
        return self.reason


async def _hello(request: web.Request) -> web.Response:
    return web.json_response({"hello": request.match_info["name"]})


@pytest.fixture
def probe() -> Probe:
    """A process that is not ready yet."""
    return Probe()


@pytest.fixture
async def server(probe: Probe) -> AsyncIterator[TelemetryServer]:
    """A server on a free port with one route of the worker's own."""
    registry = CollectorRegistry()
    Recorder(registry)
    served = TelemetryServer(registry, probe, port=0, routes=[web.get("/hello/{name}", _hello)])
    await served.start()
    yield served
    await served.stop()


async def _get(server: TelemetryServer, path: str, accept: str = "") -> tuple[int, str, str]:
    async with (
        aiohttp.ClientSession() as session,
        session.get(f"http://127.0.0.1:{server.port}{path}", headers={"Accept": accept}) as answer,
    ):
        return answer.status, await answer.text(), answer.headers["Content-Type"]


async def test_metrics_are_served_in_the_format_asked_for(server: TelemetryServer) -> None:
    """Plain text for people and old scrapers, OpenMetrics for those that accept it."""
    status, text, kind = await _get(server, "/metrics")
    assert (status, kind.partition(";")[0]) == (200, "text/plain")
    assert "touchpoint_journeys 0.0\n" in text
    status, text, kind = await _get(server, "/metrics", "application/openmetrics-text; version=1.0.0")
    assert (status, kind.partition(";")[0]) == (200, "application/openmetrics-text")
    assert text.endswith("# EOF\n")


async def test_health_is_that_it_answers(server: TelemetryServer) -> None:
    """A worker that recovers is alive, though not ready."""
    assert (await _get(server, "/healthz"))[0] == 200


async def test_readiness_has_a_reason(server: TelemetryServer, probe: Probe) -> None:
    """503 says what is missing; 200 once nothing is."""
    assert (await _get(server, "/readyz"))[:2] == (503, "recovering 3 partitions\n")
    probe.reason = ""
    assert (await _get(server, "/readyz"))[:2] == (200, "ready\n")


async def test_the_worker_adds_routes(server: TelemetryServer) -> None:
    """`journey show` asks one of these."""
    assert (await _get(server, "/hello/you"))[:2] == (200, '{"hello": "you"}')


async def test_a_port_in_use_is_a_clear_error(server: TelemetryServer) -> None:
    """The error names the port and the setting."""
    second = TelemetryServer(CollectorRegistry(), str, port=server.port)
    with pytest.raises(SettingError, match=f"cannot serve metrics on port {server.port}") as caught:
        await second.start()
    assert "TOUCHPOINT_METRICS_PORT" in caught.value.remedy
