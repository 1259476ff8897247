"""The desk's web application: the API, what watches it, and whatever else is served beside it, the console say."""

from collections.abc import Awaitable, Callable, Sequence
from importlib.metadata import version
from typing import Any, Final

import msgspec
from litestar import Litestar, MediaType, Response, get
from litestar.types import ControllerRouterHandler

from streams.desk.api import docs
from streams.desk.api.headers import security_headers
from streams.desk.api.openapi import document
from streams.desk.api.operation import Operation, Parts
from streams.desk.api.routes import HANDLERS, create_routes
from streams.desk.api.table import OPERATIONS

_DISTRIBUTION: Final = "touchpoint-tracker"


def create_app(
    parts: Parts,
    *,
    is_ready: Callable[[], Awaitable[bool]],
    beside: Sequence[ControllerRouterHandler] = (),
    operations: Sequence[Operation] = OPERATIONS,
) -> Litestar:
    """Return the application.

    `beside`: more routes, with their own Content-Security-Policy where they are pages. Run it without an access log,
    since a link to acknowledge stands in an address, and call `parts.streams.close()` when the server is to stop: it
    waits for open requests, and streams end by that alone.
    """
    is_tls = parts.sessions.policy.is_tls
    return Litestar(
        [create_routes(parts, operations), *_about(operations), *_health(is_ready), *beside],
        openapi_config=None,
        logging_config=None,
        exception_handlers=HANDLERS,
        before_send=[security_headers(is_tls=is_tls)],
    )


def _about(operations: Sequence[Operation]) -> list[ControllerRouterHandler]:
    """Return the documentation, which is the same for everybody and holds nothing of anybody."""
    description = document(operations, version(_DISTRIBUTION))
    as_json, as_page = msgspec.json.encode(description), docs.page(description)
    headers = {"content-security-policy": docs.CSP}

    @get("/openapi.json", sync_to_thread=False)
    def openapi() -> Response[bytes]:
        return Response(as_json, media_type=MediaType.JSON)

    @get("/docs", sync_to_thread=False)
    def documentation() -> Response[str]:
        return Response(as_page, media_type=MediaType.HTML, headers=headers)

    return [openapi, documentation]


def _health(is_ready: Callable[[], Awaitable[bool]]) -> list[ControllerRouterHandler]:
    @get("/healthz", sync_to_thread=False)
    def alive() -> Response[dict[str, Any]]:
        return Response({"status": "alive"})

    @get("/readyz")
    async def ready() -> Response[dict[str, Any]]:
        is_so = await is_ready()
        return Response({"status": "ready" if is_so else "not ready"}, status_code=200 if is_so else 503)

    return [alive, ready]
