"""Connections that bring nothing: bounded in number and in time, so that silence locks nobody out.

A connection waits for the head of a request from its beginning, and again from the end of each answer. Whoever lets it
wait too long, sends a head without end or does not fetch an answer is cut off, without a word. Where too many wait for
a head at a time, or bring their bodies slowly, the one that has been at it longest makes room, so newcomers are always
let in.
"""

import math
import resource
import time
from collections import OrderedDict
from collections.abc import Callable
from typing import Any, Final, Protocol, Self

from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

HEAD_SEC: Final = 10.0  # for a head to be whole
HEAD_BYTES: Final = 1 << 16  # of a head, about
ANSWER_SEC: Final = 30.0  # for a client to fetch what is written to it
FILES: Final = 4_096  # that a process should be able to have open
SPARE: Final = 124  # of them, for all but connections


class Closable(Protocol):
    """A connection."""

    def cut(self) -> None:
        """Close it at once."""
        ...


class Waits:
    """Connections that wait for something, the longest first; at most so many, each for so long."""

    def __init__(self, sec: float, most: int, clock: Callable[[], float] = time.monotonic) -> None:
        self._sec = sec
        self._most = most
        self._clock = clock
        self._since: OrderedDict[Closable, float] = OrderedDict()

    def __len__(self) -> int:
        """Return how many wait."""
        return len(self._since)

    def begin(self, one: Closable) -> None:
        """Say that a connection begins to wait, which may cut off the one that has waited longest."""
        self._since.pop(one, None)
        self._since[one] = self._clock()
        if len(self._since) > self._most:
            self._cut_first()

    def end(self, one: Closable) -> None:
        """Say that it does not wait any more."""
        self._since.pop(one, None)

    def sweep(self) -> None:
        """Cut off all that have waited too long."""
        latest = self._clock() - self._sec
        while self._since and next(iter(self._since.values())) <= latest:
            self._cut_first()

    def _cut_first(self) -> None:
        one, _ = self._since.popitem(last=False)
        one.cut()


class Patience:
    """What the connections of one server have in common; somebody calls `sweep` several times a second."""

    def __init__(self, heads: int, bodies: int, clock: Callable[[], float] = time.monotonic) -> None:
        """`heads` and `bodies` are how many may wait for each; what else the server takes is for whole requests."""
        self.heads = Waits(HEAD_SEC, heads, clock)
        self.bodies = Waits(math.inf, bodies, clock)  # how long each may take, whoever reads it says
        self.answers = Waits(ANSWER_SEC, FILES, clock)

    @classmethod
    def of(cls, most: int) -> Self:
        """Share out so many connections: a ninth at least is for requests that are whole."""
        return cls(most * 5 // 9, most // 3)

    def sweep(self) -> None:
        """Cut off who is overdue."""
        self.heads.sweep()
        self.answers.sweep()

    def connection(self, **options: Any) -> "Connection":
        """Make the protocol of a new connection, as the server asks for it."""
        return Connection(self, **options)


class Connection(HttpToolsProtocol):
    """One connection; what it overrides is called by the server and its parser, and does what it did."""

    def __init__(self, patience: Patience, **options: Any) -> None:
        super().__init__(**options)
        self._patience = patience
        self._head_bytes = 0
        self._is_in_head, self._is_in_body = True, False

    def cut(self) -> None:
        """Close it at once."""
        self.transport.abort()

    def connection_made(self, transport: Any) -> None:
        """Begin to wait for a head."""
        super().connection_made(transport)
        self._patience.heads.begin(self)

    def connection_lost(self, exc: Exception | None) -> None:
        """Wait for nothing any more."""
        for waits in (self._patience.heads, self._patience.bodies, self._patience.answers):
            waits.end(self)
        super().connection_lost(exc)

    def data_received(self, data: bytes) -> None:
        """Parse it, unless it is more of a head than there should be."""
        if self._is_in_head:
            self._head_bytes += len(data)
        super().data_received(data)
        if self._is_in_head:
            if self._head_bytes > HEAD_BYTES:
                self.cut()
        elif not self._is_in_body:  # most bodies come with their heads, and get by without this
            self._is_in_body = True
            self._patience.bodies.begin(self)

    def on_headers_complete(self) -> None:
        """Answer; the connection is busy."""
        self._is_in_head, self._head_bytes = False, 0
        self._patience.heads.end(self)
        super().on_headers_complete()

    def on_message_complete(self) -> None:
        """Count the next bytes towards a head."""
        self._is_in_head = True
        if self._is_in_body:
            self._is_in_body = False
            self._patience.bodies.end(self)
        super().on_message_complete()

    def on_response_complete(self) -> None:
        """Wait for the next head, unless it has come already."""
        super().on_response_complete()
        if self.cycle.response_complete and not self.transport.is_closing():
            self._patience.heads.begin(self)

    def pause_writing(self) -> None:
        """Begin to wait for the client to fetch its answer."""
        super().pause_writing()
        self._patience.answers.begin(self)

    def resume_writing(self) -> None:
        """Go on with it."""
        self._patience.answers.end(self)
        super().resume_writing()


def raise_file_limit() -> None:
    """Let the process have as many files open as it has use for, as far as it is allowed to."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    wanted = FILES if hard == resource.RLIM_INFINITY else min(FILES, hard)
    if soft != resource.RLIM_INFINITY and soft < wanted:
        resource.setrlimit(resource.RLIMIT_NOFILE, (wanted, hard))


def most_connections() -> int:
    """Return how many connections a process may take: 900 with the 1,024 files that are usual, 3,972 at the most."""
    soft, _ = resource.getrlimit(resource.RLIMIT_NOFILE)
    files = FILES if soft == resource.RLIM_INFINITY else min(FILES, soft)
    return max(files - SPARE, 1)
