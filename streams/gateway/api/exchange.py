"""One request and its answer, whatever it is about: nothing in it fails another, and it is told when it is over."""

import time
from collections.abc import Awaitable, Callable, Iterable
from typing import Any, Final, Protocol

import msgspec

from streams.gateway.api import traced
from streams.gateway.api.bodies import Gone
from streams.gateway.api.failures import log_failure
from streams.gateway.api.problems import Code, Problem
from streams.gateway.api.reply import Reply, as_problem
from streams.gateway.api.request import Request
from streams.gateway.gate import Counts
from streams.telemetry.tracing import NO_SPAN, Span

_METHODS: Final = frozenset({"DELETE", "GET", "HEAD", "OPTIONS", "PATCH", "POST", "PUT"})


class Note(msgspec.Struct, gc=False):
    """What is known of a request afterwards, with nothing in it that a customer wrote."""

    route: str
    method: str
    status: int = 499  # as long as nobody has answered: the client went away
    reason: str = "gone"
    seconds: float = 0.0
    size: int = 0  # of the body
    key_id: str = ""
    counts: Counts = Counts()
    started: float = 0.0  # of `time.perf_counter`
    span: Span = NO_SPAN


class Watch(Protocol):
    """Metrics and the access log."""

    def answered(self, note: Note) -> None:
        """Say that a request is over."""
        ...


async def exchange(
    route: str,
    request: Request,
    send: Any,
    watch: Watch,
    outcome: Callable[[Note], Awaitable[Reply | Problem | Gone]],
    *,
    fail: Callable[[Problem], Reply] = as_problem,
    headers: Iterable[tuple[bytes, bytes]] = (),
) -> None:
    """Answer a request with its outcome, and note it; never raises for anything that it holds.

    `route` is the word for its address, `fail` makes answers of problems, `headers` are of every answer.
    """
    started = time.perf_counter()
    note = Note(route, request.method if request.method in _METHODS else "other", started=started)
    found: Reply | Problem | Gone
    try:
        found = await outcome(note)
    except Exception as error:  # noqa: BLE001 - one request must not hurt another
        log_failure(error)
        found = Problem(code=Code.UNEXPECTED)
    if not isinstance(found, Gone):
        reply = fail(found) if isinstance(found, Problem) else found
        note.status, note.reason = reply.status, reply.reason
        await reply.send(send, headers, without_body=request.method == "HEAD")
    note.seconds = time.perf_counter() - started
    traced.end(note.span, note.status)
    watch.answered(note)
