"""How one owned partition passes from one version of the rules to the next, and what it remembers of that.

The border lies between two batches: the lane keeps still, everything folded so far becomes durable, and only then the
new rules come into force. So no touchpoint is folded under two versions, whatever crashes. The regimes are noted on the
changelog before any journey that bears a new number: the next owner goes on under the same ones.
"""

import asyncio
import time
from collections.abc import Awaitable, Callable
from typing import Final

import msgspec

from streams.alerts.partition import Partition
from streams.errors import CorruptError
from streams.rules.regime import Regime, succeed
from streams.worker.effects import Effects
from streams.worker.rule_book import RuleBook
from streams.worker.teller import Teller

RULES_KEY: Final = b"\x00rules"  # on the changelog, beside the claim and the meta record
MOST_BYTES: Final = 500_000  # of the record: with thousands of rules fewer regimes are remembered
SWEEP_SEC: Final = 0.001  # per tick: so much of it journeys pass over that nobody uses
_SWEEP_STEP: Final = 5
_BUDGET: Final = 200


class LaneRules:
    """The rules of one lane."""

    def __init__(
        self,
        core: Partition,
        effects: Effects,
        book: RuleBook,
        teller: Teller,
        *,
        now: Callable[[], int],
        may: Callable[[], bool],
        failed: Callable[[BaseException], None],
    ) -> None:
        """Prepare; `now` is the time in ms that alerts are stamped with, `may` whether the lane folds.

        `failed` is told of whatever nobody expected.
        """
        self.regimes: tuple[Regime, ...] = ()
        self.waiting = 0  # journeys that have yet to pass over
        self.is_turning = False
        self._core = core
        self._effects = effects
        self._book = book
        self._teller = teller
        self._now = now
        self._may = may
        self._failed = failed
        self._adopted: object = None

    @property
    def version(self) -> int:
        """The published version that is in force here; 0 for the rules of files."""
        return self.regimes[-1].version if self.regimes else 0

    @property
    def is_behind(self) -> bool:
        """Whether there is a newer version than the one in force here."""
        return self.version < self._book.newest

    def restore(self, value: bytes) -> None:
        """Take what an earlier owner noted; raises CorruptError for what this version cannot read."""
        try:
            self.regimes = msgspec.json.decode(value, type=tuple[Regime, ...])
        except msgspec.DecodeError as error:
            raise CorruptError(
                f"what an earlier owner noted about the rules cannot be read: {error}",
                place="journeys-changelog",
                remedy="run the version of the worker that wrote it",
            ) from error

    def adopt(self) -> None:
        """Put the rules of the book in force, at the clock of the partition; nothing is being folded."""
        core, book, now = self._core, self._book, self._now()
        while self._adopted is not None and core.advance(core.clock, now, _BUDGET):
            pass
        clock, wall_ms = core.clock, int(time.time() * 1000)
        does, said = book.plan.does, book.plan.version
        regimes = succeed(self.regimes, does, version=book.version, digest=said, clock=clock, now=wall_ms)
        core.adopt(book.plan, regimes, book.past)
        self._teller.adopt(book.plan, now)
        self._adopted = book.plan
        self.waiting = core.sweep(0, now)
        if regimes != self.regimes:
            self.regimes, value = _fitting(regimes)
            self._effects.announce(RULES_KEY, value)

    def step(self, flush: Callable[[], Awaitable[bool]]) -> bool:
        """Turn to the rules of the book if they are others, else let journeys pass over; called at each tick.

        Returns:
            Whether the lane must keep still.
        """
        if not self.is_turning and self._book.plan is not self._adopted:
            self.is_turning = True
            _ = asyncio.ensure_future(self._turn(flush))  # noqa: RUF006 - it ends by itself
        if self.is_turning:
            return True
        until = time.perf_counter() + SWEEP_SEC
        while self.waiting and time.perf_counter() < until:
            self.waiting = self._core.sweep(_SWEEP_STEP, self._now())
        return False

    async def _turn(self, flush: Callable[[], Awaitable[bool]]) -> None:
        try:
            now = self._now()
            while self._may() and self._core.advance(self._core.clock, now, _BUDGET):  # noqa: ASYNC110 - it gives way
                await asyncio.sleep(0)
            if await flush() and self._may():
                self.adopt()
        except Exception as error:  # noqa: BLE001 - whatever it is, nobody knows under which rules we are
            self._failed(error)
        finally:
            self.is_turning = False
        await flush()  # also what is announced


def _fitting(regimes: tuple[Regime, ...]) -> tuple[tuple[Regime, ...], bytes]:
    """Return as many of the last regimes as the record can hold, and the record."""
    while len(value := msgspec.json.encode(regimes)) > MOST_BYTES and len(regimes) > 1:
        regimes = regimes[1:]
    return regimes, value
