"""`rate`: the last period against the average of those before."""

from typing import Any, Final

from streams.journeys.folded import State
from streams.journeys.state import Evidence
from streams.rules.model import Predicate, Rate, Selector
from streams.rules.operators.rate import RateLeaf
from streams.testing.journeys import at, touchpoint

FAILED: Final = Selector(("payment.failed",))


def leaf(selector: Selector = FAILED, of: str = "") -> RateLeaf:
    """Return a leaf that compares ten minutes with the twenty before: three times, at least two."""
    return RateLeaf("r@1#0", frozenset(FAILED.types), "clause", Rate(selector, 600_000, 2, 3, 2, of))


def see(looked: RateLeaf, state: State, *minutes: float, **data: Any) -> Evidence | None:
    """Let the leaf see touchpoints; return what it says to the last."""
    told = None
    for minute in minutes:
        told = looked.see(state, touchpoint("payment.failed", minute), data, "")
    return told


def test_three_times_the_average_stands_out() -> None:
    """Two in the twenty minutes before are one in ten, so three are needed."""
    looked, state = leaf(), State()
    assert see(looked, state, 0, 9, 20, 21) is None
    names = ("payment.failed@20", "payment.failed@21", "payment.failed@22")
    assert see(looked, state, 22) == Evidence("clause", 3, 3.0, names)
    assert looked.holds(state, "", at(30)) is not None
    assert looked.holds(state, "", at(30.1)) is None  # two failures: one of three has become past


def test_without_a_past_there_is_nothing_to_compare_with() -> None:
    """A new customer, or one who was away for long; a count finds those."""
    looked, state = leaf(), State()
    assert see(looked, state, 0, 1, 2, 3) is None
    assert see(looked, state, 100, 101, 102, 103) is None


def test_so_many_it_takes_at_least() -> None:
    """Once is no change, however little there was before."""
    looked, state = leaf(), State()
    assert see(looked, state, 0, 25) is None
    assert see(looked, state, 26) is not None


def test_sums_are_compared_where_a_field_is_named() -> None:
    """What lacks the number is no match."""
    looked, state = leaf(of="amount"), State()
    see(looked, state, 0, amount=10)
    assert see(looked, state, 20, 21, amount=5) is None
    assert see(looked, state, 21, 21, 21) is None
    told = see(looked, state, 22, amount=5.5)
    assert told is not None
    assert (told.value, told.threshold) == (15.5, 15.0)


def test_only_what_matches_counts() -> None:
    """Predicates hold for both sides of the comparison."""
    looked, state = leaf(Selector(FAILED.types, (Predicate("provider", "equals", "x"),))), State()
    see(looked, state, 0, 1, 2, provider="y")
    assert state.slots == {}


def test_after_an_episode_it_takes_as_many_again_and_the_past_stays() -> None:
    """What led to the episode is the past that the next one is compared with."""
    looked, state = leaf(), State()
    assert see(looked, state, 0, 20, 21) is not None
    looked.reset(state, "")
    assert looked.holds(state, "", at(21)) is None
    assert see(looked, state, 22) is None
    assert see(looked, state, 23) is not None
    assert see(looked, state, 32, 33) is None  # now there are three before
    looked.reset(state, "other")
    assert list(state.slots) == ["r@1#0\x1f"]


def test_memory_is_stale_when_the_newest_is_in_no_period_any_more() -> None:
    """The last and those before."""
    looked, state = leaf(), State()
    see(looked, state, 0)
    (slot,) = state.slots.values()
    assert (looked.is_stale(slot, at(30)), looked.is_stale(slot, at(30) + 1)) == (False, True)
