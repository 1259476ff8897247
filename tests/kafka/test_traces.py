"""One trace from a request to a notification, through three processes and a real broker, and its way back."""

import asyncio
import itertools
import shutil
import subprocess
import time
from collections.abc import AsyncIterator, Callable, Iterator, Mapping, Sequence
from contextlib import AsyncExitStack, asynccontextmanager, contextmanager
from pathlib import Path
from typing import Any, Final

import httpx
import pytest
from aiohttp import web
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest

from streams.broker import topics
from streams.broker.embedded import EmbeddedKafka
from streams.broker.probe import free_port
from streams.codec.catalogue import ALERTS
from streams.codec.vocabulary import shipped
from streams.telemetry.trace_context import TraceContext, of_headers, parse
from streams.testing.deployment import Deployment
from streams.testing.patience import PATIENCE_SEC
from streams.testing.workers import WorkerProcess
from tests.kafka.desk.conftest import DeskProcess
from tests.kafka.gateway.test_process import Gateway

pytestmark = pytest.mark.kafka
RULES: Final = Path(__file__).parent / "lane" / "rules.yaml"
CALLER: Final = TraceContext("4bf92f3577b34da6a3ce929d0e0e4736", "00f067aa0ba902b7", state="vendor=1")
ASKING: Final = TraceContext("1" * 32, "2" * 16)
CUSTOMER: Final = "ana-of-the-shop"
EXEMPLARS: Final = (
    "touchpoint_gateway_request_seconds_bucket",
    "touchpoint_time_to_alert_seconds_bucket",
    "touchpoint_desk_time_to_notify_seconds_bucket",
)


class Span:
    """What a collector knows of a span."""

    def __init__(self, service: str, found: Any) -> None:
        self.service = service
        self.name: str = found.name
        self.trace_id: str = found.trace_id.hex()
        self.span_id: str = found.span_id.hex()
        self.parent_id: str = found.parent_span_id.hex()
        self.links = [link.trace_id.hex() for link in found.links]
        self.said = {each.key: each.value.string_value or each.value.int_value for each in found.attributes}
        self.text = str(found)


class Outside:
    """A collector of traces and a receiver of notifications."""

    def __init__(self) -> None:
        self.spans: list[Span] = []
        self.told: asyncio.Queue[Mapping[str, str]] = asyncio.Queue()

    @asynccontextmanager
    async def listening(self) -> AsyncIterator[str]:
        """Serve both; gives the URL."""
        app = web.Application()
        app.router.add_post("/v1/traces", self._collect)
        app.router.add_post("/hook", self._hear)
        runner = web.AppRunner(app, access_log=None)
        await runner.setup()
        port = free_port()
        await web.TCPSite(runner, "127.0.0.1", port).start()
        try:
            yield f"http://127.0.0.1:{port}"
        finally:
            await runner.cleanup()

    async def _collect(self, request: web.Request) -> web.Response:
        for each in ExportTraceServiceRequest.FromString(await request.read()).resource_spans:
            service = next(one.value.string_value for one in each.resource.attributes if one.key == "service.name")
            self.spans += [Span(service, span) for scope in each.scope_spans for span in scope.spans]
        return web.Response(content_type="application/x-protobuf")

    async def _hear(self, request: web.Request) -> web.Response:
        self.told.put_nowait({**request.headers})
        return web.Response()

    async def until(self, is_there: Callable[[Sequence[Span]], bool]) -> None:
        """Wait for spans."""
        async with asyncio.timeout(PATIENCE_SEC):
            while not is_there(self.spans):  # noqa: ASYNC110 - other processes bring them
                await asyncio.sleep(0.1)


class System:
    """Worker, gateway and desk over a broker of their own."""

    def __init__(self, servers: str, folder: Path, url: str, environ: Mapping[str, str]) -> None:
        self.servers = servers
        self._numbers = itertools.count()
        self.metrics_port = free_port()
        self.worker = WorkerProcess(
            "worker",
            folder,
            {
                "TOUCHPOINT_BOOTSTRAP_SERVERS": servers,
                "TOUCHPOINT_PARTITIONS": "2",
                "TOUCHPOINT_RULES": str(RULES),
                "TOUCHPOINT_METRICS_PORT": str(self.metrics_port),
                **environ,
            },
        )
        self.desk = DeskProcess(folder, servers, f"{url}/hook")
        self.desk._environ |= environ
        (folder / "gateway").mkdir()
        self.gateway = Gateway(servers, folder / "gateway", "//shop.example")
        self.gateway._environ |= environ

    @asynccontextmanager
    async def running(self) -> AsyncIterator[None]:
        """Run all of it, and let it end as it does when it is told to."""
        async with AsyncExitStack() as stack:
            # One after the other: on a small machine three at once take longer than anybody waits for one.
            gateway = self.gateway.start()
            stack.callback(gateway.wait)
            stack.callback(gateway.kill)
            stack.push_async_callback(self.gateway.client.aclose)
            await self.gateway.ready()
            stack.enter_context(self.worker).start()
            await asyncio.to_thread(self.worker.wait_ready)
            stack.enter_context(self.desk).start()
            await self.desk.ready(PATIENCE_SEC)
            yield
            gateway.terminate()
            self.worker.terminate()
            self.desk.terminate()
            ended = (gateway.wait, self.worker.wait, self.desk.wait)
            assert await asyncio.gather(*[asyncio.to_thread(wait, PATIENCE_SEC) for wait in ended]) == [0, 0, 0]

    async def send(self, context: TraceContext, *items: Mapping[str, str]) -> None:
        """Send touchpoints from within a trace."""
        headers = {"traceparent": context.traceparent, "tracestate": context.state}
        every = [{"id": str(next(self._numbers)), "customer": CUSTOMER, **item} for item in items]
        answer = await self.gateway.client.post("/v1/touchpoints", json=every, headers=headers)
        assert answer.status_code == 202, answer.text

    async def alert_headers(self) -> list[Sequence[tuple[str, bytes]]]:
        """Return the headers of all alerts."""
        records = await Deployment(self.servers, "", shipped(), 2).read([ALERTS])
        return [record.headers for record in records if not record.key.startswith(b"\0")]


