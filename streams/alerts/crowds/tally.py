"""Counts the touchpoints that rules over crowds ask about; what comes out is absolute, so that it may be said twice."""

from collections.abc import Callable, Mapping
from typing import Final

from streams.alerts.crowds.counts import Counted, bucket_of
from streams.alerts.crowds.crowds import Contribution
from streams.journeys.fold import read_data
from streams.journeys.handler import Data
from streams.journeys.limits import Limits
from streams.rules.compile import Plan
from streams.rules.model import Rule, Selector
from streams.rules.operators.leaf import expand, field, matcher
from streams.rules.over import named, value_of
from streams.touchpoints.canary import is_canary
from streams.touchpoints.touchpoint import Touchpoint

CUSTOMER: Final = "customer"


class _Watch:
    """One rule as the tally sees it."""

    def __init__(self, rule: Rule, known: Mapping[str, object]) -> None:
        assert rule.crowd is not None  # noqa: S101 - the tally has looked
        self.rule = rule.id
        self.over = rule.crowd.over.value
        self.value = value_of(rule.crowd.over)
        self.of = tuple(rule.crowd.of.split(".")) if rule.crowd.of else ()
        self.matching = _test(rule.crowd.selector, known)
        self.clean = _test(rule.crowd.clean, known)

    def who(self, touchpoint: Touchpoint, data: Data) -> str:
        """Return who or what is counted once; empty for none."""
        if self.of == (CUSTOMER,):
            return touchpoint.customer
        return named(field(data, self.of)) if self.of else ""


class Tally:
    """The counts of one counter, by rule, crowd and bucket.

    The caller sees to it that a touchpoint counts once (see `Seen`), with the body that came first.
    """

    def __init__(self, plan: Plan, limits: Limits | None = None) -> None:
        """Start with nothing counted."""
        self.too_late = 0  # touchpoints older than what is kept
        self.left_out = 0  # touchpoints above the bound of `limits.tally_counts`
        self._limits = limits or Limits()
        self._counts: dict[int, dict[tuple[str, str], Contribution]] = {}  # by bucket, then by rule and crowd
        self._size = 0
        self._floor = -1
        self._watches: dict[str, list[_Watch]] = {}
        self.types = frozenset[str]()  # of touchpoints that may count
        self.adopt(plan)

    def adopt(self, plan: Plan) -> None:
        """Count for these rules from now on; what was counted under a rule of the same id stays."""
        self._watches.clear()
        for rule in plan.rules.values():
            if rule.crowd is not None:
                watch = _Watch(rule, plan.handlers)
                for name in sorted({*watch.matching[0], *watch.clean[0]}):
                    self._watches.setdefault(name, []).append(watch)
        self.types = frozenset(self._watches)

    def count(self, touchpoint: Touchpoint) -> list[Contribution]:
        """Count one touchpoint; return what it changed."""
        watches = self._watches.get(touchpoint.type)
        if watches is None or is_canary(touchpoint.source):
            return []
        bucket = bucket_of(touchpoint.time)
        if bucket < self._floor:
            self.too_late += 1
            return []
        data = read_data(touchpoint)
        changed = []
        for watch in watches:
            value = watch.value(touchpoint, data)
            matches, clean = (_holds(test, touchpoint, data) for test in (watch.matching, watch.clean))
            if not value or not (matches or clean):
                continue
            over = f"{watch.over}:{value}"
            counts = self._counts.setdefault(bucket, {})
            before = counts.get((watch.rule, over))
            if before is None:
                if self._size >= self._limits.tally_counts:
                    self.left_out += 1
                    continue
                self._size += 1
            counted = (before.counted if before is not None else Counted()).plus(
                touchpoint.time, touchpoint.id, watch.who(touchpoint, data), matches=matches, clean=clean
            )
            counts[watch.rule, over] = Contribution(watch.rule, over, bucket, counted)
            changed.append(counts[watch.rule, over])
        return changed

    def record(self, bucket: int) -> list[Contribution]:
        """Return all of a bucket, to be kept."""
        return list(self._counts.get(bucket, {}).values())

    def restore(self, bucket: int, record: list[Contribution]) -> None:
        """Take a bucket back."""
        self._counts[bucket] = {(each.rule, each.over): each for each in record}
        self._size += len(record)

    def forget(self, clock: int) -> list[int]:
        """Drop the buckets that are too old to change at `clock` (ms), and return them; call it now and then."""
        floor = bucket_of(clock - self._limits.lateness_ms)
        if floor <= self._floor:
            return []
        self._floor = floor
        gone = [bucket for bucket in self._counts if bucket < floor]
        for bucket in gone:
            self._size -= len(self._counts.pop(bucket))
        return gone


_Test = tuple[frozenset[str], Callable[[Data], bool] | None]


def _test(selector: Selector | None, known: Mapping[str, object]) -> _Test:
    return (frozenset(), None) if selector is None else (expand(selector, known), matcher(selector))


def _holds(test: _Test, touchpoint: Touchpoint, data: Data) -> bool:
    types, passes = test
    return touchpoint.type in types and (passes is None or passes(data))
