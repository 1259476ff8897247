"""What the demo replays: four weeks of a real grocery chain, and made contacts of some of the same households.

Real are the tills, mailed campaigns and coupons of the Complete Journey. No real table has web, chat, calls, deliveries
and surveys, so these are simulated, in the same weeks, for customers who really shopped there; one journey holds both.
"""

import heapq
from collections import Counter
from collections.abc import Iterable
from datetime import UTC, datetime, timedelta
from operator import attrgetter
from typing import Final

import msgspec

from streams.codec.times import to_ms
from streams.datasets import completejourney, simulate
from streams.demo.options import Selection
from streams.touchpoints.touchpoint import Touchpoint

BEGINS: Final = datetime(2017, 11, 6, tzinfo=UTC)  # a Monday
LASTS: Final = timedelta(weeks=4)
STARTING_DAYS: Final = 18  # in which the made contacts begin; the last promises then still fall due

_STORES: Final = "//completejourney/stores"  # one source a store is too long a list


class Material(msgspec.Struct, frozen=True):
    """All touchpoints in the order of time, and how many of each source are `real` and `simulated`."""

    touchpoints: list[Touchpoint]
    real: dict[str, int]
    simulated: dict[str, int]


def prepare(selection: Selection) -> Material:
    """Return the same touchpoints for the same selection; takes a second or two, mostly for reading the tills."""
    begins, ends = to_ms(BEGINS), to_ms(BEGINS + LASTS)
    real = list(completejourney.touchpoints(completejourney.Slice(selection.households, begins, ends)))
    names = _spread([*dict.fromkeys(touchpoint.customer for touchpoint in real)], selection.simulated)
    made = [touchpoint for touchpoint in _made(names, selection.seed) if touchpoint.time < ends]
    return Material([*heapq.merge(real, made, key=attrgetter("time"))], _sources(real), _sources(made))


def _made(names: tuple[str, ...], seed: int) -> Iterable[Touchpoint]:
    if not names:
        return ()
    plan = simulate.Plan(customers=len(names), seed=seed, days=STARTING_DAYS, begins=BEGINS, names=names)
    return (arrival.touchpoint for arrival in simulate.arrivals(plan))


def _spread(names: list[str], wanted: int) -> tuple[str, ...]:
    """Return so many names from all over the list, or all of them."""
    count = min(wanted, len(names))
    return tuple(names[number * len(names) // count] for number in range(count))


def _sources(touchpoints: Iterable[Touchpoint]) -> dict[str, int]:
    sources = Counter(touchpoint.source for touchpoint in touchpoints)
    counts: Counter[str] = Counter()
    for source, count in sources.items():
        counts[_STORES if source.startswith("//completejourney/store-") else source] += count
    return dict(sorted(counts.items()))
