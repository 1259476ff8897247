"""What of a partition's counts lies on its changelog."""

import msgspec

from streams.alerts.crowds.crowds import Contribution
from streams.alerts.stat import Group, KeptCell

Positions = dict[int, int]  # topic number -> offset of the next record to count


class StatsRecord(msgspec.Struct, array_like=True):
    """The groups of one bucket, as of the positions."""

    positions: Positions
    cells: list[tuple[Group, KeptCell]]


class CountsRecord(msgspec.Struct, array_like=True):
    """The counts of crowds in one bucket, as of the positions; `unsaid`: rule and crowd of those not told yet."""

    positions: Positions
    counts: list[Contribution]
    unsaid: list[tuple[str, str]]


class Settled(msgspec.Struct, array_like=True):
    """Up to where everything is in the buckets before this record."""

    stats: Positions = {}
    counts: Positions = {}