@pytest.fixture
async def servers(fresh_broker: Callable[..., EmbeddedKafka]) -> str:
    """A broker of its own with the topics of the catalogue."""
    kafka = fresh_broker()
    await topics.create(kafka.bootstrap_servers, topics.Deployment(partitions=2, retention="forever"))
    return kafka.bootstrap_servers


@contextmanager
def prometheus(folder: Path, *targets: int) -> Iterator[str]:
    """Scrape these ports with a real Prometheus that keeps exemplars; gives its URL."""
    places = ", ".join(f'"127.0.0.1:{target}"' for target in targets)
    file = folder / "prometheus.yml"
    file.write_text(
        "scrape_configs: [{job_name: all, scrape_interval: 500ms, scrape_timeout: 400ms, "
        f"static_configs: [{{targets: [{places}]}}]}}]"
    )
    address = f"127.0.0.1:{free_port()}"
    command = [
        "prometheus",
        f"--config.file={file}",
        f"--storage.tsdb.path={folder}",
        f"--web.listen-address={address}",
    ]
    with (folder / "log").open("w") as log:
        process = subprocess.Popen([*command, "--enable-feature=exemplar-storage"], stderr=log)
        try:
            yield f"http://{address}"
        finally:
            process.kill()
            process.wait()


async def exemplars(url: str, metric: str) -> set[str]:
    """Return the traces that Prometheus knows of a metric, once it knows one."""
    asked = {"query": metric, "start": f"{time.time() - 600:.0f}", "end": f"{time.time() + 600:.0f}"}
    async with asyncio.timeout(PATIENCE_SEC), httpx.AsyncClient(trust_env=False) as client:
        while True:
            try:
                answer = await client.get(f"{url}/api/v1/query_exemplars", params=asked)
                found = {one["labels"]["trace_id"] for each in answer.json()["data"] for one in each["exemplars"]}
            except (httpx.TransportError, KeyError):
                found = set()
            if found:
                return found
            await asyncio.sleep(0.2)


@pytest.mark.skipif(shutil.which("prometheus") is None, reason="there is no Prometheus")
async def test_one_trace_leads_from_a_request_to_a_notification(servers: str, tmp_path: Path) -> None:
    """Each part under the one before it, nothing personal in any; and a real Prometheus leads to it.

    What a deadline raises begins a trace of its own, and links what it rests on.
    """
    outside = Outside()
    async with outside.listening() as url:
        environ = {
            "TOUCHPOINT_TRACING": "otlp",
            "TOUCHPOINT_TRACE_RATIO": "0",  # what the caller records is recorded; nothing else is
            "TOUCHPOINT_LANE_FLUSH_SEC": "2",
            "OTEL_EXPORTER_OTLP_ENDPOINT": url,
        }
        system = System(servers, tmp_path, url, environ)
        system.worker._environ |= {"TOUCHPOINT_TRACE_RATIO": "1"}  # for what begins there
        async with system.running():
            ports = (system.metrics_port, system.gateway.port, int(system.desk.address.rpartition(":")[2]))
            (tmp_path / "prometheus").mkdir()
            with prometheus(tmp_path / "prometheus", *ports) as scraper:
                await system.send(CALLER, *[{"type": "payment.failed"}] * 3)
                told = await asyncio.wait_for(outside.told.get(), PATIENCE_SEC)
                known = [await exemplars(scraper, metric) for metric in EXEMPLARS]
                headers = await system.alert_headers()
                await system.send(
                    ASKING, {"type": "message.received", "subject": "ticket:1", "customer": f"{CUSTOMER}-2"}
                )
                await asyncio.wait_for(outside.told.get(), PATIENCE_SEC)
        await outside.until(lambda spans: sum(span.name == "notify" for span in spans) == 2)
    assert known == [{CALLER.trace_id}] * len(EXEMPLARS)
    spans = {span.name: span for span in outside.spans if span.trace_id == CALLER.trace_id}
    order = ["POST /v1/touchpoints", "publish touchpoints", "raise alert", "keep alert", "decide", "notify"]
    assert [spans[name].parent_id for name in order] == [
        CALLER.span_id, *[spans[name].span_id for name in order[:-1]],
    ]  # fmt: skip
    assert [spans[name].service for name in order] == [
        *["touchpoint-gateway"] * 2, "touchpoint-worker", *["touchpoint-desk"] * 3,
    ]  # fmt: skip
    told_in = parse(told["traceparent"], told["tracestate"])
    assert told_in == TraceContext(CALLER.trace_id, spans["notify"].span_id, state=CALLER.state)
    assert [context.span_id for each in headers if (context := of_headers(each))] == [spans["raise alert"].span_id]
    assert spans["raise alert"].said["touchpoint.rule"] == "payment-failing"
    assert spans["raise alert"].said["messaging.destination.name"] == "touchpoints.web"
    (unanswered,) = [span for span in outside.spans if span.said.get("touchpoint.rule") == "nobody-answers"]
    assert (unanswered.parent_id, unanswered.links) == ("", [ASKING.trace_id])
    assert {span.trace_id for span in outside.spans} == {CALLER.trace_id, ASKING.trace_id, unanswered.trace_id}
    assert not [span.name for span in outside.spans if CUSTOMER in span.text]
