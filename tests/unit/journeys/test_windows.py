"""Windowed counters: rings of event-time buckets, and the table facade over them."""

from collections import Counter
from typing import Final

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from streams.alerts.views import windowed
from streams.journeys.windows import NEGATIVES, TOUCHPOINTS, Window, WindowedCounter, add, total
from streams.testing.journeys import Harness, at, partition, touchpoint

WIDTH: Final = 10
TABLE: Final = Window("table", WIDTH, 1_000)


def counted(times: list[int], buckets: int = 1_000) -> list[int]:
    """Return the ring of these event times."""
    ring: list[int] = []
    for time in times:
        add(ring, time // WIDTH, buckets)
    return ring


@settings(max_examples=200, deadline=None)
@given(st.lists(st.integers(0, 3_000), max_size=60), st.integers(1, 40))
def test_a_ring_holds_the_newest_buckets_whatever_the_order(times: list[int], buckets: int) -> None:
    """Against a Counter; buckets ascend, empty ones take no room, too old ones are gone."""
    ring = counted(times, buckets)
    by_hand = Counter(time // WIDTH for time in times)
    newest = max(by_hand, default=0)
    kept = {bucket: count for bucket, count in by_hand.items() if bucket > newest - buckets}
    assert list(zip(ring[::2], ring[1::2], strict=True)) == sorted(kept.items())


@settings(max_examples=200, deadline=None)
@given(
    st.lists(st.integers(0, 2_000), max_size=60),
    st.integers(0, 2_100),
    st.integers(1, 20),
    st.integers(1, 20),
    st.integers(0, 800),
)
def test_windows_against_counting_by_hand(times: list[int], now: int, size: int, step: int, ago: int) -> None:
    """Tumbling, hopping and sliding give what their definitions say, at any time and as a difference."""
    counter = WindowedCounter(TABLE, counted(times), now)
    width, hop = size * WIDTH, step * WIDTH

    def between(start: int, end: int) -> int:
        return sum(start <= time < end for time in times)

    def tumbling(time: int) -> int:
        start = time - time % width
        return between(start, start + width)

    def hopping(time: int) -> int:
        start = time - time % hop
        return between(start, start + width)

    def sliding(time: int) -> int:
        end = time - time % WIDTH + WIDTH
        return between(end - width, end)

    for table, by_hand in (
        (counter.tumbling(width), tumbling),
        (counter.hopping(width, hop), hopping),
        (counter.sliding(width), sliding),
    ):
        assert table.current() == by_hand(now)
        assert table.at(now // 2) == by_hand(now // 2)
        assert table.delta(ago) == by_hand(now) - by_hand(now - ago)


def test_hopping_by_one_bucket_is_not_sliding() -> None:
    """The newest window that holds the time begins with it; a sliding window ends with it."""
    counter = WindowedCounter(TABLE, counted([5, 15, 25, 35]), 15)
    assert counter.hopping(2 * WIDTH, WIDTH).current() == 2
    assert counter.hopping(3 * WIDTH, WIDTH).current() == 3
    assert counter.sliding(3 * WIDTH).current() == 2


def test_a_window_smaller_than_a_bucket_is_a_bucket() -> None:
    """Windows are cut by whole buckets."""
    counter = WindowedCounter(TABLE, counted([10, 11, 19, 20]), 12)
    assert counter.tumbling(1).current() == counter.sliding(1).current() == 3


def test_totals_include_both_ends() -> None:
    """First and last bucket count."""
    assert total([1, 10, 2, 20, 4, 40], 2, 4) == 60
    assert total([], 0, 9) == 0


@pytest.mark.parametrize("late", [False, True])
def test_the_windows_of_a_journey_survive_order_eviction_and_restart(late: bool) -> None:
    """One record holds them; they work the same after recovery."""
    minutes = [0, 30, 61, 62, 150, 200]
    owner = Harness(partition([]))
    owner.feed(*(touchpoint("payment.failed", minute) for minute in (reversed(minutes) if late else minutes)))
    owner.feed(touchpoint("page.viewed", 210))
    owner.restart()
    hour = TOUCHPOINTS.width_ms
    seen, clock = owner.partition.journey(b"c1"), owner.partition.clock
    every, bad = windowed(seen, "touchpoints", clock), windowed(seen, "negatives", clock)
    assert [every.sliding(hours * hour).current() for hours in (1, 2, 4)] == [2, 3, 7]
    assert [bad.tumbling(hour).at(at(minute)) for minute in (0, 60, 120, 180)] == [2, 2, 1, 1]
    assert bad.sliding(2 * hour).delta(2 * hour) == -2
    assert windowed(owner.partition.journey(b"nobody"), "touchpoints", clock).sliding(hour).current() == 0


def test_what_is_kept_is_declared() -> None:
    """Three days of touchpoints and thirty of negative ones, by the hour."""
    assert (TOUCHPOINTS.buckets, NEGATIVES.buckets) == (72, 720)
