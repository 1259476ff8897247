"""A way in: how one kind of request is told, read and answered. All else is the same for all of them (`entrance`)."""

from collections.abc import Sequence
from collections.abc import Set as AbstractSet
from typing import Protocol

import msgspec

from streams.gateway.api.problems import Problem
from streams.gateway.api.reply import Reply
from streams.gateway.api.request import Request
from streams.gateway.candidate import Candidate
from streams.gateway.door import Unknown
from streams.gateway.gate import Taken
from streams.gateway.keys.key import Key, Kind
from streams.gateway.outcome import Ignored, Refused

Item = Candidate | Ignored | Refused


class Facts(msgspec.Struct, frozen=True, kw_only=True):
    """What holds for every request of a way.

    `template` is the path with names for what differs: the word for the way in metrics and log; `path` is the path
    itself where that is another. `kinds` are the API keys that may come this way. `key_in_body`: the key may be in
    there, so the body is read before anybody is known.
    """

    template: str
    kinds: AbstractSet[Kind]
    unknown: Unknown
    methods: tuple[str, ...] = ("POST",)
    key_in_body: bool = False
    path: str = ""


class Way(Protocol):
    """One way in."""

    @property
    def facts(self) -> Facts:
        """What is the same for every request."""
        ...

    def key_text(self, request: Request) -> str:
        """Return the API key that was sent; asked again once the body is there where `key_in_body`."""
        ...

    async def read(self, request: Request, key: Key) -> Sequence[Item] | Problem | Reply:
        """Return the items in their order, or why there are none, or the answer where nothing is to be taken."""
        ...

    def answer(self, taken: Taken, *, is_dry: bool) -> Reply:
        """Return the answer once everything that was admitted is safe."""
        ...

    def fail(self, problem: Problem) -> Reply:
        """Return the answer where the whole request came to nothing."""
        ...
