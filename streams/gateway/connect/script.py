"""The script for web pages, for anybody to load from anywhere."""

import hashlib
from typing import Any, Final

from litestar import MediaType, Request, Response, Router, get

ADDRESS: Final = "/touchpoint.js"
KEPT_SEC: Final = 3_600  # so long a page may go on with an older script


def create_script_route(script: bytes) -> Router:
    """Return the route of the script."""
    tag = f'"{hashlib.sha256(script).hexdigest()[:16]}"'
    headers = {
        "Cache-Control": f"public, max-age={KEPT_SEC}",
        "ETag": tag,
        "Access-Control-Allow-Origin": "*",  # so that pages may check its integrity
        "Cross-Origin-Resource-Policy": "cross-origin",
        "X-Content-Type-Options": "nosniff",
    }

    @get(ADDRESS, sync_to_thread=False)
    def touchpoint_js(request: Request[Any, Any, Any]) -> Response[bytes]:
        if request.headers.get("if-none-match") == tag:
            return Response(b"", status_code=304, media_type=MediaType.TEXT, headers=headers)
        return Response(script, media_type="text/javascript", headers=headers)

    return Router("/", route_handlers=[touchpoint_js], include_in_schema=False)
