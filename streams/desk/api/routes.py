"""Operations as routes: every request passes the same checks in the same order."""

import logging
import traceback
from collections.abc import Sequence
from typing import Any, Final

import msgspec
from litestar import Request, Response, Router
from litestar.enums import HttpMethod
from litestar.exceptions import HTTPException
from litestar.handlers import HTTPRouteHandler
from litestar.response.base import ASGIResponse
from litestar.response.streaming import ASGIStreamingResponse
from litestar.types import ASGIApp, ExceptionHandlersMap
from sqlalchemy.exc import DBAPIError, InterfaceError, OperationalError
from sqlalchemy.exc import TimeoutError as PoolTimeoutError

from streams.desk.access.roles import may
from streams.desk.access.sessions import Identity, may_change
from streams.desk.api import problems
from streams.desk.api.operation import Call, Download, Live, Operation, Parts, Plain
from streams.desk.api.problems import Code, Problem
from streams.desk.api.reading import read_body, read_path, read_query
from streams.desk.api.table import OPERATIONS
from streams.desk.api.texts import language

CSRF_HEADER: Final = "x-csrf-token"
RETRY_SEC: Final = 1  # while the database is away
MOST_BYTES: Final = 1 << 18  # of a body: a bulk of 500 commands with a note each
_BY_STATUS: Final = {400: Code.MALFORMED, 404: Code.NOT_FOUND, 405: Code.METHOD, 413: Code.TOO_LARGE}
_LOG: Final = logging.getLogger("touchpoint.desk.api")
_ENCODER: Final = msgspec.json.Encoder()

AnyRequest = Request[Any, Any, Any]


def create_routes(parts: Parts, operations: Sequence[Operation] = OPERATIONS) -> Router:
    """Return the API as one router, for the app that serves the console too."""
    handlers = [_route(operation, parts) for operation in operations]
    return Router("/", route_handlers=handlers, exception_handlers=HANDLERS, request_max_body_size=MOST_BYTES)


def _route(operation: Operation, parts: Parts) -> HTTPRouteHandler:
    async def answer(request: AnyRequest) -> ASGIApp:
        return _response(operation, await _outcome(operation, parts, request), request)

    method = HttpMethod(operation.method)
    # What is answered bears its own status, so that of the handler is never used.
    return HTTPRouteHandler(operation.path, http_method=method, name=operation.name, status_code=200)(answer)


async def _outcome(operation: Operation, parts: Parts, request: AnyRequest) -> Any:
    """Return what the operation answers, or the first check that the request does not pass."""
    headers = {name.lower(): value for name, value in request.headers.items()}
    identity = await parts.sessions.identify(
        authorization=headers.get("authorization", ""), cookie=headers.get("cookie", "")
    )
    if identity is None:
        return Problem(reason=Code.UNAUTHENTICATED)
    if refusal := _refusal(operation, identity, headers.get(CSRF_HEADER, "")):
        return refusal
    path = read_path(request.path_params)
    if isinstance(path, Problem):
        return path
    query = read_query(request.scope["query_string"], operation.query)
    if isinstance(query, Problem):
        return query
    raw = await request.body() if operation.body is not None else b""
    body = read_body(raw, headers.get("content-type", ""), operation.body)
    if isinstance(body, Problem):
        return body
    return await operation.act(Call(parts, identity, path, query, body, headers))


def _refusal(operation: Operation, identity: Identity, csrf: str) -> Problem | None:
    """Return why this person may not do this here."""
    if operation.changes and not may_change(identity, csrf):
        return Problem(reason=Code.CSRF)
    if operation.right is not None and not may(identity.viewer, operation.right):
        return Problem(reason=Code.FORBIDDEN)
    return None


def _response(operation: Operation, outcome: Any, request: AnyRequest) -> ASGIApp:
    """Return an answer as it goes out."""
    if isinstance(outcome, Live):
        return outcome.app
    if isinstance(outcome, Problem):
        return _problem(outcome, request)
    if isinstance(outcome, Download):
        headers = {"content-disposition": f'attachment; filename="{outcome.name}"', "cache-control": "no-store"}
        return ASGIStreamingResponse(iterator=outcome.chunks, headers=headers, media_type=outcome.media_type)
    if isinstance(outcome, Plain):
        body = b"" if outcome.content is None else _ENCODER.encode(outcome.content)
        return ASGIResponse(body=body, status_code=operation.status, headers=outcome.headers)
    return ASGIResponse(body=_ENCODER.encode(outcome), status_code=operation.status)


def _problem(problem: Problem, request: AnyRequest) -> ASGIResponse:
    return ASGIResponse(
        body=_encoded(problem, request),
        status_code=problem.status,
        headers=problems.headers(problem),
        media_type=problems.MEDIA_TYPE,
    )


def problem_response(problem: Problem, request: AnyRequest) -> Response[bytes]:
    """Return a problem where Litestar expects an answer of its own kind."""
    return Response(
        _encoded(problem, request),
        status_code=problem.status,
        headers=problems.headers(problem),
        media_type=problems.MEDIA_TYPE,
    )


def _encoded(problem: Problem, request: AnyRequest) -> bytes:
    return _ENCODER.encode(problems.details(problem, language(request.headers.get("accept-language", ""))))


def _failed(request: AnyRequest, error: Exception) -> Response[bytes]:
    """Answer what Litestar refused, or what failed; the log has where it failed, never what the request held."""
    if _is_away(error):
        _LOG.warning("the database is away: %s", type(error).__name__)
        return problem_response(Problem(reason=Code.NOT_READY, wait_sec=RETRY_SEC), request)
    status = error.status_code if isinstance(error, HTTPException) else 500
    code = _BY_STATUS.get(status, Code.UNEXPECTED if status >= 500 else Code.INVALID)
    if code is Code.UNEXPECTED:
        last = traceback.extract_tb(error.__traceback__)[-1:]
        places = ", ".join(f"{frame.name}:{frame.lineno}" for frame in last)
        _LOG.error("a request failed: %s at %s", type(error).__name__, places)
    given = error.headers if isinstance(error, HTTPException) and error.headers else {}
    return problem_response(Problem(reason=code, allow=given.get("Allow", "")), request)


def _is_away(error: Exception) -> bool:
    """Return whether it is the database that is not there, which passes, and no fault of the request or of ours."""
    if isinstance(error, DBAPIError):
        return error.connection_invalidated or isinstance(error, OperationalError | InterfaceError)
    return isinstance(error, OSError | PoolTimeoutError)


HANDLERS: Final[ExceptionHandlersMap] = {HTTPException: _failed, Exception: _failed}
