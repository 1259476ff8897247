"""What one partition says of one group in five minutes, what it keeps of it, and what it reads for that."""

from typing import Any

import msgspec

from streams.alerts.crowds import sketch

Group = tuple[str, str, str, str, str]  # moment, channel, type, place, product


class Stat(msgspec.Struct, frozen=True):
    """One group in one bucket (`at`, its beginning in ms) as one partition counts it so far.

    `customers` are different ones: exact up to 128, an estimate above. `value` sums `amount` of touchpoints that are
    good by themselves, in major units of whatever currency.
    """

    at: int
    partition: int
    moment: str
    channel: str
    type: str
    place: str
    product: str
    touchpoints: int
    customers: int
    negatives: int
    recovered: int
    lost: int
    value: float


class KeptCell(msgspec.Struct, array_like=True):
    """What a group counts in a bucket, as a record holds it; see `stats.Cell`."""

    touchpoints: int = 0
    recovered: int = 0
    lost: int = 0
    cents: int = 0
    who: list[int] = []
    beyond: int = sketch.SPACE
    unsaid: bool = False


class Facts(msgspec.Struct):
    """What of a touchpoint's data decides where it counts, and for how much."""

    store: Any = None
    product: Any = None
    sku: Any = None
    amount: Any = None
