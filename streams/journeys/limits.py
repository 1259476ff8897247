"""The bounds of a journey and what happens at each (law L9)."""

from typing import Final

import msgspec

HOUR_MS: Final = 3_600_000
DAY_MS: Final = 24 * HOUR_MS


class Limits(msgspec.Struct, frozen=True, kw_only=True):
    """Bounds per journey; times in milliseconds.

    `lateness_ms`: any arrival order within it gives the same alerts (law L5); older touchpoints may only close.
    `tail_entries`, `tail_bytes`: a longer tail is folded into the snapshot early; the floor jumps, which is counted.
    `context_entries`: how many touchpoints before the floor stay, so that an alert can show them.
    `slots`: partial patterns of the rules. `promises`: open or broken. `episodes`: open at the same time. `ledger`:
    rules and subjects of which an ended or retracted episode is remembered. Of each the oldest goes first.
    `flood_per_hour`: above it a touchpoint is only counted, and one alert says so.
    `idle_ms`: a journey without a touchpoint, a deadline or an open episode for this long is deleted.
    `live_journeys`: decoded journeys kept in memory per partition; the rest are bytes.
    `tally_counts`: counts of crowds that one partition keeps, each of one rule, crowd and bucket; what is above is left
    out. `tally_seen`: so many of these, and of those without a customer, back a second one of the same source and id is
    known. `stats_groups`: groups of the statistics in five minutes; what is above counts as `other`; 0 = no statistics.
    """

    lateness_ms: int = 72 * HOUR_MS
    tail_entries: int = 256
    tail_bytes: int = 1 << 16
    context_entries: int = 10
    compact_entries: int = 48
    slots: int = 256
    promises: int = 64
    episodes: int = 32
    ledger: int = 128
    flood_per_hour: int = 2_000
    idle_ms: int = 400 * DAY_MS
    live_journeys: int = 20_000
    tally_counts: int = 100_000
    tally_seen: int = 8_192
    stats_groups: int = 200
