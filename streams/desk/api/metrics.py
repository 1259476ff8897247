"""The page of metrics: for a scraper on this machine, and for nobody behind a proxy."""

from collections.abc import Awaitable, Callable
from ipaddress import ip_address
from typing import Any

from litestar import Request, Response, Router, get

from streams.desk.api.problems import Code, Problem
from streams.desk.api.routes import HANDLERS, problem_response

AnyRequest = Request[Any, Any, Any]
_FORWARDED = ("forwarded", "x-forwarded-for", "x-real-ip")


def create_metrics(page: Callable[[str], Awaitable[tuple[bytes, str]]]) -> Router:
    """Return `/metrics`; `page` takes an Accept header and gives content and media type.

    Names of teams and kinds of channels are on it, so it is not there for anybody from another machine.
    """

    @get("/metrics")
    async def metrics(request: AnyRequest) -> Response[bytes]:
        if not _is_local(request):
            return problem_response(Problem(reason=Code.NOT_FOUND), request)
        content, media_type = await page(request.headers.get("accept", ""))
        return Response(content, headers={"content-type": media_type, "cache-control": "no-store"})

    return Router("/", route_handlers=[metrics], exception_handlers=HANDLERS)


def _is_local(request: AnyRequest) -> bool:
    client = request.client
    try:
        return client is not None and ip_address(client.host).is_loopback and not _is_forwarded(request)
    except ValueError:  # a name, as of a socket in the file system
        return False


def _is_forwarded(request: AnyRequest) -> bool:
    return any(name in request.headers for name in _FORWARDED)
