"""What Faust does around the worker's real consumer and store, in as few lines as that takes.

`SimConsumer` is `transport.Consumer` itself: only what it inherits from Faust is taken away from under it.
"""

import asyncio
from collections.abc import Mapping
from types import SimpleNamespace
from typing import Any

from faust.transport.drivers import aiokafka as driver
from faust.types import TP

from streams.worker import transport
from streams.worker.kit import Kit
from streams.worker.store import Lanes
from tests.simulation.membership import Membership
from tests.simulation.thread import ModelThread


class Base(driver.Consumer):  # type: ignore[misc] # Faust publishes no types
    """Faust's own consumer, doing nothing but calling back."""

    flow_active = True
    should_stop = False

    def __init__(self, app: "SimApp", thread: ModelThread, membership: Membership) -> None:
        self.app = app
        self._thread = thread
        self._membership = membership
        self._futures: set[asyncio.Future[Any]] = set()

    async def sleep(self, seconds: float) -> None:
        """Wait."""
        await asyncio.sleep(seconds)

    def _get_active_partitions(self) -> set[TP]:
        return set()

    def add_future(self, coro: Any) -> Any:
        """Run beside everything else; what it raises ends the process."""
        future = asyncio.ensure_future(coro)
        self._futures.add(future)
        future.add_done_callback(self._on_future_done)
        return future

    def _on_future_done(self, future: "asyncio.Future[Any]") -> None:
        self._futures.discard(future)
        if not future.cancelled() and (error := future.exception()) is not None:
            self.app.lanes.fail(error)

    async def _commit(self, offsets: Mapping[TP, int]) -> bool:
        try:
            return await self._membership.commit({(tp.topic, tp.partition): at for tp, at in offsets.items()})
        except Exception as error:  # noqa: BLE001 - as Faust does
            await self.app.crash(error)
            return False

    async def commit(self, topics: Any = None, start_new_transaction: bool = True) -> bool:
        """Commit what agents have acknowledged: there are none."""
        return True

    async def on_partitions_assigned(self, assigned: set[TP], generation_id: int = 0) -> None:
        """Call the tables, as Faust's app does: what they raise ends the process."""
        try:
            await self.app.lanes.on_rebalance(assigned, set(), set(), generation_id)
        except Exception as error:  # noqa: BLE001 - as Faust does
            await self.app.crash(error)

    async def on_partitions_revoked(self, revoked: set[TP]) -> None:
        """Do nothing more."""

    def _crash(self, reason: BaseException) -> None:
        """Do nothing more."""

    async def on_stop(self) -> None:
        """Commit what is durable."""
        await self.commit()


class SimConsumer(transport.Consumer, Base):
    """The worker's consumer over that base: its own methods come first, and find Base where Faust's would be."""

    __init__ = Base.__init__


class SimApp:
    """What lanes and consumer ask of their app."""

    lanes: Lanes
    consumer: SimConsumer

    def __init__(self, kit: Kit, hard_exit: Any, crashed: Any) -> None:
        self.rebalancing = False
        self.hard_exit = hard_exit
        self.lane_topics = frozenset({kit.topics.changelog, *kit.topics.touchpoints})
        self._crashed = crashed
        table = SimpleNamespace(name="journeys")
        self.lanes = Lanes("sim://", self, table, loop=asyncio.get_running_loop())
        self.lanes.kit = kit
        self.lanes.incarnations = {topic: f"id-{topic}" for topic in kit.topics.touchpoints}

    async def crash(self, error: BaseException) -> None:
        """End the process, as Faust does: every service is told, the consumer among them."""
        self.consumer._crash(error)
        self._crashed(error)
