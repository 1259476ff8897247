"""How the sink stands: for /readyz and metrics."""

from enum import StrEnum

import msgspec


class State(StrEnum):
    """Where what comes now goes."""

    BROKER = "broker"
    SPOOL = "spool"  # the broker is away, or what was kept meanwhile is on its way to it
    FULL = "full"  # as before, and there is no more room: callers are turned away


class Status(msgspec.Struct, frozen=True, kw_only=True):
    """A moment of a sink; all counts are touchpoints since it was opened.

    `why` is why the broker counts as away, empty where it does not. `oldest_at` (ms) is when the first of those in the
    spool was accepted, 0 when it is empty. `set_aside`: taken out of the spool because Kafka will never take them.
    """

    state: State
    why: str
    waiting: int
    spooled: int
    spooled_bytes: int
    oldest_at: int
    sent: int  # acknowledged, of callers that waited for it
    kept: int  # in the spool, of callers that waited for it
    drained: int  # of the spool, acknowledged
    turned_away: int
    set_aside: int
