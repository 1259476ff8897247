"""The page of metrics: for a scraper on this machine or in a network named for it, for nobody behind a proxy."""

from collections.abc import Callable
from typing import Any

from litestar import Request, Response, get
from litestar.types import ControllerRouterHandler

from streams.gateway.api.failures import problem_response
from streams.gateway.api.problems import Code, Problem
from streams.serving.local import Networks, is_local

AnyRequest = Request[Any, Any, Any]


def create_metrics(page: Callable[[str], tuple[bytes, str]], near: Networks = ()) -> ControllerRouterHandler:
    """Return `/metrics`; `page` takes an Accept header and gives content and media type; `near` may read it, too."""

    @get("/metrics", sync_to_thread=False)
    def metrics(request: AnyRequest) -> Response[bytes]:
        if not is_local(request, near):
            return problem_response(Problem(code=Code.NOT_FOUND))
        content, media_type = page(request.headers.get("accept", ""))
        return Response(content, headers={"content-type": media_type})

    return metrics
