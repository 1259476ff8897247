"""One answer: what the server is handed at the end, whatever part of the gateway made it."""

from collections.abc import Iterable, Mapping
from typing import Any, Final

import msgspec

from streams.gateway.api import problems
from streams.gateway.api.problems import Problem

JSON: Final = "application/json"
_NO_CONTENT: Final = 204
encode: Final = msgspec.json.Encoder().encode
_Headers = Iterable[tuple[bytes, bytes]]


class Reply(msgspec.Struct, frozen=True):
    """Status, body and headers; `reason` is the word for it in metrics and log."""

    status: int
    body: bytes = b""
    media_type: str = JSON
    headers: Mapping[str, str] = {}
    reason: str = "ok"

    async def send(self, send: Any, more: _Headers = (), *, without_body: bool = False) -> None:
        """Hand it to the server, with more headers; a HEAD request gets no body."""
        head = [(name.lower().encode("latin-1"), value.encode("latin-1")) for name, value in self.headers.items()]
        head += more
        if self.body:
            head.append((b"content-type", self.media_type.encode("latin-1")))
        if self.status != _NO_CONTENT:
            head.append((b"content-length", str(len(self.body)).encode()))
        await send({"type": "http.response.start", "status": self.status, "headers": head})
        await send({"type": "http.response.body", "body": b"" if without_body else self.body})


def as_json(value: Any, status: int = 200) -> Reply:
    """Return a value as JSON."""
    return Reply(status, encode(value))


def as_problem(problem: Problem) -> Reply:
    """Return a problem as problem details."""
    return Reply(
        problem.status,
        encode(problems.details(problem)),
        problems.MEDIA_TYPE,
        problems.headers(problem),
        problem.code,
    )
