"""What a leaf remembers in bounded memory answers as reading all of history again would.

The reference is plain: a list of everything that ever happened, filtered by time. In between, memory that the leaf
calls stale is thrown away, as the journey does when its floor moves; that must never show.
"""

import os
from fractions import Fraction
from itertools import accumulate
from typing import Any, Final, NamedTuple

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from streams.journeys.folded import State
from streams.journeys.state import Evidence
from streams.rules.model import Distinct, Measure, Predicate, Rate, Score, Selector, Step
from streams.rules.operators.distinct import DistinctLeaf
from streams.rules.operators.leaf import Leaf
from streams.rules.operators.measure import BUCKETS, MeasureLeaf
from streams.rules.operators.rate import BUCKETS as PARTS
from streams.rules.operators.rate import RateLeaf
from streams.rules.operators.score import HALVINGS, ScoreLeaf
from streams.rules.operators.sequence import SequenceLeaf
from streams.rules.operators.trait import TraitLeaf
from streams.rules.operators.window import EXACT
from streams.testing.journeys import SHOP
from streams.touchpoints.touchpoint import Touchpoint

SOAK: Final = os.environ.get("HYPOTHESIS_PROFILE") == "soak"
pytestmark = pytest.mark.timeout(3_600 if SOAK else 600)
MANY: Final = settings(max_examples=2_000 if SOAK else 150, deadline=None)
FAILED: Final = Selector(("payment.failed",))
TYPES: Final = frozenset(FAILED.types)


class Happened(NamedTuple):
    """One touchpoint of the history."""

    time: int
    value: Any
    identity: str


def histories(values: st.SearchStrategy[Any], gap: int, most: int) -> st.SearchStrategy[list[Happened]]:
    """Return histories in order of time; several things may happen at one instant."""

    def build(steps: list[tuple[int, Any]]) -> list[Happened]:
        times = accumulate(step for step, _ in steps)
        return [Happened(time, value, f"t{n}") for n, (time, (_, value)) in enumerate(zip(times, steps, strict=True))]

    return st.lists(st.tuples(st.integers(0, gap), values), max_size=most).map(build)


def take(leaf: Leaf, state: State, one: Happened, forgetful: bool, kind: str = FAILED.types[0]) -> Evidence | None:
    """Let the leaf see a touchpoint; a forgetful journey drops before it what the leaf calls stale."""
    for name in [name for name, slot in state.slots.items() if forgetful and leaf.is_stale(slot, one.time)]:
        del state.slots[name]
    made = Touchpoint(one.identity, "//test", kind, one.time, "c1")
    return leaf.see(state, made, {"of": one.value}, "")


def inside(history: list[Happened], now: int, within: int) -> list[Happened]:
    """Return what a window holds, both its ends included."""
    return [one for one in history if now - within <= one.time <= now]


