"""What the ways in ask of the rest of the gateway: a place where touchpoints are safe, and who a caller is."""

from collections.abc import Sequence
from enum import StrEnum
from typing import Protocol

import msgspec

from streams.gateway.keys.bucket import Wait
from streams.gateway.keys.key import Key
from streams.gateway.outcome import Admitted

__all__ = ["Full", "KeyRing", "Sink", "Stored", "Wait"]


class Stored(StrEnum):
    """Where touchpoints are safe now."""

    BROKER = "broker"  # acknowledged by all in-sync replicas
    SPOOL = "spool"  # on this machine's disk, synced; they go to the broker in order when it is back


class Full(msgspec.Struct, frozen=True):
    """There is no safe place left: nothing of this request was kept, come again later."""

    retry_after_sec: int


class Sink(Protocol):
    """Where admitted touchpoints go."""

    async def put(self, admitted: Sequence[Admitted]) -> Stored | Full:
        """Return once every touchpoint, links included, is safe; on Full none of them is promised.

        Touchpoints of one key that are put one after the other reach their topic in that order. What was put may reach
        Kafka twice when something crashes or the broker goes away, never not at all.
        """
        ...


class KeyRing(Protocol):
    """The API keys that are in force."""

    def find(self, text: str) -> Key | None:
        """Return the valid key of this text; takes as long for a wrong one."""
        ...

    def get(self, key_id: str) -> Key | None:
        """Return a valid key by its id, for what was begun with it."""
        ...

    def spend(self, key: Key, items: int) -> Wait | None:
        """Take so many items from what a key may send, or say how long to wait; then nothing is taken."""
        ...

    def origins(self) -> frozenset[str]:
        """Return the origins of the pages of all valid browser keys."""
        ...
