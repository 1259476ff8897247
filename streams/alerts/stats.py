"""Counts by five minutes of event time, moment, channel, type, place and product: the denominators of everything.

They are absolute and bounded: what has been said of a group may be said again, and the newest counts.
"""

from collections.abc import Iterable
from typing import Any, Final

import msgspec

from streams.alerts import canary
from streams.alerts.alert import Alert, Status
from streams.alerts.crowds import sketch
from streams.alerts.crowds.counts import bucket_of
from streams.alerts.stat import Facts, Group, KeptCell, Stat
from streams.journeys.limits import Limits
from streams.rules.crowd import BUCKET_MS
from streams.rules.over import named, place_of, product_of
from streams.touchpoints.canary import is_canary
from streams.touchpoints.touchpoint import Touchpoint
from streams.touchpoints.vocabulary import NEGATIVE, POSITIVE, Kind, Vocabulary

OTHER: Final = "other"  # type of the group of all that is above the bound
CARDS: Final = {Status.RECOVERED: "alert.recovered", Status.LOST: "alert.lost"}  # types of groups that count alerts
# Types that travel there, and these groups, have data worth reading.
_READ_TOPICS: Final = {"store", "order", "feedback"}
_READ_GROUPS: Final = {"product"}
_CENTS: Final = 100
_MOST_LOOKUPS: Final = 20_000
_MOST_AMOUNT: Final = 1e9


_decode: Final = msgspec.json.Decoder(Facts).decode
_NOTHING: Final = Facts()


class Cell:
    """What one group counts in one bucket; `who` is a sketch of its customers, to which `beyond` adds nothing more."""

    __slots__ = ("beyond", "cents", "lost", "recovered", "touchpoints", "unsaid", "who")

    def __init__(self, kept: KeptCell | None = None) -> None:
        """Start with nothing counted, or with what was kept."""
        kept = kept or KeptCell(who=[])
        self.touchpoints, self.recovered, self.lost, self.cents = (
            kept.touchpoints,
            kept.recovered,
            kept.lost,
            kept.cents,
        )
        self.who, self.beyond, self.unsaid = kept.who, kept.beyond, kept.unsaid

    def kept(self) -> KeptCell:
        """Return what is to be kept; it does not follow what is counted from now on."""
        counts = (self.touchpoints, self.recovered, self.lost, self.cents)
        return KeptCell(*counts, self.who.copy(), self.beyond, self.unsaid)


class _Flow:
    """What all touchpoints of one type and source share; `place` is where those are that do not say it themselves."""

    __slots__ = ("channel", "is_read", "is_sale", "moment", "name", "place")

    def __init__(self, kind: Kind, source: str) -> None:
        self.moment, self.channel, self.name = kind.moment, kind.channel, kind.name
        self.place = place_of(source)
        self.is_read = kind.topic in _READ_TOPICS or kind.group in _READ_GROUPS
        self.is_sale = kind.polarity == POSITIVE


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
        self._flows: dict[tuple[str, str], _Flow | None] = {}  # type, source; None: they do not count
        self._floor = -1

    def count(self, touchpoint: Touchpoint) -> None:
        """Count one touchpoint."""
        bucket, customer = touchpoint.time // BUCKET_MS, touchpoint.customer
        cell = self._lookup.get((bucket, touchpoint.type, touchpoint.source))
        if cell is None:
            cell = self._find(bucket, touchpoint)
            if cell is None:
                return
        cell.touchpoints += 1
        if customer and (value := sketch.fingerprint(customer)) < cell.beyond:
            cell.beyond = sketch.add(cell.who, value)
        if not cell.unsaid:
            cell.unsaid = True
            self.dirty.add(bucket)

    def count_alerts(self, alerts: Iterable[Alert]) -> None:
        """Count those that have recovered or are lost."""
        for alert in alerts:
            if alert.status in CARDS and alert.customer and not canary.is_canary(alert):
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

    def record(self, bucket: int) -> list[tuple[Group, KeptCell]]:
        """Return all of a bucket, to be kept; take it before `said`, so that a successor says it again."""
        return [(group, cell.kept()) for group, cell in self._cells.get(bucket, {}).items()]

    def restore(self, bucket: int, record: list[tuple[Group, KeptCell]]) -> None:
        """Take a bucket back."""
        self._cells[bucket] = {group: Cell(kept) for group, kept in record}
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
        names = (touchpoint.type, touchpoint.source)
        flow = self._flows[names] if names in self._flows else self._flow(names)
        if flow is None:
            return None
        if not flow.is_read:
            cell = self._cell(bucket, (flow.moment, flow.channel, flow.name, flow.place, ""))
            if cell is not None:  # the next one of the source counts there as well
                if len(self._lookup) >= _MOST_LOOKUPS:
                    self._lookup.clear()
                self._lookup[bucket, touchpoint.type, touchpoint.source] = cell
            return cell
        data = _read(touchpoint.data) if touchpoint.data else _NOTHING
        place = named(data.store) or flow.place
        product = product_of(touchpoint.subject) or named(data.product) or named(data.sku)
        cell = self._cell(bucket, (flow.moment, flow.channel, flow.name, place, product))
        if cell is not None and flow.is_sale:
            cell.cents += _amount(data.amount)
        return cell

    def _flow(self, names: tuple[str, str]) -> _Flow | None:
        name, source = names
        kind = self._kinds.get(name)
        flow = None if kind is None or is_canary(source) else _Flow(kind, source)
        if len(self._flows) >= _MOST_LOOKUPS:
            self._flows.clear()
        self._flows[names] = flow
        return flow

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
            cell = cells.setdefault(group, Cell())
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


def _read(data: bytes) -> Facts:
    try:
        return _decode(data)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        return _NOTHING


def _amount(value: Any) -> int:
    """Return a sum of money in hundredths; integers add up to the same in any order."""
    if isinstance(value, bool) or not isinstance(value, int | float) or not 0 <= value <= _MOST_AMOUNT:
        return 0
    return round(value * _CENTS)
