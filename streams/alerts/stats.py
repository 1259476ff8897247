"""Counts by five minutes of event time, moment, channel, type, place and product: the denominators of everything.

They are absolute and bounded: what has been said of a group may be said again, and the newest counts.
"""

from collections.abc import Iterable
from typing import Any, Final

import msgspec

from streams.alerts.alert import Alert, Status
from streams.alerts.crowds import sketch
from streams.alerts.crowds.counts import bucket_of
from streams.journeys.limits import Limits
from streams.rules.crowd import BUCKET_MS
from streams.rules.over import first, place_of, product_of
from streams.touchpoints.touchpoint import Touchpoint
from streams.touchpoints.vocabulary import NEGATIVE, POSITIVE, Vocabulary

OTHER: Final = "other"  # type of the group of all that is above the bound
CARDS: Final = {Status.RECOVERED: "alert.recovered", Status.LOST: "alert.lost"}  # types of groups that count alerts
# Types that travel there, and these groups, have data worth reading.
_READ_TOPICS: Final = {"store", "order", "feedback"}
_READ_GROUPS: Final = {"product"}
_CENTS: Final = 100
_MOST_LOOKUPS: Final = 20_000
_MOST_AMOUNT: Final = 1e9

Group = tuple[str, str, str, str, str]  # moment, channel, type, place, product


class _Data(msgspec.Struct):
    store: Any = None
    product: Any = None
    sku: Any = None
    amount: Any = None


_decode: Final = msgspec.json.Decoder(_Data).decode
_NOTHING: Final = _Data()


class Cell(msgspec.Struct, array_like=True):
    """What one group counts in one bucket; `who` is a sketch of its customers, to which `beyond` adds nothing more."""

    touchpoints: int = 0
    recovered: int = 0
    lost: int = 0
    cents: int = 0
    who: list[int] = []
    beyond: int = sketch.SPACE
    unsaid: bool = False


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


class Stats:
    """The counts of one partition."""

    def __init__(self, vocabulary: Vocabulary, limits: Limits | None = None) -> None:
        """Start with nothing counted."""
        self.too_late = 0  # touchpoints older than what is kept
        self.overflow = 0  # touchpoints counted under OTHER
        self.dirty: set[int] = set()  # buckets that changed since they were taken
        self._kinds = vocabulary.kinds
        self._limits = limits or Limits()
        self._cells: dict[int, dict[Group, Cell]] = {}
        self._lookup: dict[tuple[int, str, str], Cell] = {}  # bucket, type, source
        self._floor = -1

    def count(self, touchpoint: Touchpoint) -> None:
        """Count one touchpoint."""
        bucket = touchpoint.time // BUCKET_MS
        cell = self._lookup.get((bucket, touchpoint.type, touchpoint.source))
        if cell is None:
            cell = self._find(bucket, touchpoint)
            if cell is None:
                return
        cell.touchpoints += 1
        if touchpoint.customer and (value := sketch.fingerprint(touchpoint.customer)) < cell.beyond:
            cell.beyond = sketch.add(cell.who, value)
        if not cell.unsaid:
            cell.unsaid = True
            self.dirty.add(bucket)

    def count_alerts(self, alerts: Iterable[Alert]) -> None:
        """Count those that have recovered or are lost."""
        for alert in alerts:
            if alert.status in CARDS and alert.customer:
                bucket = bucket_of(alert.ended_at)
                cell = self._cell(bucket, (alert.moment, "", CARDS[alert.status], "", ""))
                if cell is not None:
                    cell.recovered += alert.status is Status.RECOVERED
                    cell.lost += alert.status is Status.LOST
                    cell.unsaid = True
                    self.dirty.add(bucket)

    def said(self, bucket: int, partition: int) -> list[Stat]:
        """Return what is new of a bucket, which thereby counts as said."""
        found = []
        for group, cell in self._cells.get(bucket, {}).items():
            if cell.unsaid:
                cell.unsaid = False
                found.append(self._stat(bucket, partition, group, cell))
        return found

    def record(self, bucket: int) -> list[tuple[Group, Cell]]:
        """Return all of a bucket, to be kept; take it before `said`, so that a successor says it again."""
        return list(self._cells.get(bucket, {}).items())

    def restore(self, bucket: int, record: list[tuple[Group, Cell]]) -> None:
        """Take a bucket back."""
        self._cells[bucket] = dict(record)
        if any(cell.unsaid for _, cell in record):
            self.dirty.add(bucket)

    def forget(self, clock: int) -> list[int]:
        """Drop the buckets that are too old to change at `clock` (ms), and return them."""
        floor = bucket_of(clock - self._limits.lateness_ms)
        if floor <= self._floor:
            return []
        self._floor = floor
        gone = [bucket for bucket in self._cells if bucket < floor]
        for bucket in gone:
            del self._cells[bucket]
            self.dirty.discard(bucket)
        self._lookup.clear()
        return gone

    def _find(self, bucket: int, touchpoint: Touchpoint) -> Cell | None:
        kind = self._kinds.get(touchpoint.type)
        if kind is None:
            return None
        data, reads = _NOTHING, kind.topic in _READ_TOPICS or kind.group in _READ_GROUPS
        if reads and touchpoint.data:
            data = _read(touchpoint.data)
        place = first({"store": data.store}, ("store",)) or place_of(touchpoint.source)
        product = ""
        if reads:
            product = product_of(touchpoint.subject) or first({"p": data.product, "s": data.sku}, ("p", "s"))
        cell = self._cell(bucket, (kind.moment, kind.channel, kind.name, place, product))
        if cell is None:
            return None
        if reads and kind.polarity == POSITIVE:
            cell.cents += _amount(data.amount)
        if not reads:  # the next one of the source counts there as well
            if len(self._lookup) >= _MOST_LOOKUPS:
                self._lookup.clear()
            self._lookup[bucket, touchpoint.type, touchpoint.source] = cell
        return cell

    def _cell(self, bucket: int, group: Group) -> Cell | None:
        if bucket < self._floor:
            self.too_late += 1
            return None
        cells = self._cells.setdefault(bucket, {})
        cell = cells.get(group)
        if cell is None:
            if len(cells) >= self._limits.stats_groups:
                self.overflow += 1
                group = ("", "", OTHER, "", "")
            cell = cells.setdefault(group, Cell(who=[]))
        return cell

    def _stat(self, bucket: int, partition: int, group: Group, cell: Cell) -> Stat:
        moment, channel, name, place, product = group
        kind = self._kinds.get(name)
        is_bad = kind is not None and kind.polarity == NEGATIVE
        return Stat(
            bucket * BUCKET_MS,
            partition,
            moment,
            channel,
            name,
            place,
            product,
            cell.touchpoints,
            sketch.size(cell.who),
            cell.touchpoints if is_bad else 0,
            cell.recovered,
            cell.lost,
            cell.cents / _CENTS,
        )


def _read(data: bytes) -> _Data:
    try:
        return _decode(data)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        return _NOTHING


def _amount(value: Any) -> int:
    """Return a sum of money in hundredths; integers add up to the same in any order."""
    if isinstance(value, bool) or not isinstance(value, int | float) or not 0 <= value <= _MOST_AMOUNT:
        return 0
    return round(value * _CENTS)
