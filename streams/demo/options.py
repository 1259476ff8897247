"""What the demo was asked for."""

from pathlib import Path

import msgspec


class Selection(msgspec.Struct, frozen=True, kw_only=True):
    """How much: so many `households` of the chain, of which `simulated` (those who shopped) also have made contacts."""

    households: int = 1_500
    simulated: int = 300
    seed: int = 1


class Options(msgspec.Struct, frozen=True, kw_only=True):
    """Without `data` a temporary folder is used and removed; port 0 takes a free one.

    `speed`: event time moves so many times as fast as the clock; 0 = as fast as it goes.
    """

    data: Path | None
    port: int
    speed: float
    exit_at_end: bool
    selection: Selection
