"""Customers who come and come again: sessions that overlap, with what goes wrong in some of them.

Made from a seed. Besides quiet sessions there are payments that fail, sometimes healed by an order, messages that are
answered in time, late or never, touchpoints that arrive late, and some that arrive twice.
"""

import heapq
import itertools
import random
from collections.abc import Iterator
from typing import Final, NamedTuple

from streams.touchpoints.touchpoint import Touchpoint
from tests.bench.sessions import FAILURE, MIX, PROMISE_MS, example

ASKED: Final = "message.received"
ANSWERED: Final = "message.sent"
HEALED: Final = "order.completed"
SHORTEST: Final = 6
LONGEST: Final = 12
GAP_MS: Final = 3_000  # between two touchpoints of a session, on average
LATE_MS: Final = 40_000
BAD: Final = 0.15  # of all sessions, for each kind of trouble
LATE: Final = 0.02  # of all touchpoints
TWICE: Final = 0.02


class Due(NamedTuple):
    """A touchpoint and when it is sent, ms after the start; it may have happened earlier."""

    at: int
    number: int  # breaks ties
    touchpoint: Touchpoint


class Visits:
    """An endless flow of touchpoints in the order in which they are sent."""

    def __init__(self, *, seed: int, start_ms: int, per_sec: float, customers: int = 4_000, prefix: str = "") -> None:
        """Prepare; `customers` is how many there are to come again, `prefix` makes the ids other ones."""
        self._random = random.Random(seed)
        self._start_ms = start_ms
        self._gap_ms = 1000 * (SHORTEST + LONGEST) / 2 / per_sec
        self._customers = customers
        self._prefix = prefix
        self._numbers = itertools.count()
        self._examples = {kind: example(kind, start_ms + PROMISE_MS) for kind in (*MIX, FAILURE, ASKED)}

    def touchpoints(self) -> Iterator[Due]:
        """Give touchpoints without end."""
        under_way: list[Due] = []
        begins = 0.0
        while True:
            for due in self._session(int(begins)):
                heapq.heappush(under_way, due)
            begins += self._random.uniform(0, 2 * self._gap_ms)
            while under_way and under_way[0].at <= begins:
                yield heapq.heappop(under_way)

    def _session(self, at: int) -> Iterator[Due]:
        draw = self._random
        customer, session = f"customer-{draw.randrange(self._customers):05x}", next(self._numbers)
        for kind in self._kinds():
            late = draw.randrange(LATE_MS) if draw.random() < LATE else 0
            one = self._touchpoint(kind, customer, session, at - late)
            for _ in range(2 if draw.random() < TWICE else 1):
                yield Due(at, next(self._numbers), one)
            at += draw.randrange(1, 2 * GAP_MS)

    def _kinds(self) -> list[str]:
        draw = self._random
        kinds = draw.choices(list(MIX), list(MIX.values()), k=draw.randint(SHORTEST, LONGEST))
        if draw.random() < BAD:
            kinds[1:1] = [FAILURE] * 3 + [HEALED] * draw.randrange(2)
        if draw.random() < BAD:
            kinds[2:2] = [ASKED] + [ANSWERED] * draw.randrange(2)
        return kinds

    def _touchpoint(self, kind: str, customer: str, session: int, time: int) -> Touchpoint:
        shared = self._examples[kind]
        return Touchpoint(
            id=f"{self._prefix}{next(self._numbers):x}",
            source=shared.source,
            type=kind,
            time=self._start_ms + time,
            customer=customer,
            subject=f"{shared.subject}:{self._prefix}{session:x}" if shared.subject else "",
            data=shared.data,
        )