@MANY
@given(
    histories(st.sampled_from((1, 2, -5, 2.5, 0.1, None, "7", True, 10**13)), 9, 60),
    st.sampled_from(("sum", "average")),
    st.integers(1, 60),
    st.integers(-4, 12),
    st.integers(1, 3),
    st.booleans(),
    st.booleans(),
)
def test_a_sum_or_average_is_that_of_the_window(
    history: list[Happened], function: str, within: int, bound: int, least: int, at_most: bool, forgetful: bool
) -> None:
    """Exact while no more matches lie in it than have a cell of their own."""
    bounds = {"at_most": bound} if at_most else {"at_least": bound}
    measure = Measure(FAILED, function, "of", within, min_count=least, **bounds)
    leaf, state = MeasureLeaf("r@1#0", TYPES, "clause", measure), State()
    numbers: list[Happened] = []
    for one in history:
        evidence = take(leaf, state, one, forgetful)
        numbers += [one] if isinstance(one.value, int | float) and one.value in {1, 2, -5, 2.5, 0.1} else []
        numbers = [each for each in numbers if each.value is not True]
        for now, told in (
            (one.time, evidence),
            (one.time + within // 2, leaf.holds(state, "", one.time + within // 2)),
        ):
            found = inside(numbers, now, within)
            if len(found) > EXACT:
                continue
            value = exactly(found) / (len(found) if function == "average" and found else 1)
            holds = len(found) >= least and (value <= bound if at_most else value >= bound)
            assert (told is not None) == holds
            if told is not None:
                assert told.value == value
                assert told.touchpoints == tuple(each.identity for each in found)


def exactly(found: list[Happened]) -> float:
    """Return the sum, rounded once."""
    return float(sum(Fraction(each.value) for each in found))


@MANY
@given(histories(st.integers(0, 9), 4, 250), st.integers(1, 900), st.booleans())
def test_a_crowded_sum_lacks_nothing_and_has_hardly_too_much(
    history: list[Happened], within: int, forgetful: bool
) -> None:
    """All of the window, at most one bucket more, and no more memory than stated."""
    leaf, state = MeasureLeaf("r@1#0", TYPES, "clause", Measure(FAILED, "sum", "of", within, 0)), State()
    slack = -(-within // BUCKETS)
    for at, one in enumerate(history):
        evidence = take(leaf, state, one, forgetful)
        assert evidence is not None
        least = sum(each.value for each in inside(history[: at + 1], one.time, within))
        most = sum(each.value for each in inside(history[: at + 1], one.time, within + slack))
        assert least <= evidence.value <= most
        assert len(state.slots[f"{leaf.prefix}\x1f"]) <= 4 * (EXACT + BUCKETS + 2)


@MANY
@given(
    histories(st.sampled_from(("a", "b", "c" * 50, "d", "", 1, 1.0, 1.5, True, "1", None, [1])), 9, 60),
    st.integers(1, 60),
    st.one_of(st.none(), st.integers(1, 5)),
    st.one_of(st.none(), st.integers(1, 5)),
    st.booleans(),
)
def test_as_many_values_are_distinct_as_the_window_holds(
    history: list[Happened], within: int, at_least: int | None, at_most: int | None, forgetful: bool
) -> None:
    """Whatever else was seen in the meantime."""
    distinct = Distinct(FAILED, "of", within, at_least, at_most)
    leaf, state = DistinctLeaf("r@1#0", TYPES, "clause", distinct, SHOP.kinds), State()
    for at, one in enumerate(history):
        evidence = take(leaf, state, one, forgetful)
        for now, told in (
            (one.time, evidence),
            (one.time + within // 2, leaf.holds(state, "", one.time + within // 2)),
        ):
            found = inside(history[: at + 1], now, within)
            values = {(each.value is True, each.value) for each in found if each.value not in ("", None, [1])}
            holds = max(1, at_least or 1) <= len(values) <= (at_most or len(values))
            assert (told is not None) == holds
            if told is not None and at_most:
                assert told.value == len(values)


@MANY
@given(
    st.data(),
    histories(st.sampled_from((1, 2, 0, None)), 9, 32),
    st.integers(1, 30),
    st.integers(1, 4),
    st.integers(2, 4),
    st.integers(1, 3),
    st.sampled_from(("", "of")),
    st.booleans(),
)
def test_a_rate_compares_with_the_periods_before(
    data: st.DataObject,
    history: list[Happened],
    within: int,
    baseline: int,
    times: int,
    least: int,
    of: str,
    forgetful: bool,
) -> None:
    """What led to an episode that ended is past, though not of the time that is compared yet."""
    leaf, state = RateLeaf("r@1#0", TYPES, "clause", Rate(FAILED, within, baseline, times, least, of)), State()
    ended = data.draw(st.sets(st.integers(0, 31), max_size=2))  # the episode ends after these
    spent = 0
    for at, one in enumerate(history):
        told = take(leaf, state, one, forgetful)
        counted = [each for each in history[: at + 1] if not of or each.value is not None]
        last = [each for each in inside(counted, one.time, within) if int(each.identity[1:]) >= spent]
        past = [each for each in inside(counted, one.time, within * (baseline + 1)) if each.time < one.time - within]
        value, average = amount(last, of), Fraction(amount(past, of), baseline)
        assert (told is not None) == (len(last) >= least and 0 < times * average <= value)
        if told is not None:
            assert (told.value, told.touchpoints) == (value, tuple(each.identity for each in last))
        if at in ended:
            leaf.reset(state, "")
            spent = at + 1


def amount(found: list[Happened], of: str) -> int:
    """Return what is compared: the sum, or the number of touchpoints."""
    return sum(each.value for each in found) if of else len(found)


@MANY
@given(histories(st.just(1), 2, 250), st.integers(1, 60), st.integers(1, 4), st.booleans())
def test_the_memory_of_a_rate_is_bounded_and_nearly_right(
    history: list[Happened], within: int, baseline: int, forgetful: bool
) -> None:
    """The last period lacks nothing and has at most one bucket too much."""
    leaf, state = RateLeaf("r@1#0", TYPES, "clause", Rate(FAILED, within, baseline, 1.0001, 1)), State()
    slack = -(-within // PARTS)
    for at, one in enumerate(history):
        evidence = take(leaf, state, one, forgetful)
        if evidence is not None:
            least = len(inside(history[: at + 1], one.time, within))
            most = len(inside(history[: at + 1], one.time, within + slack))
            assert least <= evidence.value <= most
        assert len(state.slots[f"{leaf.prefix}\x1f"]) <= 4 * (EXACT + PARTS * (baseline + 1) + 2)


WEIGHTS: Final = {"payment.failed": 3.0, "error.shown": 0.7, "order.completed": -2.5}


@MANY
@given(histories(st.sampled_from(sorted(WEIGHTS)), 40, 60), st.integers(1, 60), st.booleans(), st.booleans())
def test_a_score_is_the_sum_of_what_is_left_of_each(
    history: list[Happened], half_life: int, leap: bool, forgetful: bool
) -> None:
    """As long as there was no silence in which all of it is nothing; then it begins anew."""
    if leap:
        history = [one._replace(time=one.time * 40) for one in history]
    leaf, state = ScoreLeaf("r@1#0", "clause", Score(tuple(WEIGHTS.items()), half_life, 2.0), SHOP.kinds), State()
    begun = 0
    for at, one in enumerate(history):
        if at and one.time - history[at - 1].time > HALVINGS * half_life:
            begun = at
        told = take(leaf, state, one, forgetful, one.value)
        for now in (one.time, one.time + half_life // 2):
            left = sum(WEIGHTS[each.value] * 2 ** ((each.time - now) / half_life) for each in history[begun : at + 1])
            told = told if now == one.time else leaf.holds(state, "", now)
            if abs(left - 2.0) > 1e-6:
                assert (told is not None) == (left > 2)
            if told is not None:
                assert told.value == pytest.approx(left, abs=1e-3)
                assert told.touchpoints == tuple(each.identity for each in history[max(begun, at - 9) : at + 1])


@MANY
@given(
    histories(st.sampled_from(("payment.failed", "payment.failed", "order.completed", "page.viewed")), 6, 60),
    st.tuples(st.integers(1, 4), st.integers(1, 3)),
    st.tuples(st.integers(1, 20), st.integers(1, 20)),
    st.booleans(),
)
def test_a_sequence_of_several_times_is_found_by_reading_again(
    history: list[Happened], times: tuple[int, int], within: tuple[int, int], forgetful: bool
) -> None:
    """So many failures close together, the most recent ones, and then so many orders in time of the last of these."""
    steps = (Step(FAILED, within[0], times=times[0]), Step(Selector(("order.completed",)), within[1], times=times[1]))
    leaf, state = SequenceLeaf("r@1#0", "r", "clause", steps, SHOP.kinds), State()
    history = [one for one in history if one.value in leaf.types]
    begun = 0
    for at, one in enumerate(history):
        told = take(leaf, state, one, forgetful, one.value)
        failures, orders = read_again(history[begun : at + 1], times[0], within)
        if orders and one.time - failures[-1].time > within[1]:  # given up: all begins with this touchpoint
            begun, orders = at, []
        is_complete = len(orders) == times[1]
        assert (told is not None) == is_complete
        if told is not None:
            assert told.touchpoints == tuple(each.identity for each in (*failures, *orders))
            begun = at + 1


def read_again(history: list[Happened], times: int, within: tuple[int, int]) -> tuple[list[Happened], list[Happened]]:
    """Return the failures that an order was in time for, the last such ones, and the orders from then on."""
    for at, one in enumerate(history):
        before = [each for each in history[:at] if each.value == "payment.failed"]
        runs = [before[end - times : end] for end in range(len(before), times - 1, -1)]
        close = [run for run in runs if run[-1].time - run[0].time <= within[0]]
        if one.value == "order.completed" and close and one.time - close[0][-1].time <= within[1]:
            return close[0], [each for each in history[at:] if each.value == "order.completed"]
    return [], []


@MANY
@given(
    st.lists(
        st.fixed_dictionaries({}, optional={"tier": st.sampled_from(("gold", "silver", None)), "value": st.just(1)})
    ),
    st.sampled_from((("equals", "gold"), ("not_equals", "gold"), ("exists", True), ("exists", False), ("at_least", 1))),
    st.sampled_from(("tier", "value")),
)
def test_a_trait_is_what_was_last_said_about_it(
    updates: list[dict[str, Any]], test: tuple[str, Any], field: str
) -> None:
    """Looked up from the newest update back to the first that carries the field."""
    leaf, state = TraitLeaf(Predicate(field, *test)), State()
    for at in range(len(updates)):
        told = leaf.see(state, Touchpoint(f"t{at}", "", "customer.updated", at, "c1"), updates[at], "order:1")
        last = next((place for place in range(at, -1, -1) if field in updates[place]), None)
        value = updates[last][field] if last is not None else None
        assert (told is not None) == {
            "equals": value == test[1],
            "not_equals": value != test[1],
            "exists": (last is not None) is test[1],
            "at_least": value == 1,
        }[test[0]]
        if told is not None:
            assert told.touchpoints == (() if last is None else (f"t{last}",))
        assert len(state.slots) <= 1
