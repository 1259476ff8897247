"""A real HTTP server in the place of a provider: it keeps what it is asked and answers as it is told."""

from collections import deque
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from types import TracebackType
from typing import Any, Self

import msgspec
from aiohttp import web
from aiohttp.test_utils import TestServer


class Asked(msgspec.Struct, frozen=True):
    """One request as it came."""

    method: str
    path: str  # with its query
    headers: dict[str, str]
    raw: bytes

    @property
    def body(self) -> Any:
        """Return the body, which is JSON."""
        return msgspec.json.decode(self.raw)


class Answer(msgspec.Struct, frozen=True):
    """What is answered; a body that is not bytes becomes JSON."""

    status: int = 200
    body: Any = {}
    headers: dict[str, str] = {}


class Provider:
    """`answer` decides; what lies in `next` goes first."""

    def __init__(self, answer: Callable[[Asked], Answer] | None = None) -> None:
        self.asked: list[Asked] = []
        self.next: deque[Answer] = deque()
        self._answer = answer or (lambda _: Answer())
        app = web.Application()
        app.router.add_route("*", "/{rest:.*}", self._handle)
        self._server = TestServer(app)

    @property
    def url(self) -> str:
        """Return where it is, without a slash at the end."""
        return str(self._server.make_url("")).rstrip("/")

    async def __aenter__(self) -> Self:
        """Start it."""
        await self._server.start_server()
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None
    ) -> None:
        """Stop it."""
        await self._server.close()

    async def _handle(self, request: web.Request) -> web.Response:
        headers = {name.lower(): value for name, value in request.headers.items()}
        asked = Asked(request.method, request.raw_path, headers, await request.read())
        self.asked.append(asked)
        answer = self.next.popleft() if self.next else self._answer(asked)
        body = answer.body if isinstance(answer.body, bytes) else msgspec.json.encode(answer.body)
        return web.Response(status=answer.status, body=body, headers=answer.headers)


@contextmanager
def once(provider: Provider) -> Iterator[list[Asked]]:
    """Give a list that holds, afterwards, what was asked within."""
    before, found = len(provider.asked), list[Asked]()
    yield found
    found.extend(provider.asked[before:])
