"""The gateway's web application: the ways in, the documents about them, what watches it, and what is served beside."""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from contextlib import AbstractAsyncContextManager
from importlib.metadata import version
from typing import Any, Final

from litestar import Litestar, asgi
from litestar.types import ControllerRouterHandler

from streams.gateway.api import docs
from streams.gateway.api.entrance import Entrance
from streams.gateway.api.failures import HANDLERS
from streams.gateway.api.openapi import document
from streams.gateway.api.way import Way
from streams.serving.about import about
from streams.serving.headers import security_headers
from streams.serving.health import health

Lifespan = Callable[[Litestar], AbstractAsyncContextManager[None]]
_DISTRIBUTION: Final = "touchpoint-tracker"


def create_app(
    entrance: Entrance,
    ways: Sequence[Way],
    *,
    is_ready: Callable[[], Awaitable[bool]],
    is_tls: bool = False,
    beside: Sequence[ControllerRouterHandler] = (),
    lifespan: Sequence[Lifespan] = (),
    more_paths: Mapping[str, Any] | None = None,
) -> Litestar:
    """Return the application.

    `beside` are more routes, with their own Content-Security-Policy where they are pages; `more_paths` is what the
    document says of them.
    """
    described = document([way.facts for way in ways], version(_DISTRIBUTION), more_paths)
    return Litestar(
        [*(_route(way, entrance) for way in ways), *about(described, docs.page(described)), *health(is_ready), *beside],
        openapi_config=None,
        logging_config=None,
        exception_handlers=HANDLERS,
        before_send=[security_headers(is_tls=is_tls)],
        lifespan=list(lifespan),
    )


def _route(way: Way, entrance: Entrance) -> ControllerRouterHandler:
    """Return the route of a way, without anything of the framework between the server and the entrance."""

    async def serve(scope: Any, receive: Any, send: Any) -> None:
        await entrance.serve(way, scope, receive, send)

    path = way.facts.path or way.facts.template
    return asgi(path, name=path, copy_scope=False)(serve)
