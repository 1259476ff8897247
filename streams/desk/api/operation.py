"""One operation of the API as data: routes, checks, documentation and the fuzzer all come from it."""

from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import dataclass, field
from typing import Any, Generic, TypeVar

from streams.desk.access.roles import Right
from streams.desk.access.sessions import Identity, Sessions
from streams.desk.access.tokens import Tokens
from streams.desk.access.viewer import Viewer
from streams.desk.api.problems import Problem
from streams.desk.api.streams import Streams
from streams.desk.service.port import Desk

Query = TypeVar("Query")
Body = TypeVar("Body")


@dataclass(frozen=True)
class Parts:
    """What operations work with."""

    desk: Desk
    sessions: Sessions
    tokens: Tokens
    streams: Streams


@dataclass(frozen=True)
class Call(Generic[Query, Body]):
    """One request that has passed every check; `place` is the address that it came from."""

    parts: Parts
    identity: Identity
    path: dict[str, Any]
    query: Query
    body: Body
    headers: dict[str, str] = field(default_factory=dict)
    place: str = ""

    @property
    def viewer(self) -> Viewer:
        """Who asks."""
        return self.identity.viewer

    @property
    def desk(self) -> Desk:
        """Who answers."""
        return self.parts.desk


@dataclass(frozen=True)
class Download:
    """A file that is made while it is sent."""

    name: str
    media_type: str
    chunks: AsyncIterator[bytes]


@dataclass(frozen=True)
class Live:
    """A stream of events, ended by whoever reads it, or by us when it does not."""

    app: Callable[[Any, Any, Any], Awaitable[None]]


@dataclass(frozen=True)
class Plain:
    """An answer with headers of its own; no body at all where `content` is None."""

    content: Any = None
    headers: dict[str, str] = field(default_factory=dict)


Answer = Any  # what msgspec writes as JSON, a Plain, a Download, a Live or a Problem


@dataclass(frozen=True, kw_only=True)
class Operation:
    """What is at a method and path. The path's parameters are `case_id`, `number`, `token_id` and `silence_id`.

    `right`: what a role must allow; None where being somebody is enough. `gives`: the type of the body of a success,
    None for none; `media_type` where it is not JSON. `conflicts`: the desk may refuse it as things are.
    """

    method: str
    path: str
    name: str
    summary: str
    right: Right | None
    act: Callable[[Any], Awaitable[Answer | Problem]]
    query: type | None = None
    body: Any = None
    gives: Any = None
    status: int = 200
    media_type: str = "application/json"
    conflicts: bool = False
    may_wait: bool = False  # answers 429 above a bound

    @property
    def changes(self) -> bool:
        """Whether it changes something, so that a session needs its CSRF token."""
        return self.method != "GET"
