"""What the framework itself refuses, or what fails in it, as the problem that it is."""

import logging
import traceback
from typing import Any, Final

from litestar import Request, Response
from litestar.exceptions import HTTPException
from litestar.types import ExceptionHandlersMap

from streams.gateway.api import problems
from streams.gateway.api.problems import Code, Problem
from streams.gateway.api.reply import encode

AnyRequest = Request[Any, Any, Any]
_BY_STATUS: Final = {404: Code.NOT_FOUND, 405: Code.METHOD, 413: Code.TOO_LARGE}
_LOG: Final = logging.getLogger("touchpoint.gateway.api")


def problem_response(problem: Problem) -> Response[bytes]:
    """Return a problem where Litestar expects an answer of its own kind."""
    return Response(
        encode(problems.details(problem)),
        status_code=problem.status,
        headers=problems.headers(problem),
        media_type=problems.MEDIA_TYPE,
    )


def log_failure(error: Exception) -> None:
    """Say what failed and where; the log has nothing of what the request held."""
    frames = traceback.extract_tb(error.__traceback__)[-1:]
    place = ", ".join(f"{frame.name}:{frame.lineno}" for frame in frames)
    _LOG.error("a request failed: %s at %s", type(error).__name__, place)


def _failed(_: AnyRequest, error: Exception) -> Response[bytes]:
    status = error.status_code if isinstance(error, HTTPException) else 500
    code = _BY_STATUS.get(status, Code.UNEXPECTED if status >= 500 else Code.MALFORMED)
    if code is Code.UNEXPECTED:
        log_failure(error)
    given = error.headers if isinstance(error, HTTPException) and error.headers else {}
    return problem_response(Problem(code=code, allow=given.get("Allow", "")))


HANDLERS: Final[ExceptionHandlersMap] = {HTTPException: _failed, Exception: _failed}
