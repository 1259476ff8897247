"""The bare framework: a server that gives back what it gets, under the gateway's own server settings.

python -m tests.bench.echo PORT
"""

import sys
from typing import Any

import uvicorn
from litestar import Litestar, Request, Response, post


@post("/v1/touchpoints", status_code=200)
async def echo(request: Request[Any, Any, Any]) -> Response[bytes]:
    """Answer with the body."""
    return Response(await request.body(), media_type="application/json")


def main(port: int) -> None:
    """Serve until it is ended."""
    app = Litestar([echo], openapi_config=None, request_max_body_size=None)
    config = uvicorn.Config(
        app, port=port, http="httptools", loop="uvloop", ws="none", log_config=None, access_log=False, backlog=2_048
    )
    uvicorn.Server(config).run()


if __name__ == "__main__":
    main(int(sys.argv[1]))
