"""What the gateway serves: the ways in, and what is served beside them."""

import asyncio
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager, suppress
from pathlib import Path
from typing import Final

from litestar import Litestar

from streams.gateway import secrets
from streams.gateway.api import native, uploads_document
from streams.gateway.api.app import create_app
from streams.gateway.api.bodies import Limits, Room
from streams.gateway.api.entrance import Entrance
from streams.gateway.api.front import Front
from streams.gateway.api.metrics import create_metrics
from streams.gateway.api.segment import CALLS, SegmentCall
from streams.gateway.api.touchpoints import Events, Touchpoints
from streams.gateway.api.uploads import UploadRoutes
from streams.gateway.api.way import Item, Way
from streams.gateway.api.webhooks import Webhook
from streams.gateway.connect.assets import touchpoint_js
from streams.gateway.connect.guard import Guard
from streams.gateway.connect.routes import create_routes
from streams.gateway.connect.script import create_script_route
from streams.gateway.connect.watch import Watch
from streams.gateway.door import Unknown
from streams.gateway.gate import Gate
from streams.gateway.incoming import Incoming
from streams.gateway.keys import unsigned
from streams.gateway.port import Sink
from streams.gateway.providers import registry
from streams.gateway.providers.provider import Provider
from streams.gateway.run import Process
from streams.gateway.uploads.store import Uploads
from streams.gateway.uploads.upload import Upload
from streams.gateway.uploads.worker import Worker
from streams.serving.headers import guards
from streams.serving.local import networks

OF_FILES: Final = frozenset({"pos"})  # providers whose files are uploaded


def create(process: Process, sink: Sink) -> Front:
    """Return the application of a gateway."""
    settings, now, seen = process.settings, process.now, Watch()
    gate = Gate(process.door, sink, now, [process.watch.judged, seen.saw])
    folders = map(Path, settings.gateway_mappings)
    providers = registry.load(folders, vocabulary=process.vocabulary, id_key=process.id_key)
    limits = Limits(bytes_=settings.gateway_max_body, items=settings.gateway_max_items)
    entrance = Entrance(
        gate,
        process.ring,
        limits,
        Room(settings.gateway_room),
        process.watch,
        guards=guards(is_tls=process.is_tls),
        tracer=process.tracer,
    )
    ways = _ways(process, providers)
    unsigned.warn(process.ring.all(), providers.keys(), process.environ, now())
    uploads, worker = _uploads(process, gate, providers)
    guard = Guard(process.admin_token, now, is_secure=process.base_url.startswith("https://"))
    page = create_routes(
        process.ring,
        process.keeper,
        seen,
        guard=guard,
        now=now,
        base_url=settings.gateway_url,
        bootstrap_servers=settings.bootstrap_servers,
    )

    @asynccontextmanager
    async def working(_: Litestar) -> AsyncIterator[None]:
        task = asyncio.create_task(worker.run(), name="uploads")
        yield
        task.cancel()
        with suppress(asyncio.CancelledError):
            await task

    app = create_app(
        entrance,
        ways,
        is_ready=process.is_ready,
        is_tls=process.is_tls,
        beside=[
            *uploads.routes(),
            create_metrics(process.metrics, networks(settings.metrics_from)),
            create_script_route(touchpoint_js().body),
            *page,
        ],
        lifespan=[working],
        more_paths=uploads_document.paths(),
    )
    return Front(app, entrance, ways)


def _ways(process: Process, providers: Mapping[str, Provider]) -> Sequence[Way]:
    unknown = Unknown(process.settings.gateway_unknown)
    return [
        Touchpoints(unknown),
        Events(unknown),
        *(SegmentCall(call, process.now) for call in CALLS),
        *(
            Webhook(name, provider, secrets.of_provider(process.environ, name), process.base_url, process.now)
            for name, provider in providers.items()
        ),
    ]


def _uploads(process: Process, gate: Gate, providers: Mapping[str, Provider]) -> tuple[UploadRoutes, Worker]:
    most_bytes = process.settings.gateway_upload_bytes
    uploads = Uploads(process.data_dir / "gateway" / "uploads", process.now, most_bytes=most_bytes)

    def read(upload: Upload, body: bytes) -> Sequence[Item]:
        if upload.provider in providers:
            incoming = Incoming(headers={"content-type": upload.form}, body=body)
            return providers[upload.provider].read(incoming, process.now())
        return native.lines(body)

    worker = Worker(uploads, gate, process.ring, read, tracer=process.tracer)
    formats, tracer = OF_FILES & providers.keys(), process.tracer
    return UploadRoutes(uploads, worker, process.ring, process.watch, formats, most_bytes, tracer=tracer), worker
