"""`distinct`: how many different values were seen."""

from typing import Any, Final

import pytest

from streams.journeys.folded import State
from streams.journeys.state import Evidence
from streams.rules.model import Distinct, Predicate, Selector
from streams.rules.operators.distinct import DistinctLeaf, text
from streams.testing.journeys import at
from streams.touchpoints.touchpoint import Touchpoint
from streams.touchpoints.vocabulary import Kind

ANY: Final = Selector(("a.one", "a.two", "b.one"))
KINDS: Final = {
    name: Kind(name, "web", "SMOT", channel) for name, channel in zip(ANY.types, ("chat", "chat", "call"), strict=True)
}


def leaf(of: str, at_least: int | None = 2, at_most: int | None = None, selector: Selector = ANY) -> DistinctLeaf:
    """Return a leaf over ten minutes."""
    distinct = Distinct(selector, of, 600_000, at_least, at_most)
    return DistinctLeaf("r@1#0", frozenset(ANY.types), "clause", distinct, KINDS)


def see(
    looked: DistinctLeaf, state: State, minute: float, kind: str = "a.one", data: Any = None, **named: str
) -> Evidence | None:
    """Let the leaf see a touchpoint."""
    fields = {"source": "//test", "subject": "order:1", **named}
    one = Touchpoint(f"{kind}@{minute:g}", fields["source"], kind, at(minute), "c1", fields["subject"])
    return looked.see(state, one, data or {}, "")


def test_the_channel_is_what_the_vocabulary_says() -> None:
    """Two types of one channel are no change of channel."""
    looked, state = leaf("channel"), State()
    assert see(looked, state, 0, "a.one") is None
    assert see(looked, state, 1, "a.two") is None
    assert see(looked, state, 2, "b.one") == Evidence("clause", 2, 2, ("a.two@1", "b.one@2"))
    assert looked.holds(state, "", at(11)) is not None
    assert looked.holds(state, "", at(11.1)) is None


@pytest.mark.parametrize(
    ("of", "other"),
    [("type", {"kind": "a.two"}), ("source", {"source": "//other"}), ("subject", {"subject": "order:2"})],
)
def test_fields_of_the_touchpoint_itself(of: str, other: dict[str, str]) -> None:
    """Type, source and subject; an empty one is none."""
    looked, state = leaf(of), State()
    assert see(looked, state, 0) is None
    assert see(looked, state, 1) is None
    assert see(looked, state, 1, **{of: ""} if of != "type" else {}) is None
    assert see(looked, state, 2, **other) is not None


@pytest.mark.parametrize(("of", "data"), [("a.b", [{"a": {"b": 1}}, {"a": {"b": 2}}]), ("data.channel", "xy")])
def test_fields_of_the_data(of: str, data: Any) -> None:
    """Nested ones, and those that are called like a field of the touchpoint."""
    looked, state = leaf(of), State()
    first, second = data if of == "a.b" else ({"channel": each} for each in data)
    assert see(looked, state, 0, data=first) is None
    assert see(looked, state, 1, data=first) is None
    assert see(looked, state, 2, data={}) is None
    assert see(looked, state, 3, data=second) is not None


def test_no_more_than_so_many_needs_at_least_one() -> None:
    """An empty window says nothing about values."""
    looked, state = leaf("p", None, 1), State()
    assert looked.holds(state, "", at(0)) is None
    assert see(looked, state, 0, data={"p": 1}) is not None
    assert see(looked, state, 1, data={"p": 2}) is None
    assert looked.holds(state, "", at(10.5)) is not None


def test_only_what_matches_counts() -> None:
    """Predicates hold here too."""
    looked, state = leaf("p", 1, selector=Selector(ANY.types, (Predicate("q", "equals", 1),))), State()
    assert see(looked, state, 0, data={"p": 1, "q": 2}) is None
    assert see(looked, state, 1, data={"p": 1, "q": 1}) is not None


def test_memory_holds_no_more_values_than_the_bounds_ask_about() -> None:
    """Each with its last match; it goes stale with the newest."""
    looked, state = leaf("p", 3), State()
    for minute in range(9):
        see(looked, state, minute, data={"p": minute})
    (slot,) = state.slots.values()
    assert slot[::3] == ["6", "7", "8"]
    assert (looked.is_stale(slot, at(18)), looked.is_stale(slot, at(18) + 1)) == (False, True)
    looked.reset(state, "")
    assert state.slots == {}


def test_values_are_told_apart_as_json_does() -> None:
    """Equal numbers are equal however they are written; a long text costs no more than a short one."""
    assert text(1) == text(1.0) != text("1") != text(True)
    assert text(True) != text("true")
    assert [text(value) for value in ("", None, [1], {"a": 1})] == [""] * 4
    assert text("x" * 99) != text("x" * 98)
    assert max(len(text(value)) for value in ("x" * 10**6, 10**380, 1.5e300)) <= 40
