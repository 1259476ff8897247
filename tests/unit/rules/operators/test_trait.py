"""`trait`: what was last said about the customer."""

from typing import Any, Final

from streams.journeys.folded import State
from streams.journeys.state import NEVER, Evidence
from streams.rules.model import Predicate
from streams.rules.operators.trait import TraitLeaf
from streams.testing.journeys import at, touchpoint

GOLD: Final = TraitLeaf(Predicate("tier", "equals", "gold"))


def update(leaf: TraitLeaf, state: State, minute: float, subject: str = "", **data: Any) -> Evidence | None:
    """Let the leaf see an update of the customer."""
    return leaf.see(state, touchpoint("customer.updated", minute), data, subject)


def test_the_last_word_on_the_field_counts_however_old() -> None:
    """An update of something else changes nothing."""
    state = State()
    gold = Evidence("customer.updated where tier equals gold", 1, 1, ("customer.updated@1",))
    assert GOLD.holds(state, "", at(0)) is None
    assert update(GOLD, state, 0, tier="silver") is None
    assert update(GOLD, state, 1, tier="gold") == gold
    assert update(GOLD, state, 2, language="es") == gold
    assert GOLD.holds(state, "", at(10**6)) == gold
    assert update(GOLD, state, 3, tier=None) is None


def test_what_was_never_told_is_missing() -> None:
    """As in `where`."""
    unlike, absent = (TraitLeaf(Predicate("a.b", *test)) for test in (("not_equals", 1), ("exists", False)))
    state = State()
    assert unlike.holds(state, "", 0) == Evidence("customer.updated where a.b not equals 1", 1, 1)
    for leaf in (unlike, absent):
        assert leaf.holds(state, "", 0) is not None
        assert update(leaf, state, 0, a={}) is not None
        assert update(leaf, state, 0, a={"b": 1}) is None
    assert len(state.slots) == 2


def test_a_trait_is_the_customers_whatever_the_subject_and_the_episode() -> None:
    """One slot; the end of an episode leaves it, and it never gets stale."""
    state = State()
    update(GOLD, state, 0, "order:1", tier="gold")
    GOLD.reset(state, "order:1")
    assert GOLD.holds(state, "order:2", at(5)) is not None
    ((name, slot),) = state.slots.items()
    assert name.startswith(GOLD.prefix)
    assert not GOLD.is_stale(slot, NEVER)


def test_the_same_test_has_the_same_memory_and_another_has_its_own() -> None:
    """Also across rules and versions."""
    assert TraitLeaf(Predicate("tier", "equals", "gold")).prefix == GOLD.prefix
    others = {TraitLeaf(Predicate(*test)).prefix for test in (("tier", "equals", "x"), ("tier", "not_equals", "gold"))}
    assert len(others | {GOLD.prefix}) == 3
