"""Deliberate breakages of the worker: each takes away what holds one law, and the simulation must notice."""

from collections.abc import Callable, Iterator, Mapping
from contextlib import AbstractContextManager, ExitStack, contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final
from unittest.mock import patch

from streams.alerts.counting import Counting
from streams.journeys.deadlines import Deadlines
from streams.worker import fence
from streams.worker.cover import Flush
from streams.worker.effects import Effects, Owed
from streams.worker.fence import Fence, FenceLost
from streams.worker.lane import Lane
from streams.worker.notary import Notary
from streams.worker.reader import Reader
from streams.worker.transport import Consumer
from tests.simulation import universe
from tests.simulation.faults import WEIGHTS, Fault

if TYPE_CHECKING:
    import asyncio

Patch = Callable[[], AbstractContextManager[Any]]


@dataclass(frozen=True)
class Breakage:
    """What is broken, in a sentence, and how."""

    name: str
    sentence: str
    laws: tuple[str, ...]  # one of which is found broken
    apply: Patch
    faults: tuple[Fault, ...]  # that bring it to light

    @property
    def mix(self) -> Mapping[Fault, int]:
        """The faults under which it is looked for: all kinds where it takes none."""
        return dict.fromkeys(self.faults, 1) or WEIGHTS


@contextmanager
def _commit_before_changelog() -> Iterator[None]:
    flush = Lane._flush

    async def hasty(self: Lane, extent: Flush) -> bool:
        self.durable = dict(self.positions)
        return await flush(self, extent)

    with patch.object(Lane, "_flush", hasty):
        yield


@contextmanager
def _alert_before_state() -> Iterator[None]:
    async def hasty(self: Effects, keys: list[bytes]) -> None:
        owed: list[Owed] = []
        records = list(self._remember(keys, owed))
        said = [(alert.alert_id.encode(), self._encode(alert)) for _, alerts, _ in owed for alert in alerts]
        told = await self._queue(self._alerts, said)
        async with self._order:
            sent = await self._queue(self._changelog, records)
        self.alerts_end = max(self.alerts_end, await self._settle(told))
        await self._settle(sent)
        for key, alerts, holds in owed:
            self._core.said(key, alerts, holds)

    with patch.object(Effects, "_say", hasty):
        yield


@contextmanager
def _flush_that_gives_up() -> Iterator[None]:
    settle = Fence.settle

    async def careless(self: Fence, future: "asyncio.Future[Any]") -> int:
        try:
            return await settle(self, future)
        except FenceLost:
            return 0

    with patch.object(Fence, "settle", careless):
        yield


@contextmanager
def _lost_outbox() -> Iterator[None]:
    restore = Lane.restore

    def forgetful(self: Lane, records: list[Any]) -> None:
        restore(self, records)
        self.owed = []

    with patch.object(Lane, "restore", forgetful):
        yield


def _forgotten_deadlines() -> AbstractContextManager[Any]:
    return patch.object(Deadlines, "fill", lambda *_: None)


def _no_fence() -> AbstractContextManager[Any]:
    async def fresh(client: Any, name: str) -> tuple[int, int]:
        return client._logs.fresh(), 0

    return patch.object(fence, "_init_producer_id", fresh)


@contextmanager
def _expired_fence() -> Iterator[None]:
    init = Fence.__init__

    def eternal(self: Fence, *arguments: Any, **options: Any) -> None:
        init(self, *arguments, **options | {"lifetime_sec": 1e9})

    with ExitStack() as stack:
        stack.enter_context(patch.object(Notary, "is_due", lambda *_: False))
        stack.enter_context(patch.object(Fence, "__init__", eternal))
        stack.enter_context(patch.object(universe, "EXPIRY_SEC", 9.0))
        yield


@contextmanager
def _recovery_cut_off() -> Iterator[None]:
    restore = Lane.restore

    def hasty(self: Lane, records: list[Any]) -> None:
        self.goal = records[-1].offset
        restore(self, records)

    with patch.object(Lane, "restore", hasty):
        yield


def _seek_during_a_poll() -> AbstractContextManager[Any]:
    async def hasty(self: Any, offsets: Any) -> None:
        await self._thread.seek_wait(offsets)

    return patch.object(Consumer, "seek_lane", hasty)


def _lost_dead_letters() -> AbstractContextManager[Any]:
    def forgetful(self: Reader) -> list[Any]:
        self.refused = []
        return []

    return patch.object(Reader, "take_refused", forgetful)


@contextmanager
def _positions_run_ahead() -> Iterator[None]:
    prove = Lane.prove_position

    def hasty(self: Lane, topic: str, position: int, end: int, at_ms: int) -> None:
        prove(self, topic, position, end, at_ms)
        self._apply_proof(topic)

    with patch.object(Lane, "prove_position", hasty):
        yield


def _counted_again() -> AbstractContextManager[Any]:
    return patch.object(Counting, "_has", staticmethod(lambda *_: False))


BREAKAGES: Final = (
    Breakage(
        "commit-before-changelog",
        "Positions count as durable before their journeys are acknowledged.",
        ("L1",),
        _commit_before_changelog,
        (),
    ),
    Breakage(
        "alert-before-state",
        "An alert leaves while the journey that remembers it is still on its way.",
        ("L2",),
        _alert_before_state,
        (),
    ),
    Breakage(
        "flush-that-gives-up",
        "A flush whose write has failed goes on as if it had not.",
        ("L1", "L2", "L3", "L4"),
        _flush_that_gives_up,
        (Fault.ABANDON,),
    ),
    Breakage(
        "lost-outbox",
        "What a journey still owes is forgotten when it is read back.",
        ("L3",),
        _lost_outbox,
        (Fault.KILL,),
    ),
    Breakage(
        "forgotten-deadline",
        "Deadlines are not set again when journeys are read back.",
        ("L3", "L6"),
        _forgotten_deadlines,
        (Fault.KILL, Fault.STOP),
    ),
    Breakage(
        "no-fence",
        "Every owner writes under a producer of its own, so none is refused.",
        ("L4",),
        _no_fence,
        (Fault.FREEZE,),
    ),
    Breakage(
        "expired-fence",
        "An owner without traffic writes nothing, and trusts its epoch for ever.",
        ("L4",),
        _expired_fence,
        (Fault.FREEZE,),
    ),
    Breakage(
        "recovery-cut-off",
        "The first records read back are taken for all of them.",
        ("L3", "L4"),
        _recovery_cut_off,
        (Fault.KILL, Fault.STOP),
    ),
    Breakage(
        "seek-during-a-poll",
        "A lane is put in place while a poll from before is under way.",
        ("L1", "L3", "L4"),
        _seek_during_a_poll,
        (Fault.REBALANCE,),
    ),
    Breakage(
        "lost-dead-letters",
        "Dead letters are dropped at the flush that should write them.",
        ("L1",),
        _lost_dead_letters,
        (),
    ),
    Breakage(
        "counted-again",
        "What is read again after a crash is counted whatever the counts stand for.",
        ("L4",),
        _counted_again,
        (Fault.KILL,),
    ),
    Breakage("positions-run-ahead", "What has been fetched counts as folded.", ("L1",), _positions_run_ahead, ()),
)
