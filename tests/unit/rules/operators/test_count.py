"""`count` and `seen … within`: matches in the last T, the one at hand included."""

from itertools import accumulate
from typing import Final

from hypothesis import given, settings
from hypothesis import strategies as st

from streams.journeys.folded import State
from streams.journeys.handler import EMPTY
from streams.rules.model import Count, Selector
from streams.rules.operators.count import BUCKETS, EXACT, BucketCount, ExactCount
from streams.testing.journeys import at, touchpoint

FAILED: Final = Selector(("payment.failed",))


def exact(at_least: int, within_ms: int) -> ExactCount:
    """Return a leaf that remembers each match."""
    return ExactCount("r@1#0", frozenset(FAILED.types), "clause", Count(FAILED, at_least, within_ms))


def bucket(at_least: int, within_ms: int) -> BucketCount:
    """Return a leaf that counts in buckets."""
    return BucketCount("r@1#0", frozenset(FAILED.types), "clause", Count(FAILED, at_least, within_ms))


@settings(max_examples=100, deadline=None)
@given(st.lists(st.integers(0, 200), max_size=40), st.integers(1, 5), st.integers(1, 60))
def test_an_exact_count_holds_when_so_many_lie_in_the_window(times: list[int], at_least: int, within: int) -> None:
    """Against counting by hand; both ends of the window count."""
    leaf, state = exact(at_least, within), State()
    seen: list[int] = []
    for number, time in enumerate(sorted(times)):
        one = touchpoint("payment.failed", 0, identity=str(number))
        evidence = leaf.see(state, type(one)(one.id, "", one.type, time, "c"), EMPTY, "")
        seen.append(time)
        inside = [index for index, other in enumerate(seen) if time - within <= other]
        assert (evidence is not None) == (len(inside) >= at_least)
        if evidence is not None:
            assert evidence.touchpoints == tuple(str(index) for index in inside[-at_least:])
        later = time + within
        assert (leaf.holds(state, "", later) is not None) == (sum(other >= time for other in seen) >= at_least)


@settings(max_examples=100, deadline=None)
@given(st.lists(st.integers(0, 20), min_size=50, max_size=120), st.integers(1, 900), st.integers(EXACT + 1, 60))
def test_a_bucket_count_never_counts_too_few_and_hardly_too_many(gaps: list[int], within: int, at_least: int) -> None:
    """All of the window, and at most what lies one bucket before it, whatever the window divides into."""
    leaf, state = bucket(at_least, within), State()
    slack = -(-within // BUCKETS)
    seen: list[int] = []
    for number, time in enumerate(accumulate(gaps)):
        one = touchpoint("payment.failed", 0, identity=str(number))
        evidence = leaf.see(state, type(one)(one.id, "", one.type, time, "c"), EMPTY, "")
        seen.append(time)
        inside = sum(time - within <= other for other in seen)
        nearly = sum(time - within - slack < other for other in seen)
        if inside >= at_least:
            assert evidence is not None
        if evidence is not None:
            assert inside <= evidence.value <= nearly


def test_memory_is_kept_by_subject_and_forgotten_when_its_window_is_over() -> None:
    """One slot per subject; stale once the newest match can be in no window any more."""
    leaf, state = exact(2, 10 * 60_000), State()
    leaf.see(state, touchpoint("payment.failed", 0), EMPTY, "a")
    leaf.see(state, touchpoint("payment.failed", 5), EMPTY, "b")
    slots = list(state.slots.values())
    assert [leaf.is_stale(slot, at(10)) for slot in slots] == [False, False]
    assert [leaf.is_stale(slot, at(10.1)) for slot in slots] == [True, False]
    leaf.reset(state, "b")
    assert len(state.slots) == 1


def test_buckets_are_stale_when_the_newest_has_left_the_window() -> None:
    """A bucket counts as a whole, so it stays for a bucket longer."""
    leaf, state = bucket(40, 64 * 60_000), State()
    leaf.see(state, touchpoint("payment.failed", 0), EMPTY, "")
    (slot,) = state.slots.values()
    assert (leaf.is_stale(slot, at(64)), leaf.is_stale(slot, at(66))) == (False, True)
