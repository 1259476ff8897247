"""The page of metrics: for a scraper on this machine or in a network named for it, for nobody behind a proxy."""

from collections.abc import Awaitable, Callable
from typing import Any

from litestar import Request, Response, Router, get

from streams.desk.api.problems import Code, Problem
from streams.desk.api.routes import HANDLERS, problem_response
from streams.serving.local import Networks, is_local

AnyRequest = Request[Any, Any, Any]


def create_metrics(page: Callable[[str], Awaitable[tuple[bytes, str]]], near: Networks = ()) -> Router:
    """Return `/metrics`; `page` takes an Accept header and gives content and media type; `near` may read it, too.

    Names of teams and kinds of channels are on it, so for everybody else it is not there.
    """

    @get("/metrics")
    async def metrics(request: AnyRequest) -> Response[bytes]:
        if not is_local(request, near):
            return problem_response(Problem(reason=Code.NOT_FOUND), request)
        content, media_type = await page(request.headers.get("accept", ""))
        return Response(content, headers={"content-type": media_type, "cache-control": "no-store"})

    return Router("/", route_handlers=[metrics], exception_handlers=HANDLERS)
