"""`sum` and `average`: what the numbers of a window come to."""

from typing import Any, Final

from streams.journeys.folded import State
from streams.journeys.state import Evidence
from streams.rules.model import Measure, Predicate, Selector
from streams.rules.operators.measure import MeasureLeaf
from streams.testing.journeys import MINUTE_MS, at, touchpoint

FAILED: Final = Selector(("payment.failed",))


def leaf(function: str, selector: Selector = FAILED, **bounds: Any) -> MeasureLeaf:
    """Return a leaf over ten minutes."""
    return MeasureLeaf(
        "r@1#0", frozenset(FAILED.types), "clause", Measure(selector, function, "a.b", 600_000, **bounds)
    )


def see(looked: MeasureLeaf, state: State, minute: float, subject: str = "", **data: Any) -> Evidence | None:
    """Let the leaf see a touchpoint."""
    return looked.see(state, touchpoint("payment.failed", minute), data, subject)


def test_a_sum_tells_what_it_came_to_and_of_what() -> None:
    """The window includes both its ends; whole numbers stay whole."""
    looked, state = leaf("sum", at_least=30), State()
    assert see(looked, state, 0, a={"b": 10}) is None
    found = Evidence("clause", 30, 30.0, ("payment.failed@0", "payment.failed@10"))
    assert see(looked, state, 10, a={"b": 20}) == found
    assert looked.holds(state, "", at(10)) == found
    assert looked.holds(state, "", at(10.1)) is None


def test_an_average_may_need_enough_matches() -> None:
    """One bad score is no trend."""
    looked, state = leaf("average", at_most=2.5, min_count=2), State()
    assert see(looked, state, 0, a={"b": 1}) is None
    told = see(looked, state, 1, a={"b": 4})
    assert told is not None
    assert (told.value, told.threshold) == (2.5, 2.5)
    assert see(looked, state, 2, a={"b": 4}) is None


def test_what_is_no_number_is_no_match() -> None:
    """Text, truth values, nothing, and numbers beyond any use."""
    looked, state = leaf("sum", at_least=0), State()
    for value in ("7", True, None, [1], {"c": 1}, 10**13, -1e300):
        assert see(looked, state, 0, a={"b": value}) is None
    assert see(looked, state, 0) is None
    assert state.slots == {}


def test_only_what_matches_counts() -> None:
    """Predicates hold for sums too."""
    looked = leaf("sum", Selector(FAILED.types, (Predicate("provider", "equals", "x"),)), at_least=1)
    state = State()
    assert see(looked, state, 0, a={"b": 5}, provider="y") is None
    assert see(looked, state, 1, a={"b": 5}, provider="x") is not None


def test_both_bounds_may_be_given() -> None:
    """From one to the other, both included."""
    looked, state = leaf("sum", at_least=2, at_most=4), State()
    assert [see(looked, state, 0, a={"b": 1}) is not None for _ in range(5)] == [False, True, True, True, False]


def test_tenths_are_rounded_once() -> None:
    """Ten dimes are a dollar, in whatever order."""
    looked, state = leaf("sum", at_least=1), State()
    told = [see(looked, state, 0, a={"b": 0.1}) for _ in range(10)]
    assert [each is not None for each in told] == [False] * 9 + [True]


def test_memory_is_by_subject_and_goes_with_the_episode_or_the_window() -> None:
    """One slot per subject; stale once the newest match can be in no window any more."""
    looked, state = leaf("sum", at_least=1), State()
    see(looked, state, 0, "a", a={"b": 1})
    see(looked, state, 5, "b", a={"b": 1})
    assert [looked.is_stale(slot, at(10) + 1) for slot in state.slots.values()] == [True, False]
    looked.reset(state, "b")
    assert looked.holds(state, "b", at(5)) is None
    assert looked.holds(state, "a", at(5)) is not None


def test_no_timer_is_set() -> None:
    """Time alone makes nothing happen."""
    looked, state = leaf("sum", at_least=1), State()
    see(looked, state, 0, a={"b": 1})
    assert state.timers == {}
    assert looked.wake(state, "", at(1)) is None
    assert not looked.is_waiting(state, "")
    assert looked.began(state, "", MINUTE_MS) == MINUTE_MS
