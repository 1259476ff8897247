"""What tells whoever started a process how it is, as routes."""

from collections.abc import Awaitable, Callable
from typing import Any

from litestar import Response, get
from litestar.types import ControllerRouterHandler


def health(is_ready: Callable[[], Awaitable[bool]]) -> list[ControllerRouterHandler]:
    """Return `/healthz`, which answers as long as anything does, and `/readyz`: whether requests should come here."""

    @get("/healthz", sync_to_thread=False)
    def alive() -> Response[dict[str, Any]]:
        return Response({"status": "alive"})

    @get("/readyz")
    async def ready() -> Response[dict[str, Any]]:
        is_so = await is_ready()
        return Response({"status": "ready" if is_so else "not ready"}, status_code=200 if is_so else 503)

    return [alive, ready]
