"""`/v1/touchpoints` and `/v1/events`: touchpoints in our own form, and CloudEvents."""

from collections.abc import Sequence
from typing import Final

from streams.gateway.api import answers, callers, events, native
from streams.gateway.api.problems import Problem
from streams.gateway.api.reply import Reply, as_problem
from streams.gateway.api.request import Request
from streams.gateway.api.way import Facts, Item
from streams.gateway.door import Unknown
from streams.gateway.gate import Taken
from streams.gateway.keys.key import Key, Kind

TOUCHPOINTS: Final = "/v1/touchpoints"
EVENTS: Final = "/v1/events"
_KINDS: Final = frozenset({Kind.SERVER, Kind.BROWSER})


class Touchpoints:
    """The native way; CloudEvents are read here as well, by their content type or headers."""

    def __init__(self, unknown: Unknown) -> None:
        self.facts = Facts(template=TOUCHPOINTS, kinds=_KINDS, unknown=unknown)

    def key_text(self, request: Request) -> str:
        """Return the API key."""
        return callers.key_text(request)

    async def read(self, request: Request, key: Key) -> Sequence[Item] | Problem | Reply:
        """Return the items."""
        read = events.reader(request)
        return read(request) if read else native.read(request.body, request.media_type or native.JSON)

    def answer(self, taken: Taken, *, is_dry: bool) -> Reply:
        """Return what became of each item."""
        return answers.answer(taken, is_dry=is_dry)

    def fail(self, problem: Problem) -> Reply:
        """Return problem details."""
        return as_problem(problem)


class Events(Touchpoints):
    """CloudEvents and nothing else."""

    def __init__(self, unknown: Unknown) -> None:
        super().__init__(unknown)
        self.facts = Facts(template=EVENTS, kinds=_KINDS, unknown=unknown)

    async def read(self, request: Request, key: Key) -> Sequence[Item] | Problem | Reply:
        """Return the events."""
        return events.read(request)
