"""The documents about an API as routes: the same for everybody, and with nothing of anybody."""

from typing import Any

import msgspec
from litestar import MediaType, Response, get
from litestar.types import ControllerRouterHandler

from streams.serving.docs import CSP


def about(document: dict[str, Any], page: str) -> list[ControllerRouterHandler]:
    """Return `/openapi.json` and `/docs`; `page` is the OpenAPI document in HTML, as `docs.page` draws it."""
    as_json, headers = msgspec.json.encode(document), {"content-security-policy": CSP}

    @get("/openapi.json", sync_to_thread=False)
    def openapi() -> Response[bytes]:
        return Response(as_json, media_type=MediaType.JSON)

    @get("/docs", sync_to_thread=False)
    def documentation() -> Response[str]:
        return Response(page, media_type=MediaType.HTML, headers=headers)

    return [openapi, documentation]
