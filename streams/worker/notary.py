"""Writes what one owned partition notes about itself: who claims it, and what a commit stands for."""

import time

from streams.worker import meta
from streams.worker.cover import Cover
from streams.worker.effects import Effects
from streams.worker.fence import Fence
from streams.worker.kit import Kit


class Notary:
    """One lane's records beside the journeys. Raises what the effects raise."""

    def __init__(self, kit: Kit, fence: Fence, effects: Effects) -> None:
        self.incarnations: dict[str, str] = {}  # of the touchpoint topics
        self._kit = kit
        self._fence = fence
        self._effects = effects
        self._claimed_at = 0.0

    def is_due(self, now: float) -> bool:
        """Return whether a claim is due, or the fence would expire unseen; `now` is monotonic."""
        return now - self._claimed_at >= self._kit.settings.meta_sec

    async def claim(self) -> tuple[int, int]:
        """Write a claim; return its offsets on the changelog and on the alerts."""
        claim = meta.Claim(self._kit.process, *self._fence.epoch, written_at=int(time.time() * 1000))
        self._claimed_at = time.monotonic()
        return await self._effects.claim(meta.CLAIM_KEY, meta.encode(claim))

    async def note(self, cover: Cover) -> None:
        """Write what may be committed once this is acknowledged, and a claim when one is due."""
        written_at, partitions = int(time.time() * 1000), self._kit.partitions
        record = meta.Meta(
            partitions, meta.PARTITIONER, cover.positions, self.incarnations, cover.clock, cover.alerts, written_at
        )
        await self._effects.note(meta.META_KEY, meta.encode(record))
        if self.is_due(time.monotonic()):
            await self.claim()
