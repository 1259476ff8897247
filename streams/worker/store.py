"""The journeys' table as Faust sees it: a store whose life-cycle hooks claim, keep, restore and drop lanes."""

import asyncio
import logging
import time
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Final

from faust.stores.base import Store
from faust.types import TP

from streams.errors import BrokerError
from streams.worker.fence import FenceLost
from streams.worker.kit import Kit
from streams.worker.lane import Lane, Phase
from streams.worker.meta import Facts
from streams.worker.recovery import restore, said_since

CLAIM_SHARE: Final = 0.6  # of the session: no heartbeat is sent while partitions are claimed
RECLAIM_SEC: Final = 2.0
_log = logging.getLogger("touchpoint.worker")


@dataclass(frozen=True)
class Standing:
    """What the broker says of some partitions; `committed` is None where nothing was."""

    committed: Mapping[TP, int | None]
    earliest: Mapping[TP, int]
    ends: Mapping[TP, int]


class Lanes(Store):
    """Lanes by partition. All methods run on the main loop."""

    kit: Kit
    incarnations: dict[str, str]  # touchpoint topic -> topic id, as found at the start

    def __post_init__(self) -> None:
        """Start with none."""
        self.lanes: dict[int, Lane] = {}
        self.ticks = 0  # of the ticker
        self.version = 0  # rises whenever a lane begins or ceases to fold
        self.is_abandoned = False  # nothing may be flushed or committed any more
        self.told: Callable[[], object] = bool  # called whenever everything owned folds, anew after each change
        self._told_version = 0
        self._opening: asyncio.Task[None] | None = None

    @property
    def is_opening(self) -> bool:
        """Whether lanes are being read back and opened."""
        return self._opening is not None and not self._opening.done()

    def ready(self) -> list[Lane]:
        """Return the lanes that fold."""
        return [lane for lane in self.lanes.values() if lane.is_ready]

    def is_ready(self) -> bool:
        """Return whether everything owned folds; an empty assignment is ready as well."""
        return not self.app.rebalancing and all(lane.is_ready for lane in self.lanes.values())

    def tell(self) -> None:
        """Say that everything owned folds, once after each change; called often."""
        if self._told_version != self.version and self.is_ready():
            self._told_version = self.version
            self.told()

    def owner_of(self, partition: int) -> Lane | None:
        """Return the lane of a partition while it folds."""
        lane = self.lanes.get(partition)
        return lane if lane is not None and lane.is_ready else None

    # Faust's hooks.

    async def on_rebalance(
        self, assigned: set[TP], revoked: set[TP], newly_assigned: set[TP], generation_id: int = 0
    ) -> None:
        """Drop what is no longer ours, prove what we kept, claim what is new; then read back and open in a task.

        Runs inside aiokafka's rebalance callback, where no heartbeat is sent: only claims and proofs are awaited.
        """
        owned = self._owned(assigned)
        for number in self.lanes.keys() - owned:
            _log.debug("partition %d is another worker's now", number)
            await self.lanes.pop(number).close()
        await asyncio.wait_for(
            asyncio.gather(*(self._own(number) for number in owned)), self.kit.settings.session_sec * CLAIM_SHARE
        )
        self.version += 1
        self.reopen()

    def persisted_offset(self, tp: TP) -> int:
        """Return where Faust's own recovery should begin; it reads nothing (see transport), but wants a number."""
        return -1

    def apply_changelog_batch(self, batch: Iterable[Any], to_key: Any, to_value: Any) -> None:
        """Refuse: no changelog record may go down Faust's own path."""
        raise AssertionError("a changelog record went down Faust's own path")

    def reset_state(self) -> None:
        """Do nothing: lanes are dropped by ownership."""

    async def backup_partition(self, *args: Any, **kwargs: Any) -> None:
        """Do nothing: the changelog is the backup."""

    def restore_backup(self, *args: Any, **kwargs: Any) -> None:
        """Do nothing: the changelog is the backup."""

    # The lanes' own life.

    def quiesce(self) -> None:
        """Stop all folding at once."""
        self.version += 1
        if self._opening is not None:
            self._opening.cancel()
            self._opening = None
        for lane in self.lanes.values():
            lane.stop()

    def reopen(self) -> None:
        """Read back what is not here and open every lane that does not fold."""
        self._opening = asyncio.ensure_future(self._open_all())
        self._opening.add_done_callback(self._on_opened)

    async def flush(self, timeout_sec: float) -> None:
        """Make all lanes durable; those that do not make it in time count as lost."""
        lanes = [lane for lane in self.lanes.values() if lane.positions and lane.phase is not Phase.LOST]
        if self.is_abandoned or not lanes:
            return
        flushing = {asyncio.ensure_future(lane.flush()): lane for lane in lanes}
        _, late = await asyncio.wait(flushing, timeout=timeout_sec)
        for task in late:
            task.cancel()
            flushing[task].lose("the flush took too long")

    def committable(self) -> dict[TP, int]:
        """Return the durable positions that were not committed yet."""
        if self.is_abandoned:
            return {}
        return {
            TP(topic, lane.number): offset
            for lane in self.lanes.values()
            if lane.phase is not Phase.LOST
            for topic, offset in lane.durable.items()
            if offset > lane.committed.get(topic, 0)
        }

    def committed(self, offsets: dict[TP, int]) -> None:
        """Take note that these were committed."""
        for tp, offset in offsets.items():
            if tp.partition in self.lanes:
                self.lanes[tp.partition].committed[tp.topic] = offset

    async def reclaim_lost(self) -> None:
        """Own lost lanes again where the group still says that they are ours.

        A late claim of an evicted worker fences the rightful owner, who keeps its membership: it must not stay deaf.
        The evicted one cannot get here, because the group refuses its commit.
        """
        now = time.monotonic()
        lost = [lane for lane in self.lanes.values() if lane.phase is Phase.LOST and now - lane.lost_at > RECLAIM_SEC]
        if not lost or self.app.rebalancing or self.is_abandoned:
            return
        nothing_new = {TP(topic, lane.number): at for lane in lost for topic, at in lane.committed.items()}
        if nothing_new and not await self.app.consumer.commit_offsets(nothing_new):
            return
        _log.warning("partitions %s were fenced, yet are ours: claiming them again", [lane.number for lane in lost])
        self.quiesce()
        version = self.version
        await asyncio.gather(*(self._own(lane.number) for lane in lost))
        if self.version == version:  # else there was a rebalance meanwhile, which opens what is ours after it
            self.reopen()

    async def close(self) -> None:
        """Let go of all lanes."""
        self.quiesce()
        await asyncio.gather(*(lane.close() for lane in self.lanes.values()))

    # Internals.

    def _owned(self, assigned: set[TP]) -> set[int]:
        topics = [self.kit.topics.changelog, *self.kit.topics.touchpoints]
        sets = {topic: {tp.partition for tp in assigned if tp.topic == topic} for topic in topics}
        owned = sets[topics[0]]
        if unlike := [topic for topic in topics if sets[topic] != owned]:
            raise BrokerError(
                f"{unlike[0]} and {topics[0]} were not assigned the same partitions",
                remedy="all touchpoint topics need the same number of partitions: `touchpoint topics check`",
            )
        return owned

    async def _own(self, number: int) -> None:
        lane = self.lanes.get(number)
        # Faust compares with the last assignment that this process saw: after a lost session, what another worker
        # owned and wrote in between counts as kept. Only the broker knows better.
        if lane is not None:
            if lane.phase is not Phase.LOST:
                try:
                    await lane.prove()
                except FenceLost:
                    _log.debug("partition %d was another worker's in between", number)
                else:
                    return
            await lane.close()
        lane = self.lanes[number] = Lane(number, self.kit, failed=self.fail)
        try:
            await lane.claim()
        except FenceLost as error:  # somebody claimed after us already: the group will tell
            lane.lose(str(error))

    async def _open_all(self) -> None:
        lanes = [lane for lane in self.lanes.values() if lane.phase in (Phase.CLAIMED, Phase.RESTORED)]
        if not lanes:
            return
        topics = self.kit.topics.touchpoints
        standing = await self.app.consumer.standing([TP(topic, lane.number) for lane in lanes for topic in topics])
        await self._open([lane for lane in lanes if lane.phase is Phase.RESTORED], standing)
        async for lane in restore([lane for lane in lanes if lane.phase is Phase.CLAIMED], self.kit):
            await self._open([lane], standing)

    async def _open(self, lanes: list[Lane], standing: Standing) -> None:
        said = await said_since(lanes, self.kit)
        seek: dict[TP, int] = {}
        for lane in self._still(lanes):
            lane.reconcile(said.get(lane.number, ()))
            positions = await self._admit(lane, standing)
            seek |= {TP(topic, lane.number): offset for topic, offset in positions.items()}
        await self.app.consumer.seek_lane(seek)
        for lane in self._still(lanes):
            lane.open(self.incarnations)
            _log.debug("partition %d is ready with %d journeys", lane.number, len(lane.core))
        self.version += 1

    def _still(self, lanes: list[Lane]) -> list[Lane]:
        """Return those that were neither lost nor given away while something was waited for."""
        return [lane for lane in lanes if self.lanes.get(lane.number) is lane and lane.phase is not Phase.LOST]

    async def _admit(self, lane: Lane, standing: Standing) -> dict[str, int]:
        """Return where to seek to; nowhere for a lane that is lost. Raises BrokerError for sources that do not fit."""
        try:
            return lane.admit(*self._facts(lane.number, standing))
        except BrokerError:
            # To a worker that was frozen, what its successor has folded since looks like a lost changelog.
            try:
                await lane.prove()
            except FenceLost as error:
                lane.lose(str(error))
                return {}
            raise

    def _facts(self, number: int, standing: Standing) -> tuple[Facts, dict[str, int]]:
        """Return what the broker says of one partition, and where each topic begins."""
        tps = [TP(topic, number) for topic in self.kit.topics.touchpoints]
        committed = {tp.topic: at for tp in tps if (at := standing.committed[tp]) is not None}
        ends = {tp.topic: standing.ends[tp] for tp in tps}
        facts = Facts(self.kit.partitions, self.incarnations, committed, ends)
        return facts, {tp.topic: standing.earliest[tp] for tp in tps}

    def _on_opened(self, task: "asyncio.Task[None]") -> None:
        if not task.cancelled() and (error := task.exception()) is not None:
            self.fail(error)

    def fail(self, error: BaseException) -> None:
        """End the process: this is no lost fence."""
        _ = asyncio.ensure_future(self.app.crash(error))  # noqa: RUF006 - the process ends
