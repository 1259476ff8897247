"""The desk's web application: the API, what watches it, and whatever else is served beside it, the console say."""

from collections.abc import Awaitable, Callable, Sequence
from importlib.metadata import version
from typing import Final

from litestar import Litestar
from litestar.types import ControllerRouterHandler

from streams.desk.api import docs
from streams.desk.api.openapi import document
from streams.desk.api.operation import Operation, Parts
from streams.desk.api.routes import HANDLERS, create_routes
from streams.desk.api.table import OPERATIONS
from streams.serving.about import about
from streams.serving.headers import security_headers
from streams.serving.health import health

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
    described, is_tls = document(operations, version(_DISTRIBUTION)), parts.sessions.policy.is_tls
    return Litestar(
        [create_routes(parts, operations), *about(described, docs.page(described)), *health(is_ready), *beside],
        openapi_config=None,
        logging_config=None,
        exception_handlers=HANDLERS,
        before_send=[security_headers(is_tls=is_tls)],
    )
