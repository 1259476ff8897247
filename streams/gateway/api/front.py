"""What the server calls: requests on the ways in go straight to the entrance, all others through the framework."""

from collections.abc import Sequence
from typing import Any

from litestar import Litestar

from streams.gateway.api.entrance import Entrance
from streams.gateway.api.way import Way


class Front:
    """The application of a gateway; `app` has the same ways, and answers them alike, at the cost of its routing."""

    def __init__(self, app: Litestar, entrance: Entrance, ways: Sequence[Way]) -> None:
        self._app = app
        self._entrance = entrance
        self._ways = {way.facts.path or way.facts.template: way for way in ways}

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        """Serve one request, or the life of the application."""
        way = self._ways.get(scope["path"]) if scope["type"] == "http" else None
        if way is None:
            await self._app(scope, receive, send)
        else:
            await self._entrance.serve(way, scope, receive, send)
