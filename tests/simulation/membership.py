"""A process's side of the group, as aiokafka and Faust play it: join, be told, beat, be told, join again.

No heartbeat is sent while an assignment is being taken in.
"""

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from typing import Final

from aiokafka import errors

from tests.simulation.group import Group
from tests.simulation.log import Place
from tests.simulation.network import Network

BEAT_SEC: Final = 1.0
SYNC_SEC: Final = 0.05
COMMIT_TRIES: Final = 5
Assigned = Callable[[int, frozenset[int]], Awaitable[None]]
Revoked = Callable[[], Awaitable[None]]


class Membership:
    """One process in the group."""

    def __init__(self, name: str, group: Group, network: Network, assigned: Assigned, revoked: Revoked) -> None:
        self._name, self._group, self._network = name, group, network
        self._assigned, self._revoked = assigned, revoked
        self._lives = 0
        self._generation = -1
        self._told = asyncio.Event()
        self._is_known = False

    @property
    def member(self) -> str:
        """The member id; a new one after the group has forgotten the last."""
        return f"{self._name}.{self._lives}"

    async def run(self) -> None:
        """Be a member until cancelled."""
        while True:
            self._generation, owned = await self._join()
            await self._assigned(self._generation, owned)
            self._told.clear()
            beating = asyncio.ensure_future(self._beat())
            try:
                await self._told.wait()
                await self._revoked()
            finally:
                beating.cancel()

    async def _join(self) -> tuple[int, frozenset[int]]:
        while True:
            if not self._is_known:
                self._lives += 1
                self._is_known = True
            try:
                return await self._sync(self.member)
            except errors.UnknownMemberIdError:
                self._is_known = False
            except errors.KafkaError:
                await asyncio.sleep(SYNC_SEC)

    async def _sync(self, member: str) -> tuple[int, frozenset[int]]:
        await self._network.call("join", lambda: self._group.join(member))
        dealt = None
        while dealt is None:
            await asyncio.sleep(SYNC_SEC)
            dealt = await self._network.call("sync", lambda: self._group.sync(member), is_effect=False)
        return dealt

    async def _beat(self) -> None:
        member, generation = self.member, self._generation
        while True:
            await asyncio.sleep(BEAT_SEC)
            try:
                await self._network.call("beat", lambda: self._group.heartbeat(member, generation), is_effect=False)
            except errors.RebalanceInProgressError:
                self._told.set()
            except errors.UnknownMemberIdError:
                self._is_known = False
                self._told.set()
                return

    async def commit(self, offsets: Mapping[Place, int]) -> bool:
        """Commit under the generation of now; False when the group has moved on. Raises when nobody can know."""
        member, generation = self.member, self._generation
        for _ in range(COMMIT_TRIES):
            try:
                await self._network.call("commit", lambda: self._group.commit(member, generation, dict(offsets)))
            except errors.CommitFailedError:
                return False
            except errors.KafkaError:
                await asyncio.sleep(SYNC_SEC)
            else:
                return True
        raise errors.RequestTimedOutError

    async def leave(self) -> None:
        """Say goodbye."""
        member = self.member
        try:
            await self._network.call("leave", lambda: self._group.leave(member))
        except errors.KafkaError:
            return
