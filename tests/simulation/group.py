"""The broker's side of a consumer group: members, generations, who has which partition, and the committed offsets."""

import random
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Final

from aiokafka import errors

from tests.simulation.log import Place

SESSION_SEC: Final = 6.0
REBALANCE_SEC: Final = 12.0  # how long a rebalance waits for those who have not joined
TURN_SHARE: Final = 0.3  # of the rebalances that move everything
Commit = Callable[[Mapping[Place, int]], None]


@dataclass
class Member:
    """One member, as the broker knows it."""

    seen_at: float
    has_joined: bool = False


class Group:
    """Partitions 0 to `partitions` - 1, dealt out to whoever is there. Every call happens at one moment."""

    def __init__(self, partitions: int, now: Callable[[], float], draw: random.Random) -> None:
        """Start without members."""
        self.generation = 0
        self.committed: dict[Place, int] = {}
        self.watchers: list[Commit] = []  # called before a commit is taken
        self._partitions = partitions
        self._now, self._random = now, draw
        self._members: dict[str, Member] = {}
        self._owned: dict[str, frozenset[int]] = {}
        self._rebalancing_since: float | None = None

    @property
    def is_stable(self) -> bool:
        """Whether nobody has joined, left or fallen silent since partitions were dealt out."""
        self._look()
        return self._rebalancing_since is None and bool(self._members)

    def owners(self) -> dict[str, frozenset[int]]:
        """Return what each member has."""
        return dict(self._owned)

    def join(self, member: str) -> None:
        """Ask for partitions."""
        if self._rebalancing_since is None:
            self.rebalance()
        self._members[member] = Member(self._now(), has_joined=True)
        self._look()

    def sync(self, member: str) -> tuple[int, frozenset[int]] | None:
        """Return generation and partitions once everybody has joined."""
        self._touch(member)
        self._look()
        if self._rebalancing_since is None:
            return self.generation, self._owned[member]
        if not self._members[member].has_joined:
            raise errors.RebalanceInProgressError
        return None

    def heartbeat(self, member: str, generation: int) -> None:
        """Stay a member; raises what says to join again."""
        self._touch(member)
        self._look()
        if self._rebalancing_since is not None or generation != self.generation:
            raise errors.RebalanceInProgressError

    def leave(self, member: str) -> None:
        """Go."""
        if self._members.pop(member, None) is not None:
            self.rebalance()

    def commit(self, member: str, generation: int, offsets: Mapping[Place, int]) -> None:
        """Take offsets of a member of this generation; raises CommitFailedError for any other."""
        self._look()
        if member not in self._members or generation != self.generation:
            raise errors.CommitFailedError
        self._members[member].seen_at = self._now()
        for watch in self.watchers:
            watch(offsets)
        self.committed |= offsets

    def rebalance(self) -> None:
        """Let everybody join again."""
        if self._rebalancing_since is None:
            self._rebalancing_since = self._now()
            for member in self._members.values():
                member.has_joined = False

    def _touch(self, name: str) -> None:
        self._look()
        if name not in self._members:
            raise errors.UnknownMemberIdError
        self._members[name].seen_at = self._now()

    def _look(self) -> None:
        now, since = self._now(), self._rebalancing_since
        gone = [name for name, member in self._members.items() if now - member.seen_at > SESSION_SEC]
        if since is not None and now - since > REBALANCE_SEC:
            gone += [name for name, member in self._members.items() if not member.has_joined and name not in gone]
        for name in gone:
            del self._members[name]
        if gone:
            self.rebalance()
        if self._rebalancing_since is not None and all(member.has_joined for member in self._members.values()):
            self._deal(sorted(self._members))

    def _deal(self, names: Iterable[str]) -> None:
        order = list(names)
        self.generation += 1
        self._rebalancing_since = None
        turn = self._random.randrange(max(1, len(order))) if self._random.random() < TURN_SHARE else 0
        hands: dict[str, set[int]] = {name: set() for name in order}
        for number in range(self._partitions if order else 0):
            hands[order[(number + turn) % len(order)]].add(number)
        self._owned = {name: frozenset(hand) for name, hand in hands.items()}
