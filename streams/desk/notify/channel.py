"""What every way to the outside does: try once, and say whether trying again makes sense."""

from enum import StrEnum
from typing import Protocol

import msgspec

from streams.desk.notify.notice import Notice


class Reason(StrEnum):
    """Why a notice was not delivered; a metric label and a word of the log."""

    TIMEOUT = "timeout"
    UNREACHABLE = "unreachable"
    RATE_LIMITED = "rate_limited"
    SERVER = "server"  # it failed over there
    REFUSED = "refused"  # what we said is wrong, and stays wrong
    UNAUTHORIZED = "unauthorized"
    REDIRECTED = "redirected"  # never followed: it would take the secret elsewhere
    GARBLED = "garbled"  # an answer that is none
    UNCONFIGURED = "unconfigured"  # the receiver or channel is no longer in the configuration
    INTERNAL = "internal"  # our own mistake


class Receipt(msgspec.Struct, frozen=True):
    """What the other side calls the message: all that is needed to edit it or to answer it."""

    ids: dict[str, str] = {}


class Sent(msgspec.Struct, frozen=True):
    """It has taken it. `again_after_sec`: it forgets unless it is told again by then; 0 for never."""

    receipt: Receipt
    again_after_sec: float = 0.0


class Failed(msgspec.Struct, frozen=True):
    """It has not, or we do not know. `retry_after_sec` is what the other side asked for; 0 for nothing."""

    reason: Reason
    retry: bool
    retry_after_sec: float = 0.0


class Channel(Protocol):
    """One way to the outside. Safe to call again with the same notice: its key does not change."""

    async def send(self, notice: Notice, earlier: Receipt | None) -> Sent | Failed:
        """Try once, within `ATTEMPT_SEC`; `earlier` is the receipt of the last message under the same key."""

    async def close(self) -> None:
        """Give back connections and threads."""


ATTEMPT_SEC = 30.0
